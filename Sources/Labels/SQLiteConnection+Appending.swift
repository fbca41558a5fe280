import SQLite

/// How an event changes the store. All of it happens within one transaction.
extension SQLiteConnection {
    /// - Parameter time: in milliseconds since 1970.
    /// - Returns: what was stored already where the event has arrived before.
    func append(_ event: LabelEvent, time: Int64) throws -> StoredLabelEvent {
        if let objection = event.objection { throw LabelError(.invalid, event, path: path, cause: objection) }
        if let stored = try self.event(event.id) {
            guard event.hasSameContent(as: stored.event) else {
                throw LabelError(
                    .idTaken, event, path: path,
                    cause: "another event has the id \(event.id); give each event an id of its own")
            }
            return stored
        }
        let sequence = try nextSequence()
        let changes = try changes(by: event, sequence)
        try store(event, sequence, time)
        for (number, change) in changes.enumerated() {
            try store(change, number, sequence)
            try apply(change, source: event.source)
        }
        var content = event
        content.expected = .anything
        return StoredLabelEvent(sequence: sequence, time: time, event: content, changes: changes)
    }

    // MARK: What an event changes

    private func changes(by event: LabelEvent, _ sequence: Int64) throws -> [LabelChange] {
        switch event.action {
        case .set(let place, let label), .import(let place, let label, _):
            let old = try found(at: place, of: event.source)
            try check(event, expects: old)
            return [
                LabelChange(
                    place: place, old: LabelVersion(old), new: LabelVersion(label: label, sequence: sequence))
            ]
        case .move(let oldPlace, let newPlace):
            return try move(oldPlace, newPlace, event, sequence)
        case .undo(let id):
            return try undo(id, event)
        }
    }

    private func check(_ event: LabelEvent, expects found: FoundLabel?) throws(LabelError) {
        guard case .exactly(let label) = event.expected, label != found?.label else { return }
        throw LabelError(
            .conflict, event, path: path,
            cause:
                "\(label.words) was expected, but \(found?.words ?? "it has no label"); read the labels again",
            found: found)
    }

    private func move(
        _ oldPlace: LabelPlace, _ newPlace: LabelPlace, _ event: LabelEvent, _ sequence: Int64
    ) throws -> [LabelChange] {
        let old = try found(at: oldPlace, of: event.source)
        try check(event, expects: old)
        guard let label = old?.label else {
            throw LabelError(
                .nothingToMove, event, path: path,
                cause: "there is no label at \(oldPlace); read the labels again",
                found: old)
        }
        let new = try found(at: newPlace, of: event.source)
        if let new, new.label != nil {
            throw LabelError(
                .occupied, event, path: path, cause: "\(new.words); remove that label first", found: new)
        }
        return [
            LabelChange(
                place: oldPlace, old: LabelVersion(old), new: LabelVersion(label: nil, sequence: sequence)),
            LabelChange(
                place: newPlace, old: LabelVersion(new), new: LabelVersion(label: label, sequence: sequence)),
        ]
    }

    /// Brings back what was there before an event. Its places must be as it left them.
    private func undo(_ id: String, _ event: LabelEvent) throws -> [LabelChange] {
        guard let undone = try self.event(id), event.isAboutSource(of: undone.event) else {
            throw LabelError(
                .unknownEvent, event, path: path, cause: "the source has no event with this id")
        }
        guard undone.event.who == event.who else {
            throw LabelError(
                .notOwn, event, path: path,
                cause: "it is an event of \(undone.event.who); set the label instead")
        }
        guard try !isUndone(id) else {
            throw LabelError(.alreadyUndone, event, path: path, cause: "it is undone already")
        }
        for change in undone.changes {
            let found = try found(at: change.place, of: event.source)
            guard found?.sequence == change.new.sequence else {
                throw LabelError(
                    .changedLater, event, path: path,
                    cause: "\(change.place) was changed later: \(found?.words ?? "it has no label"); "
                        + "set the label instead", found: found)
            }
        }
        return undone.changes.map(\.inverse)
    }

    /// Whether an event is undone. An undo that is undone itself does not count.
    private func isUndone(_ id: String) throws(SQLiteError) -> Bool {
        var (last, isUndone) = (id, false)
        // An event is undone again only after its last undo was undone, so only the last one can count.
        while let undo = try run(
            "SELECT id FROM events WHERE undone = ? ORDER BY sequence DESC LIMIT 1", [.text(last)]
        ).first?.first?.text {
            last = undo
            isUndone.toggle()
        }
        return isUndone
    }

    // MARK: Rows

    private func nextSequence() throws(SQLiteError) -> Int64 {
        // Events are never removed, so the largest number is the last one.
        try (run("SELECT max(sequence) FROM events").first?.first?.integer ?? 0) + 1
    }

    private func store(_ event: LabelEvent, _ sequence: Int64, _ time: Int64) throws(SQLiteError) {
        var (undone, origin): (String?, String?) = (nil, nil)
        switch event.action {
        case .set, .move: break
        case .undo(let id): undone = id
        case .import(_, _, let name): origin = name
        }
        try run(
            """
            INSERT INTO events (sequence, id, who, time, source, kind, undone, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(sequence), .text(event.id), .text(event.who), .integer(time), .text(event.source),
                .text(event.action.kind.rawValue), SQLiteValue(undone), SQLiteValue(origin),
            ])
    }

    private func store(_ change: LabelChange, _ number: Int, _ sequence: Int64) throws(SQLiteError) {
        try run(
            """
            INSERT INTO changes (sequence, number, place, old, oldSequence, new, newSequence) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(sequence), .integer(Int64(number)), .text(change.place.storedText),
                SQLiteValue(change.old.label?.storedText), SQLiteValue(change.old.sequence),
                SQLiteValue(change.new.label?.storedText), SQLiteValue(change.new.sequence),
            ])
    }

    private func apply(_ change: LabelChange, source: String) throws(SQLiteError) {
        guard let sequence = change.new.sequence else {
            try run(
                "DELETE FROM labels WHERE source = ? AND place = ?",
                [.text(source), .text(change.place.storedText)])
            return
        }
        try run(
            """
            INSERT INTO labels (source, place, label, sequence) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET label = excluded.label, sequence = excluded.sequence
            """,
            [
                .text(source), .text(change.place.storedText), SQLiteValue(change.new.label?.storedText),
                .integer(sequence),
            ])
    }
}

extension LabelVersion {
    fileprivate init(_ found: FoundLabel?) {
        self = found.map { LabelVersion(label: $0.label, sequence: $0.sequence) } ?? .untouched
    }
}
