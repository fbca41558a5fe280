public import Files
import Pixels

/// Squares of a pack's canvases that hold several windows each, with the labels of these windows.
///
/// There is a crop at every window where all windows of the crop have labels, canvas by canvas and row by row. Where a pack names
/// windows several times, as `cut` does with those that show an object, a crop counts as often as its windows do on average.
/// Tiles that lie on no canvas with room for a crop belong to none.
public final class CanvasCrops: BatchSource {
    /// Where the windows of one canvas stand, with their labels.
    private struct Lattice {
        let canvas: Int
        /// Of the first column and row, in canvas pixels.
        let x0: Int
        let y0: Int
        let columns: Int
        let rows: Int
        /// Row by row; only those of windows that the pack names mean something.
        var labels: [UInt16]
    }

    private struct Place {
        /// Among those with crops.
        var lattice: UInt32
        /// The first window of the crop, counted row by row in the lattice.
        var window: UInt32
    }

    public let path: String
    /// Windows in a row and in a column of a crop.
    public let perSide: Int
    /// Of a crop, in pixels.
    public let side: Int
    /// Tiles of the pack that belong to no crop.
    public let leftOutCount: Int
    private let pack: TilePack
    /// Pixels from one window of a canvas to the next.
    private let gridStride: Int
    /// Windows of a canvas from one window of a crop to the next.
    private let step: Int
    private let lattices: [Lattice]
    private let places: [Place]

    /// Finds all crops. O(windows · `perSide`).
    ///
    /// - Parameter perSide: at least 2.
    /// - Parameter stride: pixels from one window of a crop to the next: a multiple of that of the pack's windows.
    /// - Throws: `unsuitable` for a pack without canvases, with canvases that are too small, or whose windows do not stand at this
    ///   stride, with what would do.
    public init(of pack: TilePack, perSide: Int, stride: Int) throws(RecordsError) {
        precondition(perSide >= 2 && stride > 0)
        let operation =
            "cut crops of \(perSide)×\(perSide) windows, \(stride) pixels apart"
        func unsuitable(_ cause: String) -> RecordsError {
            RecordsError(code: .unsuitable, operation: operation, path: pack.path, cause: cause)
        }
        let canvasGrids = pack.index.grids.filter { $0.windows.columns > 1 && $0.windows.rows > 1 }
        guard pack.tileWidth == pack.tileHeight, let first = canvasGrids.first else {
            throw Self.withoutCanvases(at: pack.path)
        }
        let gridStride = first.windows.stride
        guard stride.isMultiple(of: gridStride) else {
            let lower = stride / gridStride * gridStride
            let advice = lower > 0 ? "\(lower) or \(lower + gridStride)" : "\(gridStride)"
            throw unsuitable(
                "its windows stand \(gridStride) pixels apart, so those of a crop can stand at multiples of that: --crop-stride "
                    + advice)
        }
        let (step, side) = (stride / gridStride, pack.tileWidth + (perSide - 1) * stride)
        var lattices: [Lattice] = []
        var places: [Place] = []
        var usedCount = 0
        let grids = Dictionary(
            grouping: pack.index.grids.filter { $0.windows.stride == gridStride && $0.windows.count > 0 },
            by: \.canvas)
        for (canvas, grids) in grids.sorted(by: { $0.key < $1.key }) {
            let (lattice, repeats) = Self.lattice(of: canvas, grids.map(\.windows))
            let found = Self.places(in: lattice, repeats, perSide: perSide, step: step)
            guard !found.isEmpty else { continue }
            let number = UInt32(lattices.count)
            places += found.map { Place(lattice: number, window: $0) }
            lattices.append(lattice)
            usedCount += repeats.reduce(0, +)
        }
        guard !places.isEmpty else {
            throw unsuitable(
                "none of its canvases has room for \(side)×\(side) pixels in which all windows have labels; take fewer windows, "
                    + "or make a pack of larger canvases")
        }
        (self.pack, path) = (pack, pack.path)
        (self.perSide, self.side) = (perSide, side)
        (self.gridStride, self.step) = (gridStride, step)
        (self.lattices, self.places) = (lattices, places)
        leftOutCount = pack.count - usedCount
    }

    /// What is wrong with samples that are no windows of canvases.
    public static func withoutCanvases(at path: String) -> RecordsError {
        RecordsError(
            code: .unsuitable, operation: "cut crops with several windows", path: path,
            cause:
                "its samples lie on no canvases; tilescope scatter, or tilescope cut with --canvas, makes a pack that has some"
        )
    }

    public var count: Int { places.count }
    public var labelCount: Int { perSide * perSide }

