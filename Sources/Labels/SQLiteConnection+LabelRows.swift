import SQLite

/// Rows of the tables as values.
extension SQLiteConnection {
    /// What was last said of a place; `nil` where nothing was.
    func found(at place: LabelPlace, of source: String) throws(SQLiteError) -> FoundLabel? {
        let rows = try run(
            """
            SELECT label, who, time, sequence FROM labels JOIN events USING (sequence)
            WHERE labels.source = ? AND place = ?
            """, [.text(source), .text(place.storedText)])
        guard let row = rows.first else { return nil }
        guard row.count == 4, let who = row[1].text, let time = row[2].integer, let sequence = row[3].integer
        else { throw damagedRow }
        return FoundLabel(
            place: place, label: row[0].text.map(Label.init(storedText:)), who: who, time: time,
            sequence: sequence)
    }

    func labels(of source: String) throws(SQLiteError) -> [PlacedLabel] {
        let rows = try run(
            """
            SELECT place, label, who, time, sequence FROM labels JOIN events USING (sequence)
            WHERE labels.source = ? AND label IS NOT NULL ORDER BY sequence
            """, [.text(source)])
        var labels: [PlacedLabel] = []
        labels.reserveCapacity(rows.count)
        for row in rows {
            guard row.count == 5, let place = row[0].text.flatMap(LabelPlace.init(storedText:)),
                let label = row[1].text, let who = row[2].text, let time = row[3].integer,
                let sequence = row[4].integer
            else { throw damagedRow }
            labels.append(
                PlacedLabel(
                    place: place, label: Label(storedText: label), who: who, time: time, sequence: sequence))
        }
        return labels
    }

    func events(after sequence: Int64, limit: Int) throws(SQLiteError) -> [StoredLabelEvent] {
        let rows = try run(
            """
            SELECT sequence, id, who, time, source, kind, undone, origin, place, old, oldSequence, new, newSequence
            FROM events JOIN changes USING (sequence)
            WHERE sequence IN (SELECT sequence FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?)
            ORDER BY sequence, number
            """, [.integer(sequence), .integer(Int64(limit))])
        return try storedEvents(rows)
    }

    /// The event with an id; `nil` where there is none.
    func event(_ id: String) throws(SQLiteError) -> StoredLabelEvent? {
        let rows = try run(
            """
            SELECT sequence, id, who, time, source, kind, undone, origin, place, old, oldSequence, new, newSequence
            FROM events JOIN changes USING (sequence) WHERE id = ? ORDER BY number
            """, [.text(id)])
        return try storedEvents(rows).first
    }

    /// - Parameter rows: one for each change, those of one event together.
    private func storedEvents(_ rows: [[SQLiteValue]]) throws(SQLiteError) -> [StoredLabelEvent] {
        var events: [StoredLabelEvent] = []
        var start = 0
        while start < rows.count {
            let first = rows[start]
            let end = rows[start...].firstIndex { $0.first != first.first } ?? rows.count
            var changes: [LabelChange] = []
            for row in rows[start..<end] { changes.append(try change(row)) }
            events.append(try storedEvent(first, changes))
            start = end
        }
        return events
    }

    private func change(_ row: [SQLiteValue]) throws(SQLiteError) -> LabelChange {
        guard row.count == 13, let place = row[8].text.flatMap(LabelPlace.init(storedText:)) else {
            throw damagedRow
        }
        return LabelChange(
            place: place,
            old: LabelVersion(label: row[9].text.map(Label.init(storedText:)), sequence: row[10].integer),
            new: LabelVersion(label: row[11].text.map(Label.init(storedText:)), sequence: row[12].integer))
    }

    private func storedEvent(
        _ row: [SQLiteValue], _ changes: [LabelChange]
    ) throws(SQLiteError) -> StoredLabelEvent {
        guard let sequence = row[0].integer, let id = row[1].text, let who = row[2].text,
            let time = row[3].integer, let source = row[4].text,
            let kind = row[5].text.flatMap(LabelEvent.Kind.init),
            let action = LabelEvent.Action(kind, undone: row[6].text, origin: row[7].text, changes)
        else { throw damagedRow }
        return StoredLabelEvent(
            sequence: sequence, time: time,
            event: LabelEvent(id: id, who: who, source: source, action: action), changes: changes)
    }
}

extension LabelEvent.Action {
    /// - Returns: `nil` where the parts do not belong together.
    fileprivate init?(
        _ kind: LabelEvent.Kind, undone: String?, origin: String?, _ changes: [LabelChange]
    ) {
        switch (kind, changes.count) {
        case (.set, 1): self = .set(changes[0].place, to: changes[0].new.label)
        case (.move, 2): self = .move(changes[0].place, to: changes[1].place)
        case (.undo, 1...2):
            guard let undone else { return nil }
            self = .undo(undone)
        case (.import, 1):
            guard let origin else { return nil }
            self = .import(changes[0].place, to: changes[0].new.label, origin: origin)
        case (.set, _), (.move, _), (.undo, _), (.import, _): return nil
        }
    }
}
