import Bytes
import Files

/// A place in a table of text, from which rows are read as RFC 4180 says, with any separator. A row may end with LF, CRLF or CR.
package struct CSVCursor {
    package struct Field: Hashable {
        package var text: String
        var isQuoted: Bool

        /// As `csvField` has encoded it; without white space around it where it has no quotes.
        package var decoded: String { isQuoted ? csvText(ofQuoted: text) : text.trimmed }
    }

    private(set) var position: Int
    /// The row that was read last begins on this line, counted from 1.
    package private(set) var line = 0
    private var nextLine = 1
    private let separator: UInt8

    package init(position: Int, separator: UInt8) { (self.position, self.separator) = (position, separator) }

    /// Reads one row; blank lines are passed over.
    ///
    /// - Returns: whether there was one.
    package mutating func row(into fields: inout [Field], in bytes: RawSpan) throws(CSVFailure) -> Bool {
        fields.removeAll(keepingCapacity: true)
        while position < bytes.byteCount, Self.isLineEnd(bytes[position]) { takeLineEnd(in: bytes) }
        line = nextLine
        guard position < bytes.byteCount else { return false }
        while true {
            fields.append(try field(in: bytes))
            guard position < bytes.byteCount else { return true }
            if bytes[position] == separator {
                position += 1
            } else {
                takeLineEnd(in: bytes)
                return true
            }
        }
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private func isEnd(_ byte: UInt8) -> Bool { byte == separator || Self.isLineEnd(byte) }

    private mutating func takeLineEnd(in bytes: RawSpan) {
        let isReturn = bytes[position] == UInt8(ascii: "\r")
        position += 1
        if isReturn, position < bytes.byteCount, bytes[position] == UInt8(ascii: "\n") { position += 1 }
        nextLine += 1
    }

    private mutating func field(in bytes: RawSpan) throws(CSVFailure) -> Field {
        if position < bytes.byteCount, bytes[position] == UInt8(ascii: "\"") {
            return try quotedField(in: bytes)
        }
        let start = position
        while position < bytes.byteCount, !isEnd(bytes[position]) { position += 1 }
        let text = bytes.extracting(start..<position).withUnsafeBytes {
            String(validating: $0, as: UTF8.self)
        }
        return Field(text: try Self.checked(text), isQuoted: false)
    }

    private mutating func quotedField(in bytes: RawSpan) throws(CSVFailure) -> Field {
        var text: [UInt8] = []
        position += 1
        while position < bytes.byteCount {
            let byte = bytes[position]
            position += 1
            if byte != UInt8(ascii: "\"") {
                let isPair =
                    byte == UInt8(ascii: "\r") && position < bytes.byteCount
                    && bytes[position] == UInt8(ascii: "\n")
                if Self.isLineEnd(byte) && !isPair { nextLine += 1 }
                text.append(byte)
            } else if position < bytes.byteCount, bytes[position] == UInt8(ascii: "\"") {
                text.append(byte)
                position += 1
            } else {
                guard position == bytes.byteCount || isEnd(bytes[position]) else {
                    throw CSVFailure(
                        cause: "there is text after a closing quote; double each quote inside a cell")
                }
                return Field(text: try Self.checked(String(validating: text, as: UTF8.self)), isQuoted: true)
            }
        }
        throw CSVFailure(cause: "a quoted cell is not closed")
    }

    private static func checked(_ text: String?) throws(CSVFailure) -> String {
        guard let text else { throw CSVFailure(cause: "it is not UTF-8; save the table as UTF-8") }
        return text
    }
}
