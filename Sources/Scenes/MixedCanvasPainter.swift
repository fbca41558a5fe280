import Bytes
import Files
import Pixels
package import Records
import Synchronization

/// Makes canvases with tiles of all groups, and says what each of their windows shows.
package struct MixedCanvasPainter {
    /// One tile in its place; a later one lies above those before.
    package struct Placement: Hashable {
        package var x: Int
        package var y: Int
        /// In the pack.
        package var tile: Int
        package var group: Int
    }

    private let pack: TilePack
    private let tilesOfGroup: [[Int]]
    private let mixed: MixedCanvases
    private let seed: UInt64
    /// The label of windows that show nothing else; it may be that of a group.
    private let background: Int
    /// For each group the sum of its share and of those before.
    private let shareSums: [Double]

    /// Rows that are painted at a time by one thread.
    private static let bandHeight = 256

    package init(
        _ pack: TilePack, _ tilesOfGroup: [[Int]], _ mixed: MixedCanvases, _ plan: ScatterPlan
    ) throws(ScenesError) {
        (self.pack, self.tilesOfGroup, self.mixed, seed) = (pack, tilesOfGroup, mixed, plan.seed)
        guard let background = plan.classNames.firstIndex(where: { $0 == plan.background }) else {
            preconditionFailure("mixed canvases without a background")
        }
        self.background = background
        let shares = try mixed.resolvedShares(
            groupCount: tilesOfGroup.count, background: background < tilesOfGroup.count ? background : nil)
        shareSums = shares.reduce(into: []) { $0.append(($0.last ?? 0) + $1) }
    }

    /// - Parameter windows: their places; the labels do not matter.
    /// - Parameter job: told which part is painted, in `0...1`.
    /// - Returns: the canvas, and the windows with a label for each.
    func canvas(
        _ number: Int, windows: WindowGrid, job: Job<Double>
    ) throws -> (canvas: Image, windows: WindowGrid) {
        let width = windows.canvasSide(windows.columns, tileSide: pack.tileWidth)
        let height = windows.canvasSide(windows.rows, tileSide: pack.tileHeight)
        let placements = placements(number, width: width, height: height)
        let (canvas, visiblePixelCounts) = try paint(placements, width: width, height: height, job)
        var windows = windows
        windows.labels = .each(labels(of: windows, placements, visiblePixelCounts))
        return (canvas, windows)
    }

    /// A layer without gaps, and above it tiles at random places.
    package func placements(_ number: Int, width: Int, height: Int) -> [Placement] {
        var random = SplitMix64(seed: seed, stream: number)
        var placements: [Placement] = []
        func place(x: Int, y: Int) {
            let share = Double.random(in: 0..<1, using: &random)
            // The last sum may be a little below 1.
            let group = shareSums.firstIndex { share < $0 } ?? shareSums.lastIndex { $0 > 0 } ?? 0
            let tiles = tilesOfGroup[group]
            let tile = tiles[Int.random(in: tiles.indices, using: &random)]
            placements.append(Placement(x: x, y: y, tile: tile, group: group))
        }
        for y in stride(from: 0, to: height, by: pack.tileHeight) {
            for x in stride(from: 0, to: width, by: pack.tileWidth) { place(x: x, y: y) }
        }
        for _ in 0..<mixed.layers[number] * width * height / (pack.tileWidth * pack.tileHeight) {
            place(
                x: .random(in: 0...width - pack.tileWidth, using: &random),
                y: .random(in: 0...height - pack.tileHeight, using: &random))
        }
        return placements
    }

    /// Paints tiles one above the other, band by band on all cores.
    ///
    /// - Returns: the canvas, and how many pixels of each placement nothing covers.
    private func paint(
        _ placements: [Placement], width: Int, height: Int, _ job: Job<Double>
    ) throws -> (Image, [Int]) {
        let bandCount = (height + Self.bandHeight - 1) / Self.bandHeight
        var bands = [[Int]](repeating: [], count: bandCount)
        for (index, placement) in placements.enumerated() {
            let last = min(height, placement.y + pack.tileHeight) - 1
            for band in placement.y / Self.bandHeight...last / Self.bandHeight { bands[band].append(index) }
        }
        let whole = Mutex(
            (
                canvas: Image(width: width, height: height),
                visible: [Int](repeating: 0, count: placements.count), bandCount: 0
            ))
        _ = try concurrentMap(bandCount) { [bands] number in
            try job.checkCancellation()
            let (y, members) = (number * Self.bandHeight, bands[number])
            let band = try paint(
                members.map { placements[$0] },
                into: PixelRect(x: 0, y: y, width: width, height: min(Self.bandHeight, height - y)))
            whole.withLock { whole in
                whole.canvas.paste(band.image, x: 0, y: y)
                for (member, count) in zip(members, band.visiblePixelCounts) {
                    whole.visible[member] += count
                }
                whole.bandCount += 1
                job.report(Double(whole.bandCount) / Double(bandCount))
            }
        }
        return whole.withLock { ($0.canvas, $0.visible) }
    }

    /// Paints the part of a canvas.
    ///
    /// - Returns: the part, and how many of its pixels show each of the placements.
    private func paint(
        _ placements: [Placement], into rect: PixelRect
    ) throws(RecordsError) -> (image: Image, visiblePixelCounts: [Int]) {
        var image = Image(width: rect.width, height: rect.height)
        // The placement that each pixel shows.
        var owners = [Int32](repeating: -1, count: rect.area)
        for (index, placement) in placements.enumerated() {
            image.paste(try pack.tile(placement.tile), x: placement.x - rect.x0, y: placement.y - rect.y0)
            guard let box = box(of: placement).intersection(rect) else { continue }
            for y in box.y0..<box.y1 {
                let row = (y - rect.y0) * rect.width - rect.x0
                for x in box.x0..<box.x1 { owners[row + x] = Int32(index) }
            }
        }
        var counts = [Int](repeating: 0, count: placements.count)
        for owner in owners where owner >= 0 { counts[Int(owner)] += 1 }
        return (image, counts)
    }

    private func box(of placement: Placement) -> PixelRect {
        PixelRect(x: placement.x, y: placement.y, width: pack.tileWidth, height: pack.tileHeight)
    }

    /// What each window shows: background, or the class of a tile of another group whose centre lies near its own and which is
    /// visible enough. Of several the nearest counts, of equally near ones the upper one.
    ///
    /// - Parameter visiblePixelCounts: of each placement.
    /// - Returns: row by row.
    private func labels(of windows: WindowGrid, _ placements: [Placement], _ visiblePixelCounts: [Int])
        -> [UInt16]
    {
        var labels = [UInt16](repeating: UInt16(background), count: windows.count)
        var distances = [Int](repeating: .max, count: windows.count)
        let leastPixelCount = mixed.leastVisible * Double(pack.tileWidth * pack.tileHeight)
        // Distances are whole numbers.
        let radius = Int(mixed.labelRadius)
        for (placement, visible) in zip(placements, visiblePixelCounts)
        where placement.group != background && visible > 0 && Double(visible) >= leastPixelCount {
            for row in windows.indices(within: radius, of: placement.y, count: windows.rows) {
                for column in windows.indices(within: radius, of: placement.x, count: windows.columns) {
                    let distance = max(
                        abs(row * windows.stride - placement.y), abs(column * windows.stride - placement.x))
                    let window = row * windows.columns + column
                    guard distance <= distances[window] else { continue }
                    (distances[window], labels[window]) = (distance, UInt16(placement.group))
                }
            }
        }
        return labels
    }
}

extension WindowGrid {
    /// The rows or columns that begin at most `radius` from a pixel. Windows and tiles have one size, so that corners are as far
    /// apart as centres.
    fileprivate func indices(within radius: Int, of pixel: Int, count: Int) -> Range<Int> {
        // First rounded up, last down.
        let first = max(0, (pixel - radius + stride - 1).quotientRoundedDown(by: stride))
        let last = min(count - 1, (pixel + radius).quotientRoundedDown(by: stride))
        return first..<max(first, last + 1)
    }
}

extension Int {
    fileprivate func quotientRoundedDown(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
