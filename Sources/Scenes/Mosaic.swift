import Bytes
public import Files
public import Pixels
public import Records

/// How far a mosaic is.
public enum MosaicProgress: Hashable, Sendable {
    /// Places get their tiles.
    case choosing(filledCount: Int, placeCount: Int)
    /// Rows of pixels are written; after the last follow the truth and the overviews.
    case painting(rowCount: Int, height: Int)
}

/// A photomosaic: which tile lies where, and above which others. Pixels are painted band by band when asked for.
///
/// A function of guide, pack, groups and plan alone, whatever the number of threads.
public struct Mosaic: Sendable {
    /// One tile in its place.
    package struct Placement: Hashable, Sendable {
        /// Left edge in the scene.
        package var x: Int32
        /// Top edge.
        package var y: Int32
        /// In the pack.
        package var tile: Int32
        /// Higher lies above lower; no two are equal.
        package var z: Int32
    }

    let layout: MosaicLayout
    package let pack: TilePack
    let groups: ClassGroups
    /// One for each place of the grid, row by row.
    package let base: [Placement]
    /// In collages one for each place but the last of its row and column, where its top left corner lies in that
    /// place; that makes them easy to find.
    package let overlays: [Placement]

    /// Chooses the tiles, on one thread, because each choice depends on those before: up to 512 tiles are compared for
    /// each place.
    ///
    /// - Parameter groups: of the pack's classes; tiles of classes in no group are not used.
    /// - Parameter job: looked up and told for each place.
    /// - Throws: `ScenesError` when no mosaic can be made so; `Cancelled`.
    public init(
        guide: Image, pack: TilePack, groups: ClassGroups, plan: MosaicPlan,
        job: Job<MosaicProgress> = Job()
    ) throws {
        let layout = try MosaicLayout(
            plan, guideWidth: guide.width, guideHeight: guide.height, tileWidth: pack.tileWidth,
            tileHeight: pack.tileHeight)
        let tiles = try tilesByGroup(pack, groups).flatMap { $0 }.sorted()
        let placeCount = layout.placeCount + (plan.mode == .collage ? layout.overlayCount : 0)
        try Self.check(plan, placeCount: placeCount, tileCount: tiles.count, pack: pack)
        var filledCount = 0
        func willFill() throws(Cancelled) {
            try job.checkCancellation()
            job.report(.choosing(filledCount: filledCount, placeCount: placeCount))
            filledCount += 1
        }
        let wanted = WantedColours(guide, layout: layout)
        var chooser = try TileChooser(tiles, pack: pack, detail: wanted.detail, plan: plan, job: job)
        let chosen = try Self.chooseBase(
            layout, wanted, &chooser, distance: plan.repeatDistance, willFill: willFill)
        base = (0..<layout.placeCount).map { place in
            let (row, column) = place.quotientAndRemainder(dividingBy: layout.columns)
            return Placement(
                x: Int32(column * layout.stepX), y: Int32(row * layout.stepY),
                tile: Int32(tiles[Int(chosen[place])]), z: Int32(place))
        }
        overlays =
            plan.mode == .grid
            ? []
            : try Self.placeOverlays(
                layout, seed: plan.seed, wanted, &chooser, below: chosen, distance: plan.repeatDistance,
                willFill: willFill
            )
            .map { Placement(x: $0.x, y: $0.y, tile: Int32(tiles[Int($0.tile)]), z: $0.z) }
        (self.layout, self.pack, self.groups) = (layout, pack, groups)
    }

    public var width: Int { layout.width }
    public var height: Int { layout.height }
    /// Tiles in the scene, hidden ones too.
    public var tileCount: Int { base.count + overlays.count }

    /// - Throws: `unsuitable` when the tiles cannot fill the places as the plan says.
    private static func check(
        _ plan: MosaicPlan, placeCount: Int, tileCount: Int, pack: TilePack
    ) throws(ScenesError) {
        let operation = "fill \(placeCount) places with \(counted(tileCount, "tile"))"
        guard tileCount > 0 else {
            throw ScenesError(
                code: .unsuitable, operation: operation, place: pack.path,
                cause: "the pack is empty; give another --tiles")
        }
        let leastRepeats = (placeCount + tileCount - 1) / tileCount
        if let maxRepeats = plan.maxRepeats, maxRepeats < leastRepeats {
            throw ScenesError(
                code: .unsuitable, operation: operation, place: "--max-repeats \(maxRepeats)",
                cause: "at least \(leastRepeats) repeats are needed")
        }
    }

