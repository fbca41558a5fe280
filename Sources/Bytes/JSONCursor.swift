/// A place in JSON text, from which values are read strictly, as RFC 8259 says.
///
/// `JSON` reads whole documents with it; a reader of millions of small objects calls it itself and keeps no tree. The bytes
/// come with each call, because a span cannot be kept.
package struct JSONCursor {
    private var position: Int
    private let start: Int
    private let end: Int
    private var depth = 0
    /// More than any of our files needs, less than any stack holds.
    private static let depthLimit = 32

    /// What a value is, by its first byte; of words there is no more to it.
    package enum Kind: Hashable, Sendable { case null, bool(Bool), number, string, array, object }

    package init(_ bytes: RawSpan) { self.init(0..<bytes.byteCount) }

    /// - Parameter range: of the bytes that belong to the text.
    package init(_ range: Range<Int>) {
        position = range.lowerBound
        (start, end) = (range.lowerBound, range.upperBound)
    }

    /// Whether nothing but white space follows.
    package mutating func isAtEnd(in bytes: RawSpan) -> Bool {
        skipSpace(in: bytes)
        return position == end
    }

    /// Finds out what follows, and goes on behind it where it is a word.
    package mutating func kind(in bytes: RawSpan) throws(JSONError) -> Kind {
        skipSpace(in: bytes)
        guard position < end else { throw error("an end too soon") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"): return try word("true", .bool(true), in: bytes)
        case UInt8(ascii: "f"): return try word("false", .bool(false), in: bytes)
        case UInt8(ascii: "n"): return try word("null", .null, in: bytes)
        default: return .number
        }
    }

    /// - Parameter member: called at each value with its key; reads the value. Keys may come twice.
    package mutating func object(
        in bytes: RawSpan, member: (inout JSONCursor, RawSpan, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try list("{", "}", in: bytes) { cursor, bytes throws(JSONError) in
            let key = try cursor.string(in: bytes)
            cursor.skipSpace(in: bytes)
            guard cursor.take(":", in: bytes) else { throw cursor.error("no ':' after \"\(key)\"") }
            try member(&cursor, bytes, key)
        }
    }

    /// - Parameter element: called at each value; reads it.
    package mutating func array(
        in bytes: RawSpan, element: (inout JSONCursor, RawSpan) throws(JSONError) -> Void
    ) throws(JSONError) {
        try list("[", "]", in: bytes, element: element)
    }

    /// Any value, which is checked and dropped.
    package mutating func skipValue(in bytes: RawSpan) throws(JSONError) {
        switch try kind(in: bytes) {
        case .null, .bool: break
        case .number: _ = try numberRange(in: bytes)
        case .string: _ = try string(in: bytes)
        case .array:
            try array(in: bytes) { cursor, bytes throws(JSONError) in try cursor.skipValue(in: bytes) }
        case .object:
            try object(in: bytes) { cursor, bytes, _ throws(JSONError) in try cursor.skipValue(in: bytes) }
        }
    }

    /// A number as it is written: `-`? digits (`.` digits)? (`e` `+`/`-`? digits)?, without a needless 0 in front.
    package mutating func number(in bytes: RawSpan) throws(JSONError) -> String {
        text(try numberRange(in: bytes), in: bytes)
    }

    /// A number; one that is too large for `Double` is an error.
    ///
    /// - Source: the digits of most numbers and the power of ten are whole numbers that `Double` holds exactly, so that their
    ///   quotient is rounded once, as it shall be (Clinger, "How to read floating point numbers accurately", 1990). The general
    ///   way needs a text.
    package mutating func double(in bytes: RawSpan) throws(JSONError) -> Double {
        let range = try numberRange(in: bytes)
        var (digits, digitCount) = (0, 0)
        var decimalCount = 0
        var isAfterPoint = false
        // Of more digits `Int` may not hold the number.
        var isShort = range.count <= 18
        for index in range where isShort {
            switch bytes[index] {
            case UInt8(ascii: "-"): break
            case UInt8(ascii: "."): isAfterPoint = true
            case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                digits = 10 * digits + Int(byte - UInt8(ascii: "0"))
                digitCount += 1
                if isAfterPoint { decimalCount += 1 }
            default: isShort = false
            }
        }
        if isShort, digitCount <= 15 {
            let value = Double(digits) / Self.powersOfTen[decimalCount]
            return bytes[range.lowerBound] == UInt8(ascii: "-") ? -value : value
        }
        guard let value = Double(text(range, in: bytes)), value.isFinite else {
            throw error("a number that is too large")
        }
        return value
    }

    /// Takes `null` where it stands next.
    package mutating func takeNull(in bytes: RawSpan) throws(JSONError) -> Bool {
        skipSpace(in: bytes)
        guard position < end, bytes[position] == UInt8(ascii: "n") else { return false }
        _ = try word("null", .null, in: bytes)
        return true
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    private func text(_ range: Range<Int>, in bytes: RawSpan) -> String {
        bytes.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func numberRange(in bytes: RawSpan) throws(JSONError) -> Range<Int> {
        skipSpace(in: bytes)
        let first = position
        _ = take("-", in: bytes)
        let isZero = position < end && bytes[position] == UInt8(ascii: "0")
        let count = takeDigits(in: bytes)
        guard count == 1 || count > 1 && !isZero else { throw error("no value") }
        if take(".", in: bytes) {
            guard takeDigits(in: bytes) > 0 else { throw error("no digits after '.'") }
        }
        if take("e", in: bytes) || take("E", in: bytes) {
            _ = take("+", in: bytes) || take("-", in: bytes)
            guard takeDigits(in: bytes) > 0 else { throw error("no digits in an exponent") }
        }
        return first..<position
    }

    package mutating func string(in bytes: RawSpan) throws(JSONError) -> String {
        skipSpace(in: bytes)
        guard take("\"", in: bytes) else { throw error("no string") }
        let first = position
        var isASCII = true
        while position < end {
            let byte = bytes[position]
            isASCII = isASCII && byte < 0x80
            if byte == UInt8(ascii: "\\") { return try escapedString(from: first, in: bytes) }
            position += 1
            guard byte >= 0x20 else { throw error("a control character in a string") }
            if byte == UInt8(ascii: "\"") {
                let content = bytes.extracting(first..<position - 1)
                // `String(validating:as:)` takes three times as long for the short names of a truth file.
                if isASCII { return content.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
                let text = content.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
                guard let text else { throw error("a string that is not UTF-8") }
                return text
            }
        }
        throw error("a string without end")
    }

    /// What is wrong here.
    package func error(_ what: String) -> JSONError {
        JSONError("not JSON: \(what) at byte \(position - start)")
    }

    // MARK: Parts

    /// An opening bracket, elements between commas, and a closing bracket.
    private mutating func list(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, in bytes: RawSpan,
        element: (inout JSONCursor, RawSpan) throws(JSONError) -> Void
    ) throws(JSONError) {
        skipSpace(in: bytes)
        guard take(opening, in: bytes) else { throw error("no '\(opening)'") }
        depth += 1
        guard depth < Self.depthLimit else { throw error("too many levels") }
        skipSpace(in: bytes)
        if !take(closing, in: bytes) {
            repeat {
                try element(&self, bytes)
                skipSpace(in: bytes)
            } while take(",", in: bytes)
            guard take(closing, in: bytes) else { throw error("no '\(closing)'") }
        }
        depth -= 1
    }

    private mutating func word(_ text: StaticString, _ kind: Kind, in bytes: RawSpan) throws(JSONError)
        -> Kind
    {
        for index in 0..<text.utf8CodeUnitCount {
            guard position + index < end, bytes[position + index] == text.utf8Start[index] else {
                throw error("an unknown word")
            }
        }
        position += text.utf8CodeUnitCount
        return kind
    }

    private mutating func takeDigits(in bytes: RawSpan) -> Int {
        let first = position
        while position < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position - first
    }

    /// The rest of a string, from its first escape on.
    private mutating func escapedString(from first: Int, in bytes: RawSpan) throws(JSONError) -> String {
        var text = bytes.extracting(first..<position).withUnsafeBytes { Array($0) }
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            let byte = bytes[position]
            position += 1
            guard byte >= 0x20 else { throw error("a control character in a string") }
            if byte == UInt8(ascii: "\\") {
                text += String(try escaped(in: bytes)).utf8
            } else {
                text.append(byte)
            }
        }
        guard take("\"", in: bytes) else { throw error("a string without end") }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw error("a string that is not UTF-8")
        }
        return string
    }

    private mutating func escaped(in bytes: RawSpan) throws(JSONError) -> Unicode.Scalar {
        guard position < end else { throw error("a string without end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(in: bytes)
        default: throw error("an unknown escape in a string")
        }
    }

    /// Four digits after `\u`, or two such as a surrogate pair.
    private mutating func unicodeEscape(in bytes: RawSpan) throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit(in: bytes)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\", in: bytes), take("u", in: bytes) else {
            throw error("half a surrogate pair")
        }
        let second = try codeUnit(in: bytes)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error("half a surrogate pair") }
        return scalar
    }

    private mutating func codeUnit(in bytes: RawSpan) throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard position < end, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw error("no four digits after \\u")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    private mutating func take(_ character: Unicode.Scalar, in bytes: RawSpan) -> Bool {
        guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace(in bytes: RawSpan) {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}

extension RawSpan {
    /// One byte; the offset is checked.
    @inlinable
    package subscript(_ offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
