public import Pixels

/// One object that really is in a scene.
public struct Truth: Hashable, Sendable {
    /// In scene pixels; around a point, a square as large as the object.
    public var box: PixelRect
    /// Index of the class.
    public var label: Int
    /// The part of the object that nothing covers, in `0...1`.
    public var visibleFraction: Float
    /// Where the object is, if only a point of it is known; else `nil`.
    public var point: TruthPoint?
    /// Whether it lies beside the part of the scene that was looked at: then it is not to be found, and a detection on it counts
    /// neither way.
    public var isBeside: Bool

    /// - Parameter box: not empty.
    public init(
        box: PixelRect, label: Int, visibleFraction: Float = 1, point: TruthPoint? = nil,
        isBeside: Bool = false
    ) {
        (self.box, self.label, self.visibleFraction) = (box, label, visibleFraction)
        self.point = point
        self.isBeside = isBeside
    }
}

/// The place of an object whose box nobody has drawn.
public struct TruthPoint: Hashable, Sendable {
    /// In scene pixels; 0 is the left edge of the scene.
    public var x: Double
    /// In scene pixels; 0 is the upper edge of the scene.
    public var y: Double
    /// A detection whose centre is at most so far away has found the object: half of the object's size, in pixels.
    public var reach: Double

    public init(x: Double, y: Double, reach: Double) { (self.x, self.y, self.reach) = (x, y, reach) }

    /// From the point to the centre of a box, in pixels.
    package func distance(toCentreOf box: PixelRect) -> Double {
        let (dx, dy) = (Double(box.x0 + box.x1) / 2 - x, Double(box.y0 + box.y1) / 2 - y)
        return (dx * dx + dy * dy).squareRoot()
    }
}
