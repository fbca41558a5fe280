public import Records

/// How often the highest score was the right class.
public struct TopOne: Hashable, Sendable {
    /// The tiles of one class.
    public struct ClassResult: Hashable, Sendable, Codable {
        public var name: String
        /// Tiles scored.
        public var count = 0
        /// Tiles whose highest score was another class'.
        public var errorCount = 0
        /// In `0...1`; `nil` when nothing was scored.
        public var fraction: Double? { count == 0 ? nil : 1 - Double(errorCount) / Double(count) }
    }

    /// By label.
    public private(set) var classes: [ClassResult]

    /// Samples that could not be read and were left out.
    public internal(set) var unreadable: [UnreadableSample] = []

    init(classNames: [String]) { classes = classNames.map { ClassResult(name: $0) } }

    /// Less than the samples asked for when the job was interrupted or some could not be read.
    public var count: Int { classes.reduce(0) { $0 + $1.count } }
    public var errorCount: Int { classes.reduce(0) { $0 + $1.errorCount } }
    /// In `0...1`; `nil` when nothing was scored.
    public var fraction: Double? { count == 0 ? nil : 1 - Double(errorCount) / Double(count) }

    mutating func add(_ scores: ArraySlice<Float>, label: Int) {
        classes[label].count += 1
        if Self.bestLabel(scores) != label { classes[label].errorCount += 1 }
    }

    /// The label with the highest score; the first of equals.
    package static func bestLabel(_ scores: ArraySlice<Float>) -> Int {
        var best = (label: 0, score: -Float.infinity)
        for (label, score) in scores.enumerated() where score > best.score { best = (label, score) }
        return best.label
    }
}
