import Bytes
import HTTPTypes
import Labelling
import Labels
import Pixels

/// What somebody says of places in a project's scenes: `POST /v1/projects/{project}/labels`.
struct LabelRequest {
    private static let eventLimit = 1000
    private static let usualName = "page"

    /// In the order in which they were sent.
    private(set) var events: [LabelEvent] = []

    /// - Parameter member: the scene of an id.
    /// - Throws: 400 and 422 for what is no event of this project; what `member` throws.
    init(
        parsing bytes: [UInt8], for project: Project, member: (_ id: String) throws -> ProjectShelf.Member
    ) throws {
        var fields = try RequestFields(parsing: bytes)
        let who = try fields.text("who") ?? Self.usualName
        guard case .array(let elements)? = fields.take("events"), 1...Self.eventLimit ~= elements.count else {
            throw Problem(
                .unprocessableContent, "'events' must be a list of 1 to \(Self.eventLimit) events")
        }
        try fields.finish(known: ["events", "who"])
        for (index, element) in elements.enumerated() {
            events.append(
                try Self.event(
                    RequestFields(element, place: "events.\(index)"), who: who, project: project,
                    member: member))
        }
    }

    private static func event(
        _ given: RequestFields, who: String, project: Project,
        member: (_ id: String) throws -> ProjectShelf.Member
    ) throws -> LabelEvent {
        var fields = given
        guard let id = try fields.text("id"), let scene = try fields.text("scene") else {
            throw Problem(.unprocessableContent, "an event has an 'id' and a 'scene'")
        }
        let member = try member(scene)
        let action: LabelEvent.Action
        if let undone = try fields.text("undo") {
            action = .undo(undone)
        } else if let old = fields.take("move") {
            guard let new = fields.take("to") else {
                throw Problem(.unprocessableContent, "an event with 'move' has 'to': the new box")
            }
            let box = try edges(new, "to", fields, in: member)
            try check(side: max(box.width, box.height), "to", fields)
            action = .move(.init(box: try edges(old, "move", fields, in: member)), to: .init(box: box))
        } else if let place = fields.take("set") {
            let place = try self.place(place, fields, in: member)
            let label = try label(fields.take("to"), of: place, fields, project)
            if case .box(let x0, let y0, let x1, let y1) = place, case .class? = label {
                try check(side: max(x1 - x0, y1 - y0), "set.box", fields)
            }
            action = .set(place, to: label)
        } else {
            throw Problem(.unprocessableContent, "an event has one of 'set', 'move' and 'undo'")
        }
        try fields.finish(known: ["id", "scene", "set", "to", "move", "undo"])
        return LabelEvent(id: id, who: who, source: member.source, action: action)
    }

    /// - Parameter side: the longer one of a box with an object.
    private static func check(side: Int, _ key: String, _ fields: RequestFields) throws(Problem) {
        guard side < Project.leastObjectSide else { return }
        throw fields.objection(
            key,
            "a box whose longer side has at least \(Project.leastObjectSide) pixels: smaller objects cannot be learnt"
        )
    }

    private static func place(
        _ value: JSON, _ fields: RequestFields, in member: ProjectShelf.Member
    ) throws -> LabelPlace {
        if value == .string("whole") { return .whole }
        if case .object(let members) = value, members.count == 1 {
            if let box = members["box"] { return .init(box: try edges(box, "set.box", fields, in: member)) }
            if let window = members["window"] {
                return .init(window: try edges(window, "set.window", fields, in: member))
            }
        }
        throw fields.objection(
            "set", "{\"box\": [x0, y0, x1, y1]}, {\"window\": [x0, y0, x1, y1]} or \"whole\"")
    }

    private static func edges(
        _ value: JSON, _ name: String, _ fields: RequestFields, in member: ProjectShelf.Member
    ) throws -> PixelRect {
        var holder = RequestFields(of: ["edges": value])
        let bounds = 0.0...Double(max(member.width, member.height))
        guard let numbers = try? holder.numbers("edges", counts: 4...4, in: bounds),
            case let edges = numbers.compactMap({ Int(exactly: $0) }), edges.count == 4,
            edges[0] < edges[2], edges[1] < edges[3], edges[2] <= member.width, edges[3] <= member.height
        else {
            throw fields.objection(
                name,
                "four whole numbers x0 < x1 and y0 < y1 inside of the scene, which has \(member.width) x \(member.height) pixels"
            )
        }
        return PixelRect(x0: edges[0], y0: edges[1], x1: edges[2], y1: edges[3])
    }

    private static func label(
        _ value: JSON?, of place: LabelPlace, _ fields: RequestFields, _ project: Project
    ) throws -> Label? {
        guard let value else { return nil }
        guard case .object(let members) = value, members.count == 1 else {
            throw fields.objection("to", "{\"class\": …}, {\"unsure\": true} or null")
        }
        if members["unsure"] == .bool(true), place != .whole { return .unsure }
        let known: [String] =
            switch place {
            case .whole: [SceneLabels.completeName]
            case .box: project.classes
            case .window, .record: project.classes + [project.background]
            }
        guard case .string(let name)? = members["class"], known.contains(name) else {
            throw fields.objection("to.class", "one of " + known.joined(separator: ", "))
        }
        return .class(name)
    }
}

extension LabelError {
    /// As an answer: what others have changed meanwhile is a conflict.
    var problem: Problem {
        switch code {
        case .invalid: Problem(.unprocessableContent, "the event \(eventID) is refused: \(cause)")
        case .unknownEvent: Problem(.notFound, "the event \(eventID) is refused: \(cause)")
        case .idTaken, .conflict, .nothingToMove, .occupied, .notOwn, .alreadyUndone, .changedLater:
            Problem(.conflict, "the event \(eventID) is refused: \(cause)")
        }
    }
}
