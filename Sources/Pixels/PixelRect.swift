/// A half-open rectangle of pixels, `x0 ..< x1` by `y0 ..< y1`, origin at the top left.
public struct PixelRect: Hashable, Sendable, Codable {
    public var x0: Int
    public var y0: Int
    public var x1: Int
    public var y1: Int

    /// From its edges, which must not be inside out.
    public init(x0: Int, y0: Int, x1: Int, y1: Int) {
        precondition(x0 <= x1 && y0 <= y1, "rectangle \(x0),\(y0) ..< \(x1),\(y1) is inside out")
        (self.x0, self.y0, self.x1, self.y1) = (x0, y0, x1, y1)
    }

    /// From edges that come from a file.
    ///
    /// - Returns: `nil` where they are inside out, or lie beyond the bounds of any scene, so that sums and areas could overflow.
    public init?(checking x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) {
        let bounds = -1 << 29...1 << 29
        guard x0 <= x1, y0 <= y1, bounds.contains(x0), bounds.contains(y0), bounds.contains(x1),
            bounds.contains(y1)
        else { return nil }
        self.init(x0: x0, y0: y0, x1: x1, y1: y1)
    }

    /// The rectangle of the given size whose top left corner is `x`, `y`.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.init(x0: x, y0: y, x1: x + width, y1: y + height)
    }

    /// In pixels.
    public var width: Int { x1 - x0 }
    /// In pixels.
    public var height: Int { y1 - y0 }
    /// In pixels; 0 for an empty rectangle.
    public var area: Int { width * height }

    /// The pixels that lie in both; `nil` when there are none.
    public func intersection(_ other: PixelRect) -> PixelRect? {
        let (left, right) = (max(x0, other.x0), min(x1, other.x1))
        let (top, bottom) = (max(y0, other.y0), min(y1, other.y1))
        guard left < right, top < bottom else { return nil }
        return PixelRect(x0: left, y0: top, x1: right, y1: bottom)
    }

    /// Each side `distance` further in; further out where that is negative. No side is further in than the middle.
    public func inset(by distance: Int) -> PixelRect {
        let (x, y) = (min(distance, width / 2), min(distance, height / 2))
        return PixelRect(x0: x0 + x, y0: y0 + y, x1: x1 - x, y1: y1 - y)
    }

    /// Whether no pixel of `other` lies outside.
    public func contains(_ other: PixelRect) -> Bool {
        x0 <= other.x0 && y0 <= other.y0 && x1 >= other.x1 && y1 >= other.y1
    }

    /// Intersection over union, in `0...1`; 0 when both are empty.
    public func iou(with other: PixelRect) -> Float {
        let common = intersection(other)?.area ?? 0
        let union = area + other.area - common
        return union == 0 ? 0 : Float(common) / Float(union)
    }
}
