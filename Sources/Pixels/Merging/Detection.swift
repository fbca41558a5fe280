/// One object found in a scene.
public struct Detection: Hashable, Sendable {
    /// In scene pixels.
    public var box: PixelRect
    /// Index of the class.
    public var label: Int
    /// In `0...1`.
    public var score: Float

    public init(box: PixelRect, label: Int, score: Float) {
        (self.box, self.label, self.score) = (box, label, score)
    }

    /// A total order, so that no result depends on the order of arrival: higher score first, then by position
    /// (top to bottom, left to right), then smaller label, then smaller box.
    public static func isBetter(_ a: Detection, _ b: Detection) -> Bool {
        if a.score != b.score { return a.score > b.score }
        return (a.box.y0, a.box.x0, a.label, a.box.y1, a.box.x1)
            < (b.box.y0, b.box.x0, b.label, b.box.y1, b.box.x1)
    }
}
