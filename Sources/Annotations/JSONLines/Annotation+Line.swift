import Bytes
import Files

/// One line of JSON Lines.
struct AnnotationLine {
    typealias Shape = Annotation.Shape

    /// `nil` where the class is empty: somebody has still to say what it is.
    var annotation: Annotation?
    /// The scene that the line names; `nil` for none.
    var scene: String?

    /// Not by `JSONDecoder`, because such files have millions of lines and it takes ten times as long; the tests hold the one to the
    /// other.
    ///
    /// `class` and one of `box` (`[x0, y0, x1, y1]`) and `point` (`[x, y]`) must be there; `score`, `visibleFraction` and `verdict` may
    /// be, or be null. `scene`, or else `image`, names the scene. The class may be empty or null, and where a scene is named it may be
    /// absent. Other keys are passed over.
    ///
    /// - Parameter range: the line's bytes, without its end.
    /// - Returns: `nil` for a blank line.
    init?(parsing bytes: RawSpan, _ range: Range<Int>) throws(JSONError) {
        var cursor = JSONCursor(range)
        if cursor.isAtEnd(in: bytes) { return nil }
        var shape: Shape?
        var className: String?
        var score: Float?
        var visibleFraction: Float?
        var verdict: Annotation.Verdict?
        var scene: String?
        var image: String?
        try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
            switch key {
            case "box":
                if try !cursor.takeNull(in: bytes) {
                    shape = try Self.only(.box(try Self.box(at: &cursor, in: bytes)), shape)
                }
            case "point":
                if try !cursor.takeNull(in: bytes) {
                    shape = try Self.only(try Self.point(at: &cursor, in: bytes), shape)
                }
            case "class": className = try cursor.takeNull(in: bytes) ? "" : cursor.string(in: bytes)
            case "score":
                if try !cursor.takeNull(in: bytes) { score = try Self.score(at: &cursor, in: bytes) }
            case "visibleFraction":
                if try !cursor.takeNull(in: bytes) {
                    visibleFraction = try Self.fraction(at: &cursor, in: bytes)
                }
            case "verdict":
                if try !cursor.takeNull(in: bytes) { verdict = try Self.verdict(at: &cursor, in: bytes) }
            case "scene": scene = try Self.name(at: &cursor, in: bytes)
            case "image": image = try Self.name(at: &cursor, in: bytes)
            default: try cursor.skipValue(in: bytes)
            }
        }
        guard cursor.isAtEnd(in: bytes) else { throw cursor.error("more text after the object") }
        self.scene = scene ?? image
        guard let shape, let className = className ?? self.scene.map({ _ in "" }) else {
            throw JSONError("\"class\" is required, and either \"box\" or \"point\"")
        }
        guard !className.trimmed.isEmpty else { return }
        annotation = Annotation(
            className: className, shape: shape, score: score, visibleFraction: visibleFraction ?? 1,
            verdict: verdict)
    }

    /// - Returns: `nil` for an empty name, and for other values: some programs number their images.
    private static func name(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) -> String? {
        switch try cursor.kind(in: bytes) {
        case .string:
            let name = try cursor.string(in: bytes)
            return name.isEmpty ? nil : name
        // The cursor stands behind the word.
        case .null, .bool: return nil
        case .number, .array, .object:
            try cursor.skipValue(in: bytes)
            return nil
        }
    }

    private static func only(_ shape: Shape, _ other: Shape?) throws(JSONError) -> Shape {
        guard other == nil else {
            throw JSONError("it has two shapes; an object must have either a box or a point")
        }
        return shape
    }

    private static func box(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) -> AnnotationBox
    {
        let sides = try numbers(4, at: &cursor, in: bytes, "a box must have four numbers")
        guard let box = AnnotationBox(checking: sides[0], sides[1], sides[2], sides[3]) else {
            throw JSONError("the box [\(list(sides, 4))] \(AnnotationBox.objection)")
        }
        return box
    }

    private static func point(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) -> Shape {
        let place = try numbers(2, at: &cursor, in: bytes, "a point must have two numbers")
        guard Annotation.isPlace(place[0], place[1]) else {
            throw JSONError("the point [\(list(place, 2))] is too far away; correct or remove it")
        }
        return .point(x: place[0], y: place[1])
    }

    /// - Parameter wanted: at most 4.
    private static func numbers(
        _ wanted: Int, at cursor: inout JSONCursor, in bytes: RawSpan, _ rule: String
    ) throws(JSONError) -> SIMD4<Double> {
        var (values, count) = (SIMD4<Double>(), 0)
        try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
            let value = try cursor.double(in: bytes)
            guard count < wanted else { throw JSONError("\(rule), not more") }
            values[count] = value
            count += 1
        }
        guard count == wanted else { throw JSONError("\(rule), not \(count)") }
        return values
    }

    private static func list(_ values: SIMD4<Double>, _ count: Int) -> String {
        (0..<count).map { shortNumber(values[$0]) }.joined(separator: ", ")
    }

    private static func score(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) -> Float {
        let value = try cursor.double(in: bytes)
        guard let score = Annotation.score(value) else {
            throw JSONError(Annotation.objection(toScore: value))
        }
        return score
    }

    private static func fraction(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) -> Float {
        let value = Float(try cursor.double(in: bytes))
        guard (0...1).contains(value) else {
            throw JSONError("a visible fraction must be a number in 0...1: \(value)")
        }
        return value
    }

    private static func verdict(
        at cursor: inout JSONCursor, in bytes: RawSpan
    ) throws(JSONError) -> Annotation.Verdict? {
        let text = try cursor.string(in: bytes)
        guard !text.isEmpty else { return nil }
        guard let verdict = Annotation.Verdict(typed: text) else {
            throw JSONError("a verdict is \"right\" or \"wrong\": \"\(shortName(text))\"")
        }
        return verdict
    }
}

extension Annotation {
    /// As one line, without its end; what is not said is left out.
    ///
    /// - Parameter classJSON: the class's name with its quotes.
    package func line(classJSON: String) -> String {
        var line: String
        switch shape {
        case .box(let box):
            line =
                "{\"box\":[\(shortNumber(box.x0)),\(shortNumber(box.y0)),\(shortNumber(box.x1)),"
                + "\(shortNumber(box.y1))]"
        case .point(let x, let y): line = "{\"point\":[\(shortNumber(x)),\(shortNumber(y))]"
        }
        line += ",\"class\":" + classJSON
        if let score { line += ",\"score\":\(score)" }
        if visibleFraction != 1 { line += ",\"visibleFraction\":\(visibleFraction)" }
        if let verdict { line += ",\"verdict\":\"\(verdict.rawValue)\"" }
        return line + "}"
    }
}
