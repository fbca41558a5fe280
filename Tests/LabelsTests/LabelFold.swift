import Labels

/// The plain version of the store: a fold over all events. It never looks at what the store says that an event changed.
struct LabelFold {
    struct Event: Hashable {
        var sequence: Int64
        var time: Int64
        var event: LabelEvent

        init(sequence: Int64, time: Int64, event: LabelEvent) {
            self.sequence = sequence
            self.time = time
            self.event = event
            self.event.expected = .anything
        }

        init(_ stored: StoredLabelEvent) {
            self.init(sequence: stored.sequence, time: stored.time, event: stored.event)
        }
    }

    struct Spot: Hashable {
        var source: String
        var place: LabelPlace
    }

    /// The last thing that was said of a place and is not undone.
    struct Last: Hashable {
        var label: Label?
        var who: String
        var time: Int64
        var sequence: Int64
    }

    let events: [Event]
    let undone: Set<String>
    let last: [Spot: Last]

    init(_ events: [Event]) {
        self.events = events
        // Undos come after what they undo, so from the end on it is known which of them are in force.
        var undone: Set<String> = []
        for event in events.reversed() {
            if case .undo(let id) = event.event.action, !undone.contains(event.event.id) { undone.insert(id) }
        }
        var last: [Spot: Last] = [:]
        for event in events where !undone.contains(event.event.id) {
            func say(_ place: LabelPlace, _ label: Label?) {
                last[Spot(source: event.event.source, place: place)] = Last(
                    label: label, who: event.event.who, time: event.time, sequence: event.sequence)
            }
            switch event.event.action {
            case .set(let place, let label), .import(let place, let label, _): say(place, label)
            case .move(let old, let new):
                let label = last[Spot(source: event.event.source, place: old)]?.label
                say(old, nil)
                say(new, label)
            case .undo: break
            }
        }
        self.undone = undone
        self.last = last
    }

    init(_ stored: [StoredLabelEvent]) { self.init(stored.map(Event.init)) }

    /// What `labels(of:)` gives.
    func labels(of source: String) -> [PlacedRow] {
        last.compactMap { spot, last in
            guard spot.source == source, let label = last.label else { return nil }
            return PlacedRow(
                place: spot.place, label: label, who: last.who, time: last.time, sequence: last.sequence)
        }.sorted { $0.sequence < $1.sequence }
    }

    var sources: Set<String> { Set(events.map(\.event.source)) }

    var counts: [Label: Int] { last.values.compactMap(\.label).reduce(into: [:]) { $0[$1, default: 0] += 1 } }

    /// What an event changes, as `[source and place: old label]`.
    func spots(of event: LabelEvent) -> [Spot] {
        switch event.action {
        case .set(let place, _), .import(let place, _, _): [Spot(source: event.source, place: place)]
        case .move(let old, let new): [old, new].map { Spot(source: event.source, place: $0) }
        case .undo(let id):
            events.first { $0.event.id == id }.map { spots(of: $0.event) } ?? []
        }
    }

    /// Why the store must refuse an event; `nil` where it must take it.
    func refusal(of event: LabelEvent) -> LabelError.Code? {
        if let same = events.first(where: { $0.event.id == event.id }) {
            let sent = Event(sequence: same.sequence, time: same.time, event: event)
            return sent == same ? nil : .idTaken
        }
        let labels = spots(of: event).map { last[$0]?.label }
        switch event.action {
        case .set, .import, .move:
            if case .exactly(let label) = event.expected, label != labels[0] { return .conflict }
            guard case .move = event.action else { return nil }
            return labels[0] == nil ? .nothingToMove : labels[1] != nil ? .occupied : nil
        case .undo(let id):
            guard
                let index = events.firstIndex(where: { $0.event.id == id && $0.event.source == event.source })
            else { return .unknownEvent }
            if events[index].event.who != event.who { return .notOwn }
            if undone.contains(id) { return .alreadyUndone }
            let then = LabelFold(Array(events[...index]))
            return spots(of: event).allSatisfy { then.last[$0] == last[$0] } ? nil : .changedLater
        }
    }
}

/// A `PlacedLabel` that tests can make.
struct PlacedRow: Hashable {
    var place: LabelPlace
    var label: Label
    var who: String
    var time: Int64
    var sequence: Int64
}

extension LabelStore {
    func rows(of source: String) throws -> [PlacedRow] {
        try labels(of: source).map {
            PlacedRow(place: $0.place, label: $0.label, who: $0.who, time: $0.time, sequence: $0.sequence)
        }
    }

    func allEvents() throws -> [StoredLabelEvent] { try events(after: 0, limit: Int.max) }

    /// Whether labels, counts and sources are what the fold gives.
    func agrees(with fold: LabelFold) throws -> Bool {
        let sources = try sources()
        return try Set(sources.map(\.source)) == fold.sources && counts() == fold.counts
            && sources.allSatisfy { source in
                let rows = fold.labels(of: source.source)
                return try self.rows(of: source.source) == rows && source.labelCount == rows.count
                    && source.eventCount == fold.events.count { $0.event.source == source.source }
            }
    }
}
