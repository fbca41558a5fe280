package import Figures
package import Pixels

/// How a confusion matrix is drawn.
public struct MatrixStyle: Hashable, Sendable {
    public var ramp: ColourRamp
    /// Each label once: from top to bottom and from left to right.
    public var order: [Int]
    /// Names for people, by label.
    public var names: [String]
    /// Kinds of neighbouring classes that get a name where single classes have no room; from large to small.
    public var groups: [[ClassGroup]] = []

    public init(ramp: ColourRamp = .green, order: [Int], names: [String]) {
        (self.ramp, self.order, self.names) = (ramp, order, names)
    }
}

/// Some classes that stand together.
public struct ClassGroup: Hashable, Sendable {
    public var name: String
    /// Places in the order.
    public var places: Range<Int>

    public init(name: String, places: Range<Int>) { (self.name, self.places) = (name, places) }
}

/// A confusion matrix with its axes and the scale of its colours.
package struct MatrixFigure {
    private let matrix: ConfusionMatrix
    private let style: MatrixStyle
    private let scale: ColourScale
    package let grid: (counts: [Int], side: Int, classesPerRow: Int)
    /// Pixels of a cell.
    private let cell: Int
    private let ramp: ColourRamp

    /// Pixels of the matrix's side, about: a thousand classes have one each.
    private static let side = 1000
    private static let largestCell = 52
    /// The size of the font in pixels.
    private static let fontSize = 15
    /// Rows of a matrix: more classes than that are added up.
    package static let rowLimit = 2000

    /// - Parameter scale: of the colours; one for all matrices that are to be compared.
    package init(_ matrix: ConfusionMatrix, style: MatrixStyle, scale: ColourScale) {
        (self.matrix, self.style, self.scale, ramp) = (matrix, style, scale, style.ramp)
        grid = matrix.grid(in: style.order, side: Self.rowLimit)
        cell = max(1, min(Self.largestCell, Self.side / grid.side))
    }

    /// The counts of a picture's cells, of which its colour scale is made.
    ///
    /// - Parameter order: each label once.
    package static func counts(of matrix: ConfusionMatrix, order: [Int]) -> [Int] {
        guard matrix.classCount > rowLimit else { return matrix.cells.map(\.count) }
        return matrix.grid(in: order, side: rowLimit).counts
    }

    /// - Parameter title: above the matrix.
    package func figure(title: String) -> Figure {
        let names = labelling
        let left = names.width + 64
        let (top, right) = (56, 132)
        let side = grid.side * cell
        var figure = Figure(
            width: left + side + right, height: top + side + names.width + 64, ground: .fixed(ramp.ground),
            summary: "\(title). \(summary)")
        figure.write(title, x: left, y: 28, size: 17, .fixed(ramp.ink))
        figure.add(.image(cells, x: left, y: top, scale: cell))
        figure.frame(x0: left, y0: top, x1: left + side, y1: top + side, .fixed(ramp.faintInk))
        if cell >= 24 { writeCounts(on: &figure, left: left, top: top) }
        names.draw(on: &figure, left: left, top: top, side: side, ramp: ramp)
        let middle = side / 2
        figure.write(
            "true class", x: 24, y: top + middle, size: Self.fontSize, anchor: .middle, direction: .upwards,
            .fixed(ramp.ink))
        figure.write(
            "predicted class", x: left + middle, y: figure.height - 24, size: Self.fontSize, anchor: .middle,
            .fixed(ramp.ink))
        drawBar(on: &figure, x: left + side + 32, top: top, height: min(side, 480))
        return figure
    }

    /// What is seen, in words: which classes are taken for others most often.
    package var summary: String {
        let confusions = matrix.confusions.prefix(3).map {
            "\(style.names[$0.truth]) taken for \(style.names[$0.label]): \($0.count)"
        }
        return
            "Confusion matrix of \(matrix.classCount) classes, true ones in rows, predicted ones in columns. "
            + (confusions.isEmpty
                ? "All counts lie on the diagonal."
                : "Most frequent errors: \(confusions.joined(separator: ", ")).")
    }

    /// The colours of a figure, and some between ink and ground for the edges of letters.
    package var palette: [RGB] {
        let edges = (1...8).map { ramp.ground.mixed(with: ramp.ink, share: Double($0) / 9) }
        return [ramp.zero, ramp.ground, ramp.ink, ramp.faintInk] + ramp.levels + darkAndLight + edges
    }

    /// One pixel for each cell.
    package var cells: Image {
        let colors = ramp.levels
        let zero = ramp.zero
        /// By count, as far as a table is worth it.
        let table = (0...min(scale.largest, 1 << 16)).map { $0 == 0 ? zero : colors[index(of: $0)] }
        let bytes = [UInt8](unsafeUninitializedCapacity: grid.counts.count * 3) { bytes, count in
            for (place, value) in grid.counts.enumerated() {
                let color = value < table.count ? table[value] : colors[index(of: value)]
                bytes.initializeElement(at: place * 3, to: color.red)
                bytes.initializeElement(at: place * 3 + 1, to: color.green)
                bytes.initializeElement(at: place * 3 + 2, to: color.blue)
            }
            count = grid.counts.count * 3
        }
        return Image(width: grid.side, height: grid.side, pixelsHWC: bytes)
    }

    private func index(of count: Int) -> Int {
        Int((scale.level(of: count) * Double(ColourRamp.levelCount - 1)).rounded())
    }

    private var darkAndLight: [RGB] { [RGB(0, 0, 0), RGB(255, 255, 255)] }

    /// The count in each cell that is large enough.
    private func writeCounts(on figure: inout Figure, left: Int, top: Int) {
        let colors = ramp.levels
        for (place, count) in grid.counts.enumerated() where count > 0 {
            let (row, column) = place.quotientAndRemainder(dividingBy: grid.side)
            let text = "\(count)"
            let size = textWidth(text, size: Self.fontSize) <= cell - 6 ? Self.fontSize : 10
            guard textWidth(text, size: size) <= cell - 2 else { continue }
            let color = colors[index(of: count)]
            let light = 299 * Int(color.red) + 587 * Int(color.green) + 114 * Int(color.blue)
            figure.write(
                text, x: left + column * cell + cell / 2, y: top + row * cell + cell / 2, size: size,
                anchor: .middle, .fixed(darkAndLight[light > 128_000 ? 0 : 1]))
        }
    }

    /// What stands beside the rows and below the columns.
    private var labelling: AxisLabelling {
        AxisLabelling(
            style: style, cell: cell, classesPerRow: grid.classesPerRow, classCount: matrix.classCount)
    }

    /// The colours of the counts, few at the bottom.
    private func drawBar(on figure: inout Figure, x: Int, top: Int, height: Int) {
        let width = 22
        let top = top + 34
        let height = max(60, height - 80)
        figure.write(
            matrix.k > 1 ? "pairs" : "samples", x: x, y: top - 24, size: Self.fontSize, .fixed(ramp.ink))
        let colors = ramp.levels
        let bar = Image(
            width: 1, height: height,
            pixelsHWC: (0..<height).flatMap { y in
                let color = colors[(height - 1 - y) * (colors.count - 1) / max(1, height - 1)]
                return [color.red, color.green, color.blue]
            })
        for y in 0..<height {
            figure.fill(x0: x, y0: top + y, x1: x + width, y1: top + y + 1, .fixed(bar[0, y]))
        }
        figure.frame(x0: x, y0: top, x1: x + width, y1: top + height, .fixed(ramp.faintInk))
        var taken: [Int] = []
        for tick in scale.ticks.reversed() {
            let y = top + height - 1 - Int((scale.level(of: tick) * Double(height - 1)).rounded())
            guard taken.allSatisfy({ abs($0 - y) >= 20 }) else { continue }
            taken.append(y)
            figure.fill(x0: x + width + 1, y0: y, x1: x + width + 6, y1: y + 1, .fixed(ramp.faintInk))
            figure.write("\(tick)", x: x + width + 10, y: y, size: Self.fontSize, .fixed(ramp.ink))
        }
        let zero = top + height + 12
        figure.fill(x0: x, y0: zero, x1: x + width, y1: zero + 14, .fixed(ramp.zero))
        figure.frame(x0: x, y0: zero, x1: x + width, y1: zero + 14, .fixed(ramp.faintInk))
        figure.write("0", x: x + width + 10, y: zero + 7, size: Self.fontSize, .fixed(ramp.ink))
    }
}
