/// A place that has a label.
package struct PlacedLabel: Hashable, Sendable {
    package let place: LabelPlace
    package let label: Label
    /// Who gave the label.
    package let who: String
    /// When: milliseconds since 1970.
    package let time: Int64
    /// Of the event that gave it.
    package let sequence: Int64
}

/// What was last said of a place, when it stands against a new event.
package struct FoundLabel: Hashable, Sendable {
    package let place: LabelPlace
    /// `nil` where the label was removed.
    package let label: Label?
    /// Who gave or removed it.
    package let who: String
    /// When: milliseconds since 1970.
    package let time: Int64
    /// Of the event that gave or removed it.
    package let sequence: Int64

    /// For messages: `"car is there, set by ann"`.
    var words: String {
        label.map { "\($0) is there, set by \(who)" } ?? "it has no label, removed by \(who)"
    }
}

/// A scene or pack of which somebody has said something.
package struct LabelledSource: Hashable, Sendable {
    package let source: String
    /// Places that have a label now.
    package let labelCount: Int
    package let eventCount: Int
}
