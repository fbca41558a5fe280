import Bytes
import Dispatch
public import Files
import Pixels
public import Records
import Synchronization

/// What a scatter made.
public struct ScatteredPack: Hashable, Sendable {
    /// The tiles of one class.
    public struct ClassCount: Hashable, Sendable {
        public var name: String
        /// Windows of canvases.
        public var windowCount: Int
        /// Tiles of the pack as they are; the same tile may come often.
        public var originalCount: Int
    }
    public struct CanvasSize: Hashable, Sendable {
        public var width: Int
        public var height: Int
    }

    /// By label.
    public var classes: [ClassCount]
    public var canvases: [CanvasSize]

    public var tileCount: Int { classes.reduce(0) { $0 + $1.windowCount + $1.originalCount } }
}

/// Scatters tiles at random, overlapping, over canvases, and writes a pack whose tiles are the canvases' windows at regular
/// places, then tiles as they are.
///
/// Windows hold parts of several things: what a window that slides over a scene sees. The pack stores canvases, not windows: at
/// stride 8 a window of 32 x 32 costs 192 bytes. A function of the pack and the plan alone, whatever the number of threads.
/// Memory: one mixed canvas at a time, with about 50 bytes for each tile on it; of canvases of single groups all.
///
/// - Parameter job: told how many canvases are done, with the parts of those under way. Where it is cancelled, nothing is written.
/// - Throws: `ScenesError` for a pack whose tiles are windows that overlap, for a group without tiles, shares that are none, and for canvases of more than `byteCountLimit`;
///   `RecordsError` when the pack cannot be written, also, before anything is, where its disk has no room for it; `Cancelled`.
/// - Source: the canvases of Kaznady et al., Applying Deep Learning at Cloud Scale, 2016, where each group has its own; here
///   mixed ones, too.
public func scatter(
    _ pack: TilePack, to output: OutputFile, plan: ScatterPlan, job: Job<Double> = Job()
) throws -> ScatteredPack {
    guard !pack.hasOverlappingTiles else {
        throw ScenesError(
            code: .unsuitable, operation: "scatter its tiles", place: pack.path,
            cause:
                "they are overlapping windows, made by scatter; scatter the pack that they were made from"
        )
    }
    let tilesOfGroup = try tilesByGroup(pack, plan.groups)
    try plan.checkSize(tileWidth: pack.tileWidth, tileHeight: pack.tileHeight)
    guard plan.classNames.count <= Int(UInt16.max) + 1 else {
        throw ScenesError(
            code: .unsuitable, operation: "add a class for the background", place: pack.path,
            cause:
                "it has \(plan.groups.names.count) groups, but a pack can have at most 65536 classes; give a group with *"
        )
    }
    // The stride of a single window says nothing, but must lie on its canvas.
    let grids = plan.grids.map { grid in
        var grid = grid
        if grid.count == 1 { grid.stride = min(grid.stride, pack.tileWidth) }
        return grid
    }
    let originalCount = try plan.originalCount(beside: grids.reduce(0) { $0 + $1.count })
    let writer = try TilePackWriter(
        output, tileWidth: pack.tileWidth, tileHeight: pack.tileHeight, classNames: plan.classNames,
        origin: plan.origin(of: pack.origin))
    var scattered = ScatteredPack(
        classes: plan.classNames.map { .init(name: $0, windowCount: 0, originalCount: 0) },
        canvases: grids.map {
            .init(
                width: $0.canvasSide($0.columns, tileSide: pack.tileWidth),
                height: $0.canvasSide($0.rows, tileSide: pack.tileHeight))
        })
    let canvasPixelCount = scattered.canvases.reduce(0) { $0 + $1.width * $1.height }
    let storedCount = tilesOfGroup.reduce(0) { $0 + min($1.count, originalCount) }
    try writer.checkRoom(
        pixelByteCount: 3 * (canvasPixelCount + storedCount * pack.tileWidth * pack.tileHeight))
    switch plan.canvases {
    case .single:
        try writeSingleCanvases(of: tilesOfGroup, of: pack, grids, to: writer, seed: plan.seed, job)
        for (group, grid) in grids.enumerated() { scattered.classes[group].windowCount = grid.count }
    case .mixed(let mixed):
        let painter = try MixedCanvasPainter(pack, tilesOfGroup, mixed, plan)
        for (number, grid) in grids.enumerated() {
            let (canvas, windows) = try painter.canvas(
                number, windows: grid, job: job.part { Double(number) + $0 })
            for window in 0..<windows.count { scattered.classes[windows.label(of: window)].windowCount += 1 }
            try writer.append(canvas, windows: [windows])
            job.report(Double(number + 1))
        }
    }
    for (group, tiles) in tilesOfGroup.enumerated() {
        try writeOriginals(tiles, of: pack, count: originalCount, label: group, to: writer, job)
        scattered.classes[group].originalCount = originalCount
    }
    try writer.commit()
    return scattered
}

