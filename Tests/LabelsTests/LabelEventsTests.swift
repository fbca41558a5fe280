import Bytes
import Labels
import TestSupport
import Testing

/// What events do, and which are refused.
struct LabelEventsTests {
    private let folder: TemporaryFolder
    private let store: LabelStore
    private let box = LabelPlace.box(x0: 0, y0: 0, x1: 8, y1: 8)
    private let other = LabelPlace.box(x0: 4, y0: 0, x1: 12, y1: 8)

    init() throws {
        folder = try TemporaryFolder()
        store = try LabelStore(opening: folder.file("labels.sqlite"), clock: { 5 })
    }

    @discardableResult
    private func append(
        _ id: String, _ action: LabelEvent.Action, who: String = "ann", source: String = "harbour",
        expected: LabelEvent.Expectation = .anything
    ) throws -> StoredLabelEvent {
        try #require(
            try store.append([
                LabelEvent(id: id, who: who, source: source, action: action, expected: expected)
            ]).first)
    }

    private func refusal(
        _ action: LabelEvent.Action, id: String = "refused", who: String = "ann", source: String = "harbour",
        expected: LabelEvent.Expectation = .anything
    ) throws -> LabelError {
        let count = try store.allEvents().count
        let error = try #require(
            #expect(throws: LabelError.self) {
                try append(id, action, who: who, source: source, expected: expected)
            })
        #expect(try store.allEvents().count == count)
        #expect(error.eventID == id)
        #expect(error.description.hasPrefix(folder.file("labels.sqlite") + ": cannot "))
        return error
    }

    private func label(at place: LabelPlace) throws -> Label? {
        try store.labels(of: "harbour").first { $0.place == place }?.label
    }

    @Test func setsAndRemoves() throws {
        let first = try append("1", .set(box, to: .class("car")))
        #expect(first.sequence == 1 && first.time == 5)
        #expect(
            first.event
                == LabelEvent(id: "1", who: "ann", source: "harbour", action: .set(box, to: .class("car"))))
        let second = try append("2", .set(box, to: .unsure), who: "ben")
        #expect(second.changes[0].old == first.changes[0].new)
        #expect(second.changes[0].old.sequence == 1)
        try append("3", .set(.whole, to: .class("ok")))
        try append("4", .set(.record("0a1b"), to: .class("e\u{301}\u{0}\n")))
        #expect(
            try store.rows(of: "harbour") == [
                PlacedRow(place: box, label: .unsure, who: "ben", time: 5, sequence: 2),
                PlacedRow(place: .whole, label: .class("ok"), who: "ann", time: 5, sequence: 3),
                PlacedRow(
                    place: .record("0a1b"), label: .class("e\u{301}\u{0}\n"), who: "ann", time: 5, sequence: 4
                ),
            ])
        let third = try append("5", .set(box, to: nil))
        #expect(third.changes[0].old.label == .unsure && third.changes[0].new.label == nil)
        #expect(try label(at: box) == nil)
        try append("6", .set(other, to: nil))
        #expect(try store.labels(of: "elsewhere").isEmpty)
    }

    @Test func keepsTheOriginOfImports() throws {
        try append("1", .import(box, to: .class("car"), origin: "truth.geojson"))
        #expect(
            try store.allEvents()[0].event.action == .import(box, to: .class("car"), origin: "truth.geojson"))
        #expect(try label(at: box) == .class("car"))
    }

    @Test func moves() throws {
        try append("1", .set(box, to: .class("car")))
        let move = try append("2", .move(box, to: other), who: "ben")
        #expect(move.changes.map(\.place) == [box, other])
        #expect(try label(at: box) == nil)
        #expect(try label(at: other) == .class("car"))
        #expect(try refusal(.move(box, to: .box(x0: 0, y0: 0, x1: 1, y1: 1))).code == .nothingToMove)
        try append("3", .set(box, to: .unsure))
        let occupied = try refusal(.move(box, to: other))
        #expect(occupied.code == .occupied)
        #expect(occupied.found?.who == "ben")
        #expect(try refusal(.move(box, to: box)).code == .occupied)
        #expect(try refusal(.move(box, to: .whole)).code == .invalid)
        #expect(try refusal(.move(.window(x0: 0, y0: 0, x1: 8, y1: 8), to: box)).code == .invalid)
        #expect(try refusal(.move(.record("a"), to: box)).code == .invalid)
    }

    @Test func undoesStepByStep() throws {
        try append("1", .set(box, to: .class("car")))
        try append("2", .move(box, to: other))
        try append("3", .set(other, to: nil))
        try append("undo-3", .undo("3"))
        #expect(try label(at: other) == .class("car"))
        let undo = try append("undo-2", .undo("2"))
        #expect(undo.changes.map(\.place) == [box, other])
        #expect(try store.rows(of: "harbour").map(\.sequence) == [1])
        try append("undo-1", .undo("1"))
        #expect(try store.labels(of: "harbour").isEmpty)
        // An undo of an undo does it again.
        try append("redo-1", .undo("undo-1"))
        try append("redo-2", .undo("undo-2"))
        #expect(try store.rows(of: "harbour").map(\.sequence) == [2])
        #expect(try label(at: other) == .class("car"))
        #expect(try refusal(.undo("undo-1")).code == .alreadyUndone)
        try append("undo-2-again", .undo("redo-2"))
        #expect(try label(at: box) == .class("car"))
        #expect(try refusal(.undo("2")).code == .alreadyUndone)
        #expect(try refusal(.undo("undo-3")).code == .changedLater)
    }

    @Test func refusesToUndoWhatOthersHaveChanged() throws {
        try append("1", .set(box, to: .class("car")))
        try append("2", .set(box, to: .class("ship")), who: "ben")
        let changed = try refusal(.undo("1"))
        #expect(changed.code == .changedLater)
        #expect(changed.found?.who == "ben" && changed.found?.label == .class("ship"))
        #expect(changed.cause.contains("ship is there, set by ben"))
        #expect(try refusal(.undo("2")).code == .notOwn)
        #expect(try refusal(.undo("2"), who: "ben", source: "elsewhere").code == .unknownEvent)
        #expect(try refusal(.undo("none")).code == .unknownEvent)
        #expect(try refusal(.undo("refused")).code == .unknownEvent)
        try append("3", .set(box, to: nil), who: "ben")
        #expect(try refusal(.undo("1")).cause.contains("removed by ben"))
        // Ben takes back both of his, so that nothing stands against it any more.
        try append("4", .undo("3"), who: "ben")
        try append("5", .undo("2"), who: "ben")
        try append("6", .undo("1"))
        #expect(try refusal(.undo("1")).code == .alreadyUndone)
    }

    @Test func refusesWhatWasNotExpected() throws {
        try append("1", .set(box, to: .class("car")), expected: .exactly(nil))
        try append("2", .set(box, to: .class("ship")), who: "ben", expected: .exactly(.class("car")))
        let conflict = try refusal(.set(box, to: .unsure), expected: .exactly(.class("car")))
        #expect(conflict.code == .conflict)
        #expect(conflict.found?.label == .class("ship") && conflict.found?.who == "ben")
        #expect(conflict.found?.sequence == 2 && conflict.found?.time == 5)
        #expect(conflict.cause == "car was expected, but ship is there, set by ben; read the labels again")
        #expect(try refusal(.set(box, to: .unsure), expected: .exactly(nil)).code == .conflict)
        let move = try refusal(.move(box, to: other), expected: .exactly(.unsure))
        #expect(move.code == .conflict)
        let nothing = try refusal(.set(other, to: .unsure), expected: .exactly(.class("car")))
        #expect(nothing.code == .conflict && nothing.found == nil)
        // What has arrived before is acknowledged, whatever is there now.
        #expect(try append("1", .set(box, to: .class("car")), expected: .exactly(nil)).sequence == 1)
        #expect(try refusal(.undo("1"), expected: .exactly(nil)).code == .invalid)
    }

    @Test func storesAnIDOnce() throws {
        let event = LabelEvent(id: "a-1", who: "ann", source: "s", action: .set(box, to: .unsure))
        let stored = try store.append([event, event])
        #expect(stored[0] == stored[1])
        #expect(try store.append([event]) == [stored[0]])
        #expect(try store.allEvents() == [stored[0]])
        #expect(try refusal(.set(box, to: nil), id: "a-1", source: "s").code == .idTaken)
        #expect(try refusal(.set(box, to: .unsure), id: "a-1", source: "t").code == .idTaken)
        #expect(try refusal(.set(box, to: .unsure), id: "a-1", who: "ben", source: "s").code == .idTaken)
        // The order of bytes in equal text makes another source.
        try append("a-2", .set(box, to: nil), source: "caf\u{E9}")
        #expect(try refusal(.set(box, to: nil), id: "a-2", source: "cafe\u{301}").code == .idTaken)
        #expect(try refusal(.undo("a-2"), source: "cafe\u{301}").code == .unknownEvent)
    }

    @Test func storesAllOrNone() throws {
        let events = [
            LabelEvent(id: "1", who: "ann", source: "s", action: .set(box, to: .unsure)),
            LabelEvent(id: "2", who: "ann", source: "s", action: .undo("1")),
            LabelEvent(id: "3", who: "ann", source: "s", action: .move(box, to: other)),
        ]
        let error = #expect(throws: LabelError.self) { try store.append(events) }
        #expect(error?.eventID == "3" && error?.code == .nothingToMove)
        #expect(try store.allEvents().isEmpty && store.sources().isEmpty && store.counts().isEmpty)
        #expect(try store.append(Array(events[..<2])).map(\.sequence) == [1, 2])
        #expect(try store.append([]).isEmpty)
    }

    @Test func refusesWhatCannotBe() throws {
        let long = String(repeating: "a", count: 201)
        let beyond = 1 << 31 + 1
        let actions: [(LabelEvent.Action, String)] = [
            (.set(.box(x0: 8, y0: 0, x1: 0, y1: 8), to: .unsure), "inside out"),
            (.set(.box(x0: 0, y0: 8, x1: 8, y1: 0), to: .unsure), "inside out"),
            (.set(.box(x0: 0, y0: 0, x1: 0, y1: 8), to: .unsure), "is empty"),
            (.set(.box(x0: 0, y0: 8, x1: 8, y1: 8), to: nil), "is empty"),
            (.set(.box(x0: -beyond, y0: 0, x1: 8, y1: 8), to: .unsure), "beyond"),
            (.set(.box(x0: .min, y0: .min, x1: .max, y1: .max), to: .unsure), "beyond"),
            (.move(box, to: .box(x0: 0, y0: 0, x1: 8, y1: beyond)), "beyond"),
            (.set(box, to: .class("")), "class is empty"), (.set(box, to: .class(long)), "has 201 bytes"),
            (.set(.record(""), to: .unsure), "digest"), (.set(.record("a b"), to: .unsure), "digest"),
            (.set(.record("\u{E9}"), to: .unsure), "digest"), (.set(.record(long), to: .unsure), "digest"),
            (.import(box, to: .unsure, origin: ""), "origin is empty"), (.undo("a b"), "an id has"),
        ]
        for (action, words) in actions {
            let error = try refusal(action)
            #expect(error.code == .invalid && error.cause.contains(words), "\(error)")
        }
        for id in ["", "a b", "\u{E9}", "a_b", String(repeating: "a", count: 65)] {
            #expect(try refusal(.set(box, to: .unsure), id: id).code == .invalid)
        }
        for who in ["", long, String(repeating: "\u{E9}", count: 101)] {
            #expect(try refusal(.set(box, to: .unsure), who: who).code == .invalid)
        }
        for source in ["", String(repeating: "a", count: 4097)] {
            #expect(try refusal(.set(box, to: .unsure), source: source).code == .invalid)
        }
        try append(
            String(repeating: "a", count: 64),
            .set(.box(x0: -1 << 31, y0: -1 << 31, x1: 1 << 31, y1: 1 << 31), to: .unsure))
    }

    // MARK: Random histories

    /// Draws events that often touch the same places, and ids that come again.
    private static func random(
        _ number: Int, _ earlier: [LabelFold.Event], using random: inout SplitMix64
    ) -> LabelEvent {
        let labels: [Label?] = [.class("car"), .class("ship"), .unsure, nil]
        let boxes = (0..<3).map { LabelPlace.box(x0: $0, y0: 0, x1: 8, y1: 8) }
        let places = boxes + [.window(x0: 0, y0: 0, x1: 8, y1: 8), .record("00ff"), .whole]
        func one<Value>(of values: [Value]) -> Value {
            values[Int.random(in: 0..<values.count, using: &random)]
        }
        if !earlier.isEmpty, Int.random(in: 0..<12, using: &random) == 0 {
            var again = one(of: earlier).event
            if Bool.random(using: &random) { again.who = one(of: ["ann", "ben"]) }
            return again
        }
        let recent = Array(earlier.suffix(8))
        let action: LabelEvent.Action =
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3: .set(one(of: places), to: one(of: labels))
            case 3..<5: .move(one(of: boxes), to: one(of: boxes))
            case 5: .import(one(of: places), to: one(of: labels), origin: "truth.csv")
            default: .undo(recent.isEmpty ? "none" : one(of: recent).event.id)
            }
        var event = LabelEvent(
            id: "e-\(number)", who: one(of: ["ann", "ann", "ben"]), source: one(of: ["harbour", "'\u{0}\""]),
            action: action)
        if case .undo(let id) = action {
            // Mostly those that can be undone.
            if let undone = earlier.last(where: { $0.event.id == id }), one(of: [true, true, false]) {
                event.who = undone.event.who
                event.source = undone.event.source
            }
        } else if one(of: [true, false, false]) {
            event.expected = .exactly(one(of: labels))
        }
        return event
    }

    @Test(arguments: UInt64(0)..<24) func agreesWithTheFold(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var store = store
        var fold = LabelFold([LabelFold.Event]())
        var codes: [LabelError.Code?: Int] = [:]
        for round in 0..<150 {
            var next = fold
            var events: [LabelEvent] = []
            var refusal: LabelError.Code?
            for index in 0..<Int.random(in: 1...3, using: &random) where refusal == nil {
                let event = Self.random(round * 3 + index, next.events, using: &random)
                events.append(event)
                refusal = next.refusal(of: event)
                if refusal == nil, !next.events.contains(where: { $0.event.id == event.id }) {
                    next = LabelFold(
                        next.events
                            + [LabelFold.Event(sequence: Int64(next.events.count + 1), time: 5, event: event)]
                    )
                }
            }
            codes[refusal, default: 0] += 1
            if let refusal {
                let error = #expect(throws: LabelError.self) { try store.append(events) }
                #expect(error?.code == refusal, "round \(round): \(events)")
            } else {
                let stored = try store.append(events)
                #expect(stored.map(\.event.id) == events.map(\.id))
                fold = next
            }
            if round % 10 == 9 {
                #expect(try store.agrees(with: fold), "round \(round)")
                if round % 30 == 19 { try store.rebuild() }
                if round % 30 == 29 {
                    store = try LabelStore(opening: folder.file("labels.sqlite"), clock: { 5 })
                }
                #expect(try store.agrees(with: fold), "round \(round), rebuilt or opened again")
            }
        }
        try #require(codes[nil, default: 0] > 20 && codes.count >= 6, "\(codes)")
        let stored = try store.allEvents()
        #expect(stored.map(LabelFold.Event.init) == fold.events)
        // What the store says of old and new labels is what the fold had before and after.
        for (index, event) in stored.enumerated() {
            let (before, after) = (
                LabelFold(Array(fold.events[..<index])), LabelFold(Array(fold.events[...index]))
            )
            for change in event.changes {
                let spot = LabelFold.Spot(source: event.event.source, place: change.place)
                #expect(change.old.label == before.last[spot]?.label)
                #expect(change.old.sequence == before.last[spot]?.sequence)
                #expect(change.new.label == after.last[spot]?.label)
                #expect(change.new.sequence == after.last[spot]?.sequence)
            }
        }
    }
}
