/// An event was refused. Nothing of the events that came with it is stored.
///
/// Where the file cannot be read or written, the store throws `SQLiteError`.
package struct LabelError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// An id, a name, a label or a box breaks a rule, whatever is in the store.
        case invalid
        /// Another event has this id.
        case idTaken
        /// The place has another label than the client expected.
        case conflict
        /// The box to move has no label.
        case nothingToMove
        /// The box to move to has a label.
        case occupied
        /// The source has no event of the id to undo.
        case unknownEvent
        /// Somebody else's event cannot be undone.
        case notOwn
        case alreadyUndone
        /// A later event has changed the place of the event to undo.
        case changedLater
    }
    package var code: Code
    /// With the place and the source: `"set the label of the box 0,0,8,8 in harbour"`.
    package var operation: String
    /// Of the store.
    package var path: String
    /// What was found, and what to do.
    package var cause: String
    /// Of the refused event.
    package var eventID: String
    /// The label that stands against the event; `nil` where nobody has said anything of the place, or where no place matters.
    package var found: FoundLabel?

    init(
        _ code: Code, _ event: LabelEvent, path: String, cause: String, found: FoundLabel? = nil
    ) {
        self.code = code
        self.operation = event.words
        self.path = path
        self.cause = cause
        eventID = event.id
        self.found = found
    }

    package var description: String { "\(path): cannot \(operation): \(cause)" }
}

extension LabelEvent {
    /// For messages: what it does.
    fileprivate var words: String {
        switch action {
        case .set(let place, _): "set the label of \(place) in \(source)"
        case .move(let old, let new): "move the label of \(old) to \(new) in \(source)"
        case .undo(let id): "undo the event \(id) in \(source)"
        case .import(let place, _, let origin): "import the label of \(place) in \(source) from \(origin)"
        }
    }
}
