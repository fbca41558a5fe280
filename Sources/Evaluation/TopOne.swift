public import Records

/// How often the highest score, and one of the five highest, was the right class'.
public struct TopOne: Hashable, Sendable {
    /// The samples of one class.
    public struct ClassResult: Hashable, Sendable, Codable {
        public var name: String
        /// Samples scored.
        public var count = 0
        /// Samples whose highest score was another class'.
        public var errorCount = 0
        /// In `0...1`; `nil` when nothing was scored.
        public var fraction: Double? { count == 0 ? nil : 1 - Double(errorCount) / Double(count) }
    }

    /// By label.
    public private(set) var classes: [ClassResult]
    /// Samples with five higher scores than their class'.
    public private(set) var topFiveErrorCount = 0
    /// Samples that could not be read and were left out.
    public internal(set) var unreadable: [UnreadableSample] = []

    init(classNames: [String]) { classes = classNames.map { ClassResult(name: $0) } }

    /// Less than the samples asked for when the job was interrupted or some could not be read.
    public var count: Int { classes.reduce(0) { $0 + $1.count } }
    public var errorCount: Int { classes.reduce(0) { $0 + $1.errorCount } }
    /// In `0...1`; `nil` when nothing was scored.
    public var fraction: Double? { count == 0 ? nil : 1 - Double(errorCount) / Double(count) }
    /// Of samples whose class' score was among the five highest; in `0...1`; `nil` when nothing was scored.
    public var topFiveFraction: Double? {
        count == 0 ? nil : 1 - Double(topFiveErrorCount) / Double(count)
    }

    mutating func add(_ scores: ArraySlice<Float>, label: Int) {
        classes[label].count += 1
        let place = Self.place(of: label, in: scores)
        if place > 0 { classes[label].errorCount += 1 }
        if place >= 5 { topFiveErrorCount += 1 }
    }

    /// How many labels come before this one: those with a higher score, and of equals the lower labels.
    package static func place(of label: Int, in scores: ArraySlice<Float>) -> Int {
        let own = scores[scores.startIndex + label]
        // A score that is not a number comes last.
        guard own == own else { return scores.count - 1 }
        return scores.enumerated().count { $1 > own || ($1 == own && $0 < label) }
    }
}
