import Foundation
import Pixels

/// A place in a line of JSON. The bytes come with each call, because a span cannot be kept.
struct JSONCursor {
    var position: Int
    let end: Int

    typealias Malformed = TruthLine.Malformed

    mutating func isAtEnd(in bytes: RawSpan) -> Bool {
        skipSpaces(in: bytes)
        return position == end
    }

    mutating func expect(_ character: Unicode.Scalar, in bytes: RawSpan) throws(Malformed) {
        skipSpaces(in: bytes)
        guard position < end, bytes[position] == UInt8(ascii: character) else {
            throw Malformed(reason: "expected \"\(character)\" \(place(in: bytes))")
        }
        position += 1
    }

    mutating func isFollowedByComma(in bytes: RawSpan) throws(Malformed) -> Bool {
        skipSpaces(in: bytes)
        guard position < end, bytes[position] == UInt8(ascii: ",") else { return false }
        position += 1
        return true
    }

    mutating func string(in bytes: RawSpan) throws(Malformed) -> String {
        let start = position
        let (text, hasEscapes) = try rawString(in: bytes)
        guard hasEscapes else { return text }
        do {
            return try JSONDecoder().decode(String.self, from: Data("\"\(text)\"".utf8))
        } catch {
            position = start
            throw Malformed(reason: "expected a string \(place(in: bytes))")
        }
    }

    mutating func box(in bytes: RawSpan) throws(Malformed) -> PixelRect {
        try expect("[", in: bytes)
        let x0 = try integer(in: bytes)
        try expect(",", in: bytes)
        let y0 = try integer(in: bytes)
        try expect(",", in: bytes)
        let x1 = try integer(in: bytes)
        try expect(",", in: bytes)
        let y1 = try integer(in: bytes)
        try expect("]", in: bytes)
        guard x0 < x1, y0 < y1 else {
            throw Malformed(reason: "the box [\(x0), \(y0), \(x1), \(y1)] is empty or inside out")
        }
        return PixelRect(x0: x0, y0: y0, x1: x1, y1: y1)
    }

    mutating func fraction(in bytes: RawSpan) throws(Malformed) -> Float {
        let text = try token(in: bytes)
        guard let value = Float(text), (0...1).contains(value) else {
            throw Malformed(reason: "a visible fraction must be a number in 0...1: \(text)")
        }
        return value
    }

    /// Any value: its brackets must match, what is between them is not looked at.
    mutating func skipValue(in bytes: RawSpan) throws(Malformed) {
        var depth = 0
        repeat {
            skipSpaces(in: bytes)
            guard position < end else { throw Malformed(reason: "the line ends within a value") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                _ = try rawString(in: bytes)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                position += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else {
                    throw Malformed(reason: "expected a value \(place(in: bytes))")
                }
                position += 1
            default:
                _ = try token(in: bytes)
            }
        } while depth > 0
        guard depth == 0 else { throw Malformed(reason: "expected a value \(place(in: bytes))") }
    }

    /// Within the bounds of any scene, so that areas cannot overflow.
    private mutating func integer(in bytes: RawSpan) throws(Malformed) -> Int {
        let text = try token(in: bytes)
        guard let value = Int(text), (-1 << 29...1 << 29).contains(value) else {
            throw Malformed(reason: "a box has four whole numbers of pixels: \(text)")
        }
        return value
    }

    /// A number or a bare word.
    private mutating func token(in bytes: RawSpan) throws(Malformed) -> String {
        skipSpaces(in: bytes)
        let start = position
        while position < end, Self.belongsToToken(bytes[position]) { position += 1 }
        guard start < position else { throw Malformed(reason: "expected a number \(place(in: bytes))") }
        return text(start..<position, in: bytes)
    }

    private mutating func rawString(
        in bytes: RawSpan
    ) throws(Malformed) -> (text: String, hasEscapes: Bool) {
        try expect("\"", in: bytes)
        let start = position
        var hasEscapes = false
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            let isEscape = bytes[position] == UInt8(ascii: "\\")
            hasEscapes = hasEscapes || isEscape
            position += isEscape ? 2 : 1
        }
        guard position < end else {
            position = end
            throw Malformed(reason: "the line ends within a string")
        }
        position += 1
        return (text(start..<position - 1, in: bytes), hasEscapes)
    }

    private mutating func skipSpaces(in bytes: RawSpan) {
        while position < end, bytes[position] == UInt8(ascii: " ") || (9...13).contains(bytes[position]) {
            position += 1
        }
    }

    private func text(_ range: Range<Int>, in bytes: RawSpan) -> String {
        bytes.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func place(in bytes: RawSpan) -> String {
        guard position < end else { return "where the line ends" }
        return "before \(text(position..<min(position + 20, end), in: bytes))"
    }

    private static func belongsToToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