extension WindowGrid {
    /// The side of the smallest canvas that holds this many windows in a row.
    func canvasSide(_ windowCount: Int, tileSide: Int) -> Int {
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
            cause: "the pack has no tiles of its classes")
    }
    return tiles
}

/// Tiles as they are, each about equally often: stored once, and named as often as they come.
private func writeOriginals(
    _ tiles: [Int], of pack: TilePack, count: Int, label: Int, to writer: TilePackWriter, _ job: Job<Double>
) throws {
    // On one canvas, which then has about 12 MiB.
    let columnTileCount = max(1, (12 << 20) / (3 * pack.tileWidth * pack.tileHeight))
    let repeatLimit = 1_000_000
    let (repeats, rest) = count.quotientAndRemainder(dividingBy: tiles.count)
    guard repeats < repeatLimit else {
        throw ScenesError(
            code: .unsuitable, operation: "add tiles as they are", place: "--originals",
            cause:
                "each tile of a group would be used \(repeats) times; give a smaller share, or a pack with more tiles"
        )
    }
    // Beyond the rest none comes where there are fewer originals than tiles.
    let storedCount = repeats > 0 ? tiles.count : rest
    for start in stride(from: 0, to: storedCount, by: columnTileCount) {
        try job.checkCancellation()
        let part = tiles[start..<min(start + columnTileCount, storedCount)]
        var column = Image(width: pack.tileWidth, height: pack.tileHeight * part.count)
        for (row, tile) in part.enumerated() {
            column.paste(try pack.tile(tile), x: 0, y: row * pack.tileHeight)
        }
        func grid(_ rows: Int) -> WindowGrid {
            WindowGrid(stride: pack.tileHeight, columns: 1, rows: rows, labels: .all(label))
        }
        let onceMore = max(0, min(rest - start, part.count))
        try writer.append(
            column,
            windows: Array(repeating: grid(part.count), count: repeats)
                + (onceMore > 0 ? [grid(onceMore)] : []))
    }
}

// MARK: - A canvas for each group

/// How many times over a canvas of one group is covered by tiles at random places, above a layer without gaps.
private let coverage = 3

private func writeSingleCanvases(
    of tilesOfGroup: [[Int]], of pack: TilePack, _ grids: [WindowGrid], to writer: TilePackWriter,
    seed: UInt64, _ job: Job<Double>
) throws {
    let state = Mutex((done: [Double](repeating: 0, count: grids.count), failure: (any Error)?.none))
    DispatchQueue.concurrentPerform(iterations: grids.count) { group in
        do {
            var windows = grids[group]
            windows.labels = .all(group)
            let canvas = try canvas(
                of: tilesOfGroup[group], pack: pack, windows: windows,
                random: SplitMix64(seed: seed, stream: group),
                job: Job(
                    cancellation: job.cancellation,
                    progress: { part in
                        state.withLock {
                            $0.done[group] = part
                            job.report($0.done.reduce(0, +))
                        }
                    }))
            try writer.append(canvas, windows: [windows], order: group)
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
}

/// A canvas without a gap: tiles edge to edge, and over them tiles at random.
///
/// - Parameter job: told which part is done, in `0...1`.
private func canvas(
    of tiles: [Int], pack: TilePack, windows: WindowGrid, random: SplitMix64, job: Job<Double>
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
        // A layer as each of the others.
        job.report(Double(y) / Double(height) / Double(coverage + 1))
        for x in stride(from: 0, to: width, by: pack.tileWidth) { canvas.paste(try randomTile(), x: x, y: y) }
    }
    let count = coverage * width * height / (pack.tileWidth * pack.tileHeight)
    for number in 0..<count {
        if number % 4096 == 0 {
            try job.checkCancellation()
            job.report((1 + Double(coverage * number) / Double(count)) / Double(coverage + 1))
        }
        let tile = try randomTile()
        canvas.paste(
            tile, x: .random(in: 0...width - pack.tileWidth, using: &random),
            y: .random(in: 0...height - pack.tileHeight, using: &random))
    }
    job.report(1)
    return canvas
}
