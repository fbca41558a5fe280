/// How a box is drawn: in which colour, with which line, and in which shape.
///
/// A casing outside the box and between dashes, light beside dark colours and dark beside light ones, makes it visible on any
/// ground.
public struct BoxMark: Hashable, Sendable {
    public enum Line: Hashable, Sendable {
        case solid, dashed
    }

    public enum Shape: Int, Hashable, Sendable, CaseIterable {
        /// The border.
        case frame
        /// The border and both diagonals.
        case crossed
        /// The border and one diagonal.
        case slashed
        /// The corners of the border.
        case corners
    }

    public var color: RGB
    public var line: Line
    public var shape: Shape

    public init(color: RGB, line: Line = .solid, shape: Shape = .frame) {
        self.color = color
        self.line = line
        self.shape = shape
    }

    /// The colour of the casing, and of text on the colour.
    public var casing: RGB { color.isDark ? RGB(255, 255, 255) : RGB(0, 0, 0) }

    /// Sides of a box in line widths, at least: smaller boxes grow, because their shape could not be told.
    public static let smallestSide = 5

    /// Width of the casing around a box, and on each side of a diagonal.
    ///
    /// - Parameter lineWidth: positive.
    public static func casingWidth(lineWidth: Int) -> Int { max(1, lineWidth / 3) }

    /// A piece of a mark.
    public enum Stroke: Hashable, Sendable {
        case bar(PixelRect, RGB)
        /// From one corner of the rectangle to the opposite one: downwards to the right, or upwards.
        case diagonal(PixelRect, isRising: Bool, width: Int, RGB)
    }

    /// What is drawn for a box, in this order.
    ///
    /// - Parameter lineWidth: positive; the lines lie inside the box.
    public func strokes(around box: PixelRect, lineWidth: Int) -> [Stroke] {
        precondition(lineWidth > 0)
        let box = box.grown(toSide: Self.smallestSide * lineWidth)
        let casingWidth = Self.casingWidth(lineWidth: lineWidth)
        var strokes: [Stroke] = bars(
            of: box, lineWidth: lineWidth, casingWidth: casingWidth, runs: extents
        ).map { .bar($0, casing) }
        let width = (lineWidth + 1) / 2
        for (width, color) in [(width + 2 * casingWidth, casing), (width, color)] {
            strokes += risings.map {
                .diagonal(box.inset(by: lineWidth), isRising: $0, width: width, color)
            }
        }
        return strokes
            + bars(of: box, lineWidth: lineWidth, casingWidth: 0, runs: runs).map { .bar($0, color) }
    }

    /// Which diagonals there are.
    private var risings: [Bool] {
        switch shape {
        case .frame, .corners: []
        case .slashed: [true]
        case .crossed: [true, false]
        }
    }

    /// Along the border of a box, and as much further as the casing is wide: outwards and at their ends.
    ///
    /// - Parameter runs: the parts of a side of a length that are drawn.
    private func bars(
        of box: PixelRect, lineWidth: Int, casingWidth: Int,
        runs: (_ length: Int, _ lineWidth: Int) -> [Range<Int>]
    ) -> [PixelRect] {
        let thickness = lineWidth + casingWidth
        let across = runs(box.width, lineWidth).flatMap { run in
            [box.y0 - casingWidth, box.y1 - lineWidth].map { y in
                PixelRect(
                    x: box.x0 + run.lowerBound - casingWidth, y: y, width: run.count + 2 * casingWidth,
                    height: thickness)
            }
        }
        let down = runs(box.height, lineWidth).flatMap { run in
            [box.x0 - casingWidth, box.x1 - lineWidth].map { x in
                PixelRect(
                    x: x, y: box.y0 + run.lowerBound - casingWidth, width: thickness,
                    height: run.count + 2 * casingWidth)
            }
        }
        return across + down
    }

    /// The parts of a side from the first pixel to the last, without the gaps between dashes.
    private func extents(length: Int, lineWidth: Int) -> [Range<Int>] {
        guard shape == .corners else { return [0..<length] }
        let arm = max(lineWidth + 1, length / 3)
        return [0..<arm, length - arm..<length]
    }

    private func runs(length: Int, lineWidth: Int) -> [Range<Int>] {
        let extents = extents(length: length, lineWidth: lineWidth)
        guard line == .dashed else { return extents }
        let dashes = Self.dashes(length: length, lineWidth: lineWidth)
        return extents.flatMap { extent in dashes.map { $0.clamped(to: extent) }.filter { !$0.isEmpty } }
    }

    /// Dashes twice as long as the gaps, with a dash at both ends and at least one between them.
    private static func dashes(length: Int, lineWidth: Int) -> [Range<Int>] {
        // Gaps of about 1.25 line widths; a box from a file may be as large as any scene.
        let count = min(max(3, (8 * length + 25 * lineWidth) / (30 * lineWidth)), 500)
        let partCount = 3 * count - 1
        func start(_ part: Int) -> Int { (2 * part * length + partCount) / (2 * partCount) }
        return (0..<count).map { start(3 * $0)..<start(3 * $0 + 2) }
    }
}

extension RGB {
    /// Whether it is one of the darker colours, from which white stands out.
    fileprivate var isDark: Bool {
        // Luma of Rec. 709. The bound lies between the two groups of colours that we draw with.
        2126 * Int(red) + 7152 * Int(green) + 722 * Int(blue) < 130 * 10_000
    }
}

extension PixelRect {
    /// The same centre, and both sides at least `side`.
    fileprivate func grown(toSide side: Int) -> PixelRect {
        let (x, y) = (max(0, side - width), max(0, side - height))
        return PixelRect(x0: x0 - x / 2, y0: y0 - y / 2, x1: x1 + x - x / 2, y1: y1 + y - y / 2)
    }
}

extension Image {
    /// Draws the mark of a box; what falls outside the image is cut off.
    ///
    /// - Parameter lineWidth: positive.
    public mutating func draw(_ mark: BoxMark, around box: PixelRect, lineWidth: Int) {
        for stroke in mark.strokes(around: box, lineWidth: lineWidth) {
            switch stroke {
            case .bar(let rect, let color): fill(rect, color: color)
            case .diagonal(let rect, let isRising, let width, let color):
                drawDiagonal(of: rect, isRising: isRising, width: width, color: color)
            }
        }
    }

    /// Row by row, counted from the rectangle's corner, so that parts of a picture show the same as the whole.
    private mutating func drawDiagonal(of rect: PixelRect, isRising: Bool, width: Int, color: RGB) {
        guard let visible = bounds.intersection(rect) else { return }
        let (columns, rows) = (Double(rect.width), Double(rect.height))
        let half = Double(width) / 2 * (1 + (columns / rows) * (columns / rows)).squareRoot()
        for y in visible.y0..<visible.y1 {
            let fraction = (Double(y - rect.y0) + 0.5) / rows
            let middle = columns * (isRising ? 1 - fraction : fraction)
            let left = max(0, Int((middle - half).rounded()))
            let right = min(rect.width, Int((middle + half).rounded()))
            guard left < right else { continue }
            fill(PixelRect(x: rect.x0 + left, y: y, width: right - left, height: 1), color: color)
        }
    }
}
