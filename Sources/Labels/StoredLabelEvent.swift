/// An event as the store has it.
package struct StoredLabelEvent: Hashable, Sendable {
    /// Counts the events of all sources from 1, in the order in which they were stored.
    package let sequence: Int64
    /// When it was stored, by the store's clock: milliseconds since 1970. Clocks can go back; `sequence` cannot.
    package let time: Int64
    /// As it was sent, without what the client expected.
    package let event: LabelEvent
    /// What it changed: one place, or two for a move and for the undo of one, the old box first.
    package let changes: [LabelChange]
}

/// What an event did to one place.
package struct LabelChange: Hashable, Sendable {
    package let place: LabelPlace
    package let old: LabelVersion
    package let new: LabelVersion

    /// What takes this change back.
    var inverse: LabelChange { LabelChange(place: place, old: new, new: old) }
}

/// A label together with the event that gave it to its place.
///
/// An undo brings the earlier version back, so a label keeps the name and time of the person who gave it.
package struct LabelVersion: Hashable, Sendable {
    /// `nil` where the event took the label away, or where there was none.
    package let label: Label?
    /// Of a set, a move or an import; `nil` where nobody has said anything of the place.
    package let sequence: Int64?

    /// Nobody has said anything.
    static let untouched = LabelVersion(label: nil, sequence: nil)
}
