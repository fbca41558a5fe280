/// A JSON value, read strictly.
///
/// Our own, because Foundation's reader accepts an object that names one key twice, which in a file of tensors would
/// let two readers see two different models.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As written.
    case number(String)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// - Parameter bytes: one value with white space around it, as RFC 8259 says, and nothing else.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        let bytes = bytes.span.bytes
        var cursor = JSONCursor(bytes)
        self = try JSON(at: &cursor, in: bytes)
        guard cursor.isAtEnd(in: bytes) else { throw cursor.error("more text after its end") }
    }

    /// One value of a larger text.
    package init(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) {
        switch try cursor.kind(in: bytes) {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .number: self = .number(try cursor.number(in: bytes))
        case .string: self = .string(try cursor.string(in: bytes))
        case .array:
            var elements: [JSON] = []
            try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
                elements.append(try JSON(at: &cursor, in: bytes))
            }
            self = .array(elements)
        case .object:
            var members: [String: JSON] = [:]
            try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
                guard members[key] == nil else { throw cursor.error("the key \"\(key)\" twice") }
                members[key] = try JSON(at: &cursor, in: bytes)
            }
            self = .object(members)
        }
    }
}

/// Bytes are not JSON, or not what was expected there.
package struct JSONError: Error, Hashable, Sendable {
    /// `"not JSON: no ':' after \"a\" at byte 4"`.
    package var reason: String

    package init(_ reason: String) { self.reason = reason }
}
