/// Something that somebody says of a place, as a client sends it.
package struct LabelEvent: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        /// Gives a place a label, or none: `nil` removes it.
        case set(LabelPlace, to: Label?)
        /// Moves the label of a box to a box that has none.
        case move(LabelPlace, to: LabelPlace)
        /// Takes back an earlier event of the same source and person, by its id. That event may be an undo itself.
        case undo(String)
        /// As `set`, from a file.
        ///
        /// - Parameter origin: the file's name.
        case `import`(LabelPlace, to: Label?, origin: String)

        package var kind: Kind {
            switch self {
            case .set: .set
            case .move: .move
            case .undo: .undo
            case .import: .import
            }
        }
    }

    /// What an action is, without its values. The file has these names.
    package enum Kind: String, Hashable, Sendable { case set, move, undo, `import` }

    /// The label that the client believes to be there.
    package enum Expectation: Hashable, Sendable {
        case anything
        /// The event is refused where another label is there; `nil` stands for no label.
        case exactly(Label?)
    }

    /// The client's choice, unique in the whole store: 1...64 ASCII letters, digits and hyphens, such as a UUID. An event that
    /// arrives twice is stored once.
    package var id: String
    /// Who says it: 1...200 bytes.
    package var who: String
    /// The identity of a scene or a pack: 1...4096 bytes.
    package var source: String
    package var action: Action
    /// For the place that a set, a move or an import begins with. It is not stored.
    package var expected: Expectation

    package init(
        id: String, who: String, source: String, action: Action, expected: Expectation = .anything
    ) {
        self.id = id
        self.who = who
        self.source = source
        self.action = action
        self.expected = expected
    }
}

// MARK: Checks

extension LabelEvent {
    private static let maximumIDByteCount = 64
    private static let maximumNameByteCount = 200
    private static let maximumSourceByteCount = 4096

    /// Whether an event with the same id says the same, whatever was expected.
    func hasSameContent(as other: LabelEvent) -> Bool {
        who == other.who && isAboutSource(of: other) && action == other.action
    }

    /// Sources are told apart by their bytes, as SQLite does it. Equal text can have other bytes.
    func isAboutSource(of other: LabelEvent) -> Bool {
        source.utf8.elementsEqual(other.source.utf8)
    }

    /// Why the event cannot be stored, whatever is in the store; `nil` where it is sound.
    var objection: String? {
        Self.objection(toID: id)
            ?? Self.objection(to: who, name: "who", limit: Self.maximumNameByteCount)
            ?? Self.objection(to: source, name: "source", limit: Self.maximumSourceByteCount)
            ?? actionObjection
    }

    private var actionObjection: String? {
        switch action {
        case .set(let place, let label):
            return place.objection ?? Self.objection(to: label)
        case .import(let place, let label, let origin):
            return place.objection ?? Self.objection(to: label)
                ?? Self.objection(to: origin, name: "origin", limit: Self.maximumSourceByteCount)
        case .move(let old, let new):
            guard old.isBox, new.isBox else { return "only a box can be moved, and only to a box" }
            return old.objection ?? new.objection
        case .undo(let id):
            if expected != .anything { return "an undo has no expected label" }
            return Self.objection(toID: id)
        }
    }

    private static func objection(toID id: String) -> String? {
        let isSound =
            1...maximumIDByteCount ~= id.utf8.count
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isSound
            ? nil : "an id has 1 to \(maximumIDByteCount) ASCII letters, digits and hyphens"
    }

    private static func objection(to label: Label?) -> String? {
        switch label {
        case .class(let name): objection(to: name, name: "the name of a class", limit: maximumNameByteCount)
        case .unsure, nil: nil
        }
    }

    private static func objection(to text: String, name: String, limit: Int) -> String? {
        if text.isEmpty { return "\(name) is empty" }
        let count = text.utf8.count
        return count <= limit ? nil : "\(name) has \(count) bytes; at most \(limit) are allowed"
    }
}
