public import Files
public import Pixels

/// What the truth says about the detections of a scan.
public struct Judgement: Hashable, Sendable {
    /// In the order of a legend.
    public enum Verdict: Int, Hashable, Sendable, CaseIterable {
        /// The detection has found an object.
        case hit
        /// There is no object of the detection's class, or a better detection has found it.
        case falseAlarm
        /// No detection has found the object.
        case miss
        /// The detection lies on an object that does not count.
        case neither

        /// How its boxes are drawn: shapes are told apart without colours.
        public var shape: BoxMark.Shape {
            switch self {
            case .hit: .frame
            case .falseAlarm: .crossed
            case .miss: .corners
            case .neither: .slashed
            }
        }

        /// For people: `"3 hits"`.
        ///
        /// - Parameter number: writes the count.
        public func text(_ count: Int, number: (Int) -> String = { "\($0)" }) -> String {
            let word =
                switch self {
                case .hit: count == 1 ? "hit" : "hits"
                case .falseAlarm: count == 1 ? "false alarm" : "false alarms"
                case .miss: count == 1 ? "miss" : "misses"
                case .neither: "not counted"
                }
            return "\(number(count)) \(word)"
        }
    }

    /// An object that no detection has found.
    public struct Miss: Hashable, Sendable {
        /// In scene pixels.
        public var box: PixelRect
        public var label: Int

        public init(box: PixelRect, label: Int) { (self.box, self.label) = (box, label) }
    }

    /// One for each detection, in their order; none is a miss.
    public var verdicts: [Verdict]
    public var misses: [Miss]

    public init(verdicts: [Verdict], misses: [Miss]) { (self.verdicts, self.misses) = (verdicts, misses) }
}

/// Judges the detections that are written, best first. Throws `Cancelled` soon after somebody asked to stop.
public typealias Judge = (_ detections: [Detection], _ cancellation: Cancellation) throws -> Judgement
