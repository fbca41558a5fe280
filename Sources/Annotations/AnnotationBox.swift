public import Pixels

/// An upright box whose edges may lie between pixels. 0 is the left edge of the first pixel, and 1 its right edge.
public struct AnnotationBox: Hashable, Sendable {
    public var x0: Double
    public var y0: Double
    public var x1: Double
    public var y1: Double

    public init(x0: Double, y0: Double, x1: Double, y1: Double) {
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
    }

    public init(_ box: PixelRect) {
        self.init(x0: Double(box.x0), y0: Double(box.y0), x1: Double(box.x1), y1: Double(box.y1))
    }

    /// From edges that come from a file.
    ///
    /// - Returns: `nil` where they are no numbers, the box is empty or inside out, or lies beyond the bounds of any scene.
    package init?(checking x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) {
        // Comparisons with NaN are false.
        guard x0 < x1, y0 < y1, Annotation.isPlace(x0, y0), Annotation.isPlace(x1, y1) else { return nil }
        self.init(x0: x0, y0: y0, x1: x1, y1: y1)
    }

    /// The upright box around some points.
    ///
    /// - Returns: `nil` where `init(checking:)` would.
    package init?(around points: [(x: Double, y: Double)]) {
        guard let first = points.first else { return nil }
        var x0 = first.x
        var y0 = first.y
        var x1 = first.x
        var y1 = first.y
        for point in points {
            guard point.x.isFinite, point.y.isFinite else { return nil }
            x0 = min(x0, point.x)
            y0 = min(y0, point.y)
            x1 = max(x1, point.x)
            y1 = max(y1, point.y)
        }
        self.init(checking: x0, y0, x1, y1)
    }

    public var width: Double { x1 - x0 }
    public var height: Double { y1 - y0 }

    /// To the nearest whole pixels, at least one pixel wide and high.
    public var pixels: PixelRect {
        let (columns, rows) = (Self.pixels(x0, x1), Self.pixels(y0, y1))
        return PixelRect(
            x0: columns.lowerBound, y0: rows.lowerBound, x1: columns.upperBound, y1: rows.upperBound)
    }

    private static func pixels(_ start: Double, _ end: Double) -> Range<Int> {
        let (first, last) = (whole(start.rounded()), whole(end.rounded()))
        if first < last { return first..<last }
        let middle = whole((start / 2 + end / 2).rounded(.down))
        return middle..<middle + 1
    }

    private static func whole(_ value: Double) -> Int {
        Int(exactly: min(max(value, -bound), bound - 1)) ?? 0
    }

    /// As `PixelRect` has it: no scene is larger.
    package static let bound = Double(1 << 29)

    /// Beside `init(checking:)`, for errors.
    package static let objection = "is empty, inverted or too far away; correct or remove it"
}
