/// One object in a scene, as somebody drew it or a scan found it.
///
/// In pixels of the whole upright scene, as boxes everywhere in Tilescope; formats that have other units are converted
/// where they are read and written.
public struct Annotation: Hashable, Sendable {
    public enum Shape: Hashable, Sendable {
        case box(AnnotationBox)
        /// The middle of an object whose size nobody gave.
        case point(x: Double, y: Double)
    }

    /// What somebody said about a detection in a GIS or a labelling tool.
    public enum Verdict: String, Hashable, Sendable { case right, wrong }

    public var className: String
    public var shape: Shape
    /// `nil` where nobody scored it.
    public var score: Float?
    /// The part of the object that nothing covers, in `0...1`; 1 where nothing is said. An object with 0 does not count.
    public var visibleFraction: Float
    public var verdict: Verdict?

    public init(
        className: String, shape: Shape, score: Float? = nil, visibleFraction: Float = 1,
        verdict: Verdict? = nil
    ) {
        (self.className, self.shape) = (className, shape)
        self.score = score
        self.visibleFraction = visibleFraction
        self.verdict = verdict
    }

    /// The upright box.
    ///
    /// - Parameter pointSide: a point is a square of this side around it.
    public func box(pointSide: Double) -> AnnotationBox {
        switch shape {
        case .box(let box): box
        case .point(let x, let y):
            AnnotationBox(
                x0: x - pointSide / 2, y0: y - pointSide / 2, x1: x + pointSide / 2, y1: y + pointSide / 2)
        }
    }

    public var isPoint: Bool {
        switch shape {
        case .box: false
        case .point: true
        }
    }

    /// A score that comes from a file; `nil` where it is none.
    static func score(_ value: Double) -> Float? { (0...1).contains(value) ? Float(value) : nil }

    /// Why a number is no score, for errors.
    static func objection(toScore value: Double) -> String {
        "a score must lie in 0...1: \(shortNumber(value)); divide what are percents by 100"
    }

    /// Whether a point can lie in a scene: finite, and not beyond the bounds of any.
    package static func isPlace(_ x: Double, _ y: Double) -> Bool {
        abs(x) <= AnnotationBox.bound && abs(y) <= AnnotationBox.bound
    }
}

extension Annotation.Verdict {
    /// As people type it: letters of any case, white space around.
    package init?(typed text: String) { self.init(rawValue: text.trimmed.lowercased()) }
}
