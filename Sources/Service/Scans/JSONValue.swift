import Bytes
import HTTPTypes

/// Any JSON that was read, to be written again.
struct JSONValue: Encodable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    private let json: JSON

    init(_ json: JSON) { self.json = json }

    /// - Throws: for what is no JSON. Numbers beyond those of a computer are refused when it is encoded.
    init(parsing text: String) throws { json = try JSON(parsing: Array(text.utf8)) }

    func encode(to encoder: any Encoder) throws {
        switch json {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let text):
            var container = encoder.singleValueContainer()
            if let whole = Int(text) {
                try container.encode(whole)
            } else {
                guard let number = Double(text), number.isFinite else {
                    throw Problem(.unprocessableContent, "the number \(text.prefix(40)) is too large")
                }
                try container.encode(number)
            }
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(JSONValue(element)) }
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for (name, value) in members {
                try container.encode(JSONValue(value), forKey: Key(stringValue: name))
            }
        }
    }
}
