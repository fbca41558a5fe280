import Bytes
import Dispatch
public import Files
import Pixels
public import Records
import Synchronization

/// How a pack's tiles are scattered on canvases and cut out again.
public struct ScatterPlan: Hashable, Sendable {
    /// Each gets a canvas; they are the classes of the pack that is made.
    public var groups: ClassGroups
    /// From one window to the next, in pixels.
    public var stride: Int
    /// About how many windows are cut from all canvases together; each group has about an equal share.
    public var windowCount: Int
    public var seed: UInt64
    /// How many times over a canvas is covered by overlapping tiles, above a layer without gaps.
    public static let coverage = 3
    /// How many bytes all canvases together may take: they are kept in memory.
    public static let byteCountLimit = 16_000_000_000

    public init(groups: ClassGroups, stride: Int, windowCount: Int, seed: UInt64) {
        precondition(stride > 0 && windowCount > 0)
        (self.groups, self.stride, self.windowCount, self.seed) = (groups, stride, windowCount, seed)
    }
}

/// What a scatter gave one group.
public struct ScatteredGroup: Hashable, Sendable {
    public var name: String
    /// Windows cut from its canvas.
    public var windowCount: Int
    /// Tiles of the pack, kept as they are.
    public var originalCount: Int
    public var canvasWidth: Int
    public var canvasHeight: Int
}

/// Scatters each group's tiles at random, overlapping, over a canvas of its own, and writes a pack whose tiles are the
/// canvases' windows at regular places, then the tiles themselves.
///
/// Windows hold parts of several things of one group: what a window that slides over a scene sees. The pack stores
/// canvases, not windows: at stride 8 a window of 32 x 32 costs 192 bytes. A function of the pack and the plan alone,
/// whatever the number of threads. Memory: the canvases.
///
/// - Parameter job: told how many canvases are done. Where it is cancelled, nothing is written.
/// - Throws: `ScenesError` for a group without tiles, and for canvases of more than `byteCountLimit`; `RecordsError`
///   when the pack cannot be written; `Cancelled`.
/// - Source: the canvases of Kaznady et al., Applying Deep Learning at Cloud Scale, 2016; here a layer of tiles edge to
///   edge, then three times the canvas's area in tiles at random places.
public func scatter(
    _ pack: TilePack, to output: OutputFile, plan: ScatterPlan, job: Job<Int> = Job()
) throws -> [ScatteredGroup] {
    let tilesOfGroup = try tilesByGroup(pack, plan.groups)
    let grids = tilesOfGroup.indices.map { group in
        plan.windows(label: group, groupCount: tilesOfGroup.count)
    }
    try plan.checkSize(of: grids, tileWidth: pack.tileWidth, tileHeight: pack.tileHeight)
    let writer = try TilePackWriter(
        output, tileWidth: pack.tileWidth, tileHeight: pack.tileHeight, classNames: plan.groups.names)
    let state = Mutex((doneCount: 0, failure: (any Error)?.none))
    DispatchQueue.concurrentPerform(iterations: grids.count) { group in
        do {
            let canvas = try canvas(
                of: tilesOfGroup[group], pack: pack, windows: grids[group],
                random: SplitMix64(seed: plan.seed, stream: group), job: job)
            try writer.append(canvas, windows: [grids[group]], order: group)
            state.withLock {
                $0.doneCount += 1
                job.report($0.doneCount)
            }
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    for (group, tiles) in tilesOfGroup.enumerated() {
        for (place, tile) in tiles.enumerated() {
            if place % 4096 == 0 { try job.checkCancellation() }
            try writer.append(try pack.tile(tile), label: group)
        }
    }
    try writer.commit()
    return grids.enumerated().map { group, grid in
        ScatteredGroup(
            name: plan.groups.names[group], windowCount: grid.count, originalCount: tilesOfGroup[group].count,
            canvasWidth: grid.canvasSide(grid.columns, tileSide: pack.tileWidth),
            canvasHeight: grid.canvasSide(grid.rows, tileSide: pack.tileHeight))
    }
}

extension ScatterPlan {
    /// One group's share of the windows, in about a square.
    fileprivate func windows(label: Int, groupCount: Int) -> WindowGrid {
        let count = max(1, windowCount / groupCount)
        let columns = max(1, Int(Double(count).squareRoot().rounded()))
        return WindowGrid(
            stride: stride, columns: columns, rows: max(1, count / columns), labels: .all(label))
    }

    /// - Throws: `unsuitable` when the canvases would take more than `byteCountLimit`.
    fileprivate func checkSize(of grids: [WindowGrid], tileWidth: Int, tileHeight: Int) throws(ScenesError) {
        // In floating point, because the product of large sides and strides is no Int.
        func side(_ windowCount: Int, _ tileSide: Int) -> Double {
            Double(windowCount - 1) * Double(stride) + Double(tileSide)
        }
        let byteCount = grids.reduce(0) {
            $0 + 3 * side($1.columns, tileWidth) * side($1.rows, tileHeight)
        }
        guard byteCount <= Double(Self.byteCountLimit) else {
            let gigabytes = Int(min(byteCount / 1e9, 1e18).rounded(.up))
            throw ScenesError(
                code: .unsuitable, operation: "scatter \(windowCount) windows at a stride of \(stride)",
                place: "--windows, --stride",
                cause: "the canvases would take \(gigabytes) GB, more than "
                    + "\(Self.byteCountLimit / 1_000_000_000) GB; give fewer --windows or a smaller --stride")
        }
    }
}

extension WindowGrid {
    /// The side of the smallest canvas that holds this many windows in a row.
    fileprivate func canvasSide(_ windowCount: Int, tileSide: Int) -> Int {
        (windowCount - 1) * stride + tileSide
    }
}

/// The tiles of each group, in the pack's order.
///
/// - Throws: `unsuitable` when one has none.
func tilesByGroup(_ pack: TilePack, _ groups: ClassGroups) throws(ScenesError) -> [[Int]] {
    var tiles = [[Int]](repeating: [], count: groups.names.count)
    for tile in 0..<pack.count {
        if let group = groups.groupOfClass[pack.label(of: tile)] { tiles[group].append(tile) }
    }
    if let empty = tiles.firstIndex(of: []) {
        throw ScenesError(
            code: .unsuitable, operation: "use the group \(groups.names[empty])", place: pack.path,
            cause: "the pack has no tile of its classes")
    }
    return tiles
}

/// A canvas without a gap: tiles edge to edge, and over them tiles at random.
private func canvas(
    of tiles: [Int], pack: TilePack, windows: WindowGrid, random: SplitMix64, job: Job<Int>
) throws -> Image {
    var random = random
    let width = windows.canvasSide(windows.columns, tileSide: pack.tileWidth)
    let height = windows.canvasSide(windows.rows, tileSide: pack.tileHeight)
    var canvas = Image(width: width, height: height)
    func randomTile() throws(RecordsError) -> Image {
        try pack.tile(tiles[Int.random(in: tiles.indices, using: &random)])
    }
    for y in stride(from: 0, to: height, by: pack.tileHeight) {
        try job.checkCancellation()
        for x in stride(from: 0, to: width, by: pack.tileWidth) { canvas.paste(try randomTile(), x: x, y: y) }
    }
    let count = ScatterPlan.coverage * width * height / (pack.tileWidth * pack.tileHeight)
    for number in 0..<count {
        if number % 4096 == 0 { try job.checkCancellation() }
        let tile = try randomTile()
        canvas.paste(
            tile, x: .random(in: 0...width - pack.tileWidth, using: &random),
            y: .random(in: 0...height - pack.tileHeight, using: &random))
    }
    return canvas
}
