/// How to choose what a person should label next.
///
/// Herding by kernels (arXiv 2407.12212, 2412.20644) was measured beside these, and did not beat typical items.
package enum PickStrategy: String, CaseIterable, Sendable {
    /// All items are as likely. The measure for the others: many of them do not beat it (arXiv 2403.14800).
    case random
    /// Typical items of each cluster of features. For the first few labels, when there is no model yet.
    case typicalFirst = "typical"
    /// The smallest difference between the best two scores.
    case margin
    /// The largest entropy of the scores.
    case entropy
    /// Labelled items whose label is probably wrong.
    case labelErrors = "label-errors"

    package var needsFeatures: Bool { self == .typicalFirst }
    /// Whether windows that look less like an object than one which they overlap are left out.
    var choosesPeaks: Bool { self == .margin || self == .entropy }
    /// Whether classes take turns where nobody says so: not in a ranking, nor in a choice by chance, which would know what the model knows
    /// and be no measure for the others.
    package var usuallyBalances: Bool { self != .labelErrors && self != .random }
    package var needsScores: Bool { self == .margin || self == .entropy || self == .labelErrors }
}

/// The settings of a choice.
package struct PickPlan: Sendable {
    package var strategy: PickStrategy
    /// How many items are wanted. Where there are fewer, all are picked.
    package var count: Int
    /// The same seed and candidates give the same picks.
    package var seed: UInt64 = 0
    /// Whether classes take turns, each with its best item; classes with the fewest labels come first. An item's class is the one
    /// with its best score. `nil`: where there are scores and the strategy usually does (`usuallyBalances`).
    package var balancesClasses: Bool?
    /// Two picks of one scene have at most this IoU, in `0...1`. 0: they do not overlap.
    package var greatestIoU: Float = 0
    /// Whether an item is passed over that shows an object which has a label already: its window overlaps a labelled one by more
    /// than `greatestIoU`, or is in the same group.
    package var skipsLabelledObjects = true
    /// Threads that compute at once. The picks do not depend on it.
    package var threads: Int

    package init(_ strategy: PickStrategy, count: Int, threads: Int) {
        precondition(count >= 0 && threads > 0, "count \(count), threads \(threads)")
        self.strategy = strategy
        self.count = count
        self.threads = threads
    }
}

/// One chosen item.
package struct Pick: Hashable, Sendable {
    /// Its number among the candidates.
    package var item: Int
    /// Why it was chosen, in numbers of the strategy:
    /// - `random`: none;
    /// - `typicalFirst`: the mean distance to its nearest neighbours in its cluster;
    /// - `margin`, `entropy`: the margin, the entropy in nats;
    /// - `labelErrors`: the normalised margin of the label, below 0 where another class is likelier.
    /// `nil` where it has none: for items outside of the sample in which such numbers were computed.
    package var value: Float?
    /// The class with the best score, for `labelErrors` the likeliest class by the normalised margin; `nil` without scores.
    package var label: Int?
    /// For `labelErrors`: whether confident learning takes the label for wrong.
    package var isConfident = false
}

/// What was chosen.
package struct Picks: Hashable, Sendable {
    /// In the order in which they should be labelled.
    package var picks: [Pick]
    /// Items that could not be considered, because a feature or a score is not finite.
    package var leftOutCount: Int
}