    /// - Parameter willFill: called for each place before its tile is chosen.
    /// - Returns: for each place a position in the chooser's list.
    private static func chooseBase(
        _ layout: MosaicLayout, _ wanted: WantedColours, _ chooser: inout TileChooser, distance: Int,
        willFill: () throws(Cancelled) -> Void
    ) throws(Cancelled) -> [Int32] {
        var chosen: [Int32] = []
        chosen.reserveCapacity(layout.placeCount)
        for row in 0..<layout.rows {
            for column in 0..<layout.columns {
                try willFill()
                let colours = wanted.colours(x: column * layout.stepX, y: row * layout.stepY)
                var near: [Int32] = []
                for other in max(0, row - distance)...row {
                    let last = other == row ? column - 1 : min(column + distance, layout.columns - 1)
                    let first = max(0, column - distance)
                    if first <= last {
                        near += chosen[other * layout.columns + first...other * layout.columns + last]
                    }
                }
                chosen.append(chooser.choose(colours, near: near))
            }
        }
        return chosen
    }

    /// One tile at a random place within each step of the grid, in random order of height.
    private static func placeOverlays(
        _ layout: MosaicLayout, seed: UInt64, _ wanted: WantedColours, _ chooser: inout TileChooser,
        below base: [Int32], distance: Int, willFill: () throws(Cancelled) -> Void
    ) throws(Cancelled) -> [Placement] {
        var random = SplitMix64(seed: seed, stream: 1)
        let (columns, rows) = (layout.columns - 1, layout.rows - 1)
        let heights = (0..<Int32(layout.overlayCount)).shuffled(using: &random)
        var placed: [Placement] = []
        placed.reserveCapacity(layout.overlayCount)
        for row in 0..<rows {
            for column in 0..<columns {
                try willFill()
                let x = column * layout.stepX + .random(in: 0..<layout.stepX, using: &random)
                let y = row * layout.stepY + .random(in: 0..<layout.stepY, using: &random)
                var near: [Int32] = []
                let first = max(0, column - distance)
                for other in max(0, row - distance)...min(row + distance, layout.rows - 1) {
                    let last = min(column + distance, layout.columns - 1)
                    near += base[other * layout.columns + first...other * layout.columns + last]
                    guard other <= row else { continue }
                    let lastPlaced = other == row ? column - 1 : min(column + distance, columns - 1)
                    guard first <= lastPlaced else { continue }
                    near += placed[other * columns + first...other * columns + lastPlaced].map(\.tile)
                }
                placed.append(
                    Placement(
                        x: Int32(x), y: Int32(y),
                        tile: chooser.choose(wanted.colours(x: x, y: y), near: near),
                        z: Int32(layout.placeCount) + heights[placed.count]))
            }
        }
        return placed
    }

    /// All tiles that share a pixel with `rect`, the lowest first.
    func placements(in rect: PixelRect) -> [Placement] {
        var found: [Placement] = []
        let rows = layout.candidates(rect.y0, rect.y1, tileSide: layout.tileHeight, step: layout.stepY)
        let columns = layout.candidates(rect.x0, rect.x1, tileSide: layout.tileWidth, step: layout.stepX)
        for (list, columnCount, rowCount) in [
            (base, layout.columns, layout.rows), (overlays, layout.columns - 1, layout.rows - 1),
        ] where !list.isEmpty {
            for row in rows.clamped(to: 0..<rowCount) {
                for column in columns.clamped(to: 0..<columnCount) {
                    let placement = list[row * columnCount + column]
                    if box(of: placement).intersection(rect) != nil { found.append(placement) }
                }
            }
        }
        return found.sorted { $0.z < $1.z }
    }

    package func box(of placement: Placement) -> PixelRect {
        PixelRect(
            x: Int(placement.x), y: Int(placement.y), width: layout.tileWidth, height: layout.tileHeight)
    }

    /// Paints a part of the scene.
    ///
    /// - Throws: where a tile cannot be read.
    public func image(of rect: PixelRect) throws(RecordsError) -> Image {
        var image = Image(width: rect.width, height: rect.height)
        for placement in placements(in: rect) {
            let tile = try pack.tile(Int(placement.tile))
            image.paste(tile, x: Int(placement.x) - rect.x0, y: Int(placement.y) - rect.y0)
        }
        return image
    }

    /// How much of a tile no other covers, in `0...1`.
    package func visibleFraction(of placement: Placement) -> Double {
        let box = box(of: placement)
        var isHidden = [Bool](repeating: false, count: box.area)
        for other in placements(in: box) where other.z > placement.z {
            guard let common = self.box(of: other).intersection(box) else { continue }
            for y in common.y0..<common.y1 {
                let row = (y - box.y0) * box.width - box.x0
                for x in common.x0..<common.x1 { isHidden[row + x] = true }
            }
        }
        return Double(isHidden.count { !$0 }) / Double(box.area)
    }
}

extension MosaicLayout {
    /// In collages.
    var overlayCount: Int { (columns - 1) * (rows - 1) }

    /// Places in one direction whose tiles can reach into `start..<end`: each begins within a step of its place.
    func candidates(_ start: Int, _ end: Int, tileSide: Int, step: Int) -> Range<Int> {
        let first = max(0, (start - tileSide - step) / step)
        return first..<max(first, (end - 1) / step + 1)
    }
}
