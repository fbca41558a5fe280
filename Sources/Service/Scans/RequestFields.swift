import Bytes
import HTTPTypes

/// The members of a JSON object of a request, each taken once; what is left over is unknown, and refused.
struct RequestFields {
    private var rest: [String: JSON]
    /// Such as `rule.`; empty for the body itself.
    private let place: String

    /// - Throws: 400 for what is no object.
    init(_ value: JSON, place: String = "") throws(Problem) {
        guard case .object(let members) = value else {
            throw Problem(
                .badRequest,
                place.isEmpty ? "the body must be a JSON object" : "'\(place)' must be a JSON object")
        }
        rest = members
        self.place = place.isEmpty ? "" : place + "."
    }

    /// Values that were taken out of others.
    init(of members: [String: JSON]) {
        rest = members
        place = ""
    }

    /// - Throws: 400 for a body that is no JSON, or has a key twice.
    init(parsing bytes: [UInt8]) throws(Problem) {
        do throws(JSONError) {
            try self.init(JSON(parsing: bytes))
        } catch {
            throw Problem(.badRequest, "the body is not as expected: \(error.reason)")
        }
    }

    private init(_ parsed: JSON) throws(JSONError) {
        guard case .object(let members) = parsed else { throw JSONError("it must be a JSON object") }
        rest = members
        place = ""
    }

    /// - Returns: `nil` for what is absent or null.
    mutating func take(_ name: String) -> JSON? {
        let value = rest.removeValue(forKey: name)
        return value == .null ? nil : value
    }

    mutating func text(_ name: String) throws(Problem) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw objection(name, "a text") }
        // No argument of a program can hold it.
        guard !text.utf8.contains(0) else { throw objection(name, "a text without the character U+0000") }
        return text
    }

    mutating func flag(_ name: String) throws(Problem) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .bool(let flag) = value else { throw objection(name, "true or false") }
        return flag
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let value = take(name) else { return nil }
        guard let number = Self.number(value).flatMap({ Int(exactly: $0) }), range.contains(number) else {
            throw objection(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) throws(Problem) -> Double? {
        guard let value = take(name) else { return nil }
        guard let number = Self.number(value), range.contains(number) else {
            throw objection(name, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// - Parameter counts: of numbers that the list may have.
    mutating func numbers(
        _ name: String, counts: ClosedRange<Int>, in range: ClosedRange<Double>
    ) throws(Problem) -> [Double]? {
        guard let value = take(name) else { return nil }
        guard case .array(let elements) = value, counts.contains(elements.count) else {
            throw objection(name, "a list of \(Self.words(counts)) numbers")
        }
        var numbers: [Double] = []
        for element in elements {
            guard let number = Self.number(element), range.contains(number) else {
                throw objection(name, "a list of numbers from \(range.lowerBound) to \(range.upperBound)")
            }
            numbers.append(number)
        }
        return numbers
    }

    mutating func texts(_ name: String, limit: Int) throws(Problem) -> [String]? {
        guard let value = take(name) else { return nil }
        guard case .array(let elements) = value, elements.count <= limit else {
            throw objection(name, "a list of at most \(limit) texts")
        }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element, !text.isEmpty, !text.utf8.contains(0) else {
                throw objection(name, "a list of texts that are not empty")
            }
            texts.append(text)
        }
        guard Set(texts).count == texts.count else { throw objection(name, "a list of texts that differ") }
        return texts
    }

    /// One of some words.
    mutating func word(_ name: String, among words: [String]) throws(Problem) -> String? {
        guard let text = try text(name) else { return nil }
        guard words.contains(text) else { throw objection(name, "one of " + words.joined(separator: ", ")) }
        return text
    }

    /// - Throws: 400 with the names that nobody has taken.
    func finish(known: [String]) throws(Problem) {
        guard let name = rest.keys.min() else { return }
        throw Problem(
            .unprocessableContent,
            "the body has an unknown key, '\(place)\(name)'; known are: \(known.joined(separator: ", "))")
    }

    func objection(_ name: String, _ words: String) -> Problem {
        Problem(.unprocessableContent, "'\(place)\(name)' must be \(words)")
    }

    private static func number(_ value: JSON) -> Double? {
        guard case .number(let text) = value, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
}