    public func labels(of sample: Int, varied variation: Variation) -> [Int32] {
        let place = places[sample]
        let lattice = lattices[Int(place.lattice)]
        let first = Int(place.window)
        // Where the windows go is where the pixels of a picture of that size would go.
        let steps = Self.crop(of: sample, variation).symmetry.steps(width: perSide, height: perSide)
        var labels = [Int32](repeating: 0, count: labelCount)
        for row in 0..<perSide {
            for column in 0..<perSide {
                let label = lattice.labels[first + (row * lattice.columns + column) * step]
                labels[steps.first + row * steps.row + column * steps.column] = Int32(label)
            }
        }
        return labels
    }

    public func objection(toSide side: Int) -> String? {
        side == self.side ? nil : "its crops have \(self.side)×\(self.side) pixels, not \(side)×\(side)"
    }

    public func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        let place = places[sample]
        let lattice = lattices[Int(place.lattice)]
        let (row, column) = Int(place.window).quotientAndRemainder(dividingBy: lattice.columns)
        let part = PixelRect(
            x: lattice.x0 + column * gridStride, y: lattice.y0 + row * gridStride, width: side, height: side)
        let crop = Self.crop(of: sample, variation)
        try pixelsHWC.withUnsafeMutableBufferPointer { pixels throws(RecordsError) in
            try pack.copy(part, ofCanvas: lattice.canvas, into: pixels, crop: crop)
        }
        variation.colourChange?.apply(to: &pixelsHWC)
    }

    /// How a crop is mirrored and turned.
    private static func crop(of sample: Int, _ variation: Variation) -> Crop {
        guard let crop = variation.crop(of: sample), crop.x == 0, crop.y == 0 else {
            preconditionFailure("crops are mirrored and turned, and not moved: labels follow from places")
        }
        return crop
    }
}

// What there is of a pack.
extension CanvasCrops {
    /// The windows of a canvas, as far as they stand on the lattice of its first grid.
    ///
    /// - Parameter grids: of the canvas and of one stride; none is empty.
    /// - Returns: with the number of times that the grids name each window.
    private static func lattice(of canvas: Int, _ grids: [WindowGrid]) -> (Lattice, repeats: [Int]) {
        let stride = grids[0].stride
        let (x0, y0) = (grids[0].x0 % stride, grids[0].y0 % stride)
        let grids = grids.filter { $0.x0 % stride == x0 && $0.y0 % stride == y0 }
        let columns = grids.map { $0.x0 / stride + $0.columns }.max() ?? 0
        let rows = grids.map { $0.y0 / stride + $0.rows }.max() ?? 0
        var labels = [UInt16](repeating: 0, count: columns * rows)
        var repeats = [Int](repeating: 0, count: columns * rows)
        for grid in grids {
            for window in 0..<grid.count {
                let (row, column) = window.quotientAndRemainder(dividingBy: grid.columns)
                let place = (grid.y0 / stride + row) * columns + grid.x0 / stride + column
                labels[place] = UInt16(grid.label(of: window))
                repeats[place] += 1
            }
        }
        let lattice = Lattice(
            canvas: canvas, x0: x0, y0: y0, columns: columns, rows: rows, labels: labels)
        return (lattice, repeats)
    }

    /// The first windows of all crops of a canvas, each as often as the crop counts.
    ///
    /// - Parameter repeats: of each window of the canvas; 0 for those without a label.
    private static func places(
        in lattice: Lattice, _ repeats: [Int], perSide: Int, step: Int
    ) -> [UInt32] {
        let length = (perSide - 1) * step
        let (columns, rows) = (lattice.columns - length, lattice.rows - length)
        guard columns > 0, rows > 0 else { return [] }
        let windowCount = perSide * perSide
        // Of the numbers of windows in a line; 0 where one of them has none.
        func sum(_ numbers: [Int], from first: Int, by step: Int) -> Int {
            var sum = 0
            for index in 0..<perSide {
                let number = numbers[first + index * step]
                guard number > 0 else { return 0 }
                sum += number
            }
            return sum
        }
        var inRow = [Int](repeating: 0, count: lattice.rows * columns)
        for row in 0..<lattice.rows {
            for column in 0..<columns {
                inRow[row * columns + column] = sum(
                    repeats, from: row * lattice.columns + column, by: step)
            }
        }
        var places: [UInt32] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let all = sum(inRow, from: row * columns + column, by: step * columns)
                let window = UInt32(row * lattice.columns + column)
                places += repeatElement(window, count: (all + windowCount / 2) / windowCount)
            }
        }
        return places
    }
}
