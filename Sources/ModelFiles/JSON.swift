/// A JSON value, read strictly.
///
/// Our own, because Foundation's reader accepts an object that names one key twice, which in a file of tensors would
/// let two readers see two different models.
package enum JSON: Hashable {
    case null
    case bool(Bool)
    /// As written.
    case number(String)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// - Parameter bytes: one value with white space around it, as RFC 8259 says, and nothing else.
    package init(parsing bytes: [UInt8]) throws(Malformed) {
        var parser = JSONParser(bytes)
        self = try parser.document()
    }
}

/// Recursive descent over bytes.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    /// More than any header needs, less than any stack holds.
    private static let depthLimit = 32

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(Malformed) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("something after its end") }
        return value
    }

    private mutating func value(depth: Int) throws(Malformed) -> JSON {
        guard depth < Self.depthLimit else { throw error("too many levels") }
        skipSpace()
        guard let byte = peek else { throw error("an end too soon") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws(Malformed) -> JSON {
        var members: [String: JSON] = [:]
        try list("}") { parser throws(Malformed) in
            let key = try parser.string()
            guard members[key] == nil else { throw parser.error("the key \"\(key)\" twice") }
            parser.skipSpace()
            guard parser.take(":") else { throw parser.error("no ':' after \"\(key)\"") }
            members[key] = try parser.value(depth: depth + 1)
        }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Malformed) -> JSON {
        var elements: [JSON] = []
        try list("]") { parser throws(Malformed) in
            elements.append(try parser.value(depth: depth + 1))
        }
        return .array(elements)
    }

    /// An opening bracket, elements between commas, and `end`.
    private mutating func list(
        _ end: Unicode.Scalar, element: (inout JSONParser) throws(Malformed) -> Void
    ) throws(Malformed) {
        position += 1
        skipSpace()
        if take(end) { return }
        repeat {
            skipSpace()
            try element(&self)
            skipSpace()
        } while take(",")
        guard take(end) else { throw error("no '\(end)'") }
    }

    private mutating func word(_ text: String, _ value: JSON) throws(Malformed) -> JSON {
        guard bytes[position...].starts(with: text.utf8) else { throw error("an unknown word") }
        position += text.utf8.count
        return value
    }

    /// `-`? digits (`.` digits)? (`e` `+`/`-`? digits)?, without a needless 0 in front.
    private mutating func number() throws(Malformed) -> String {
        let start = position
        _ = take("-")
        let isZero = peek == UInt8(ascii: "0")
        guard let digits = takeDigits(), !isZero || digits == 1 else { throw error("no value") }
        if take(".") {
            guard takeDigits() != nil else { throw error("no digits after '.'") }
        }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            guard takeDigits() != nil else { throw error("no digits in an exponent") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func takeDigits() -> Int? {
        let count = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        position += count
        return count > 0 ? count : nil
    }

    private mutating func string() throws(Malformed) -> String {
        guard take("\"") else { throw error("no string") }
        var text: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            position += 1
            guard byte >= 0x20 else { throw error("a control character in a string") }
            if byte == UInt8(ascii: "\\") {
                text += String(try escaped()).utf8
            } else {
                text.append(byte)
            }
        }
        guard take("\"") else { throw error("a string without end") }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw error("a string that is not UTF-8")
        }
        return string
    }

    private mutating func escaped() throws(Malformed) -> Unicode.Scalar {
        guard let byte = peek else { throw error("a string without end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw error("an unknown escape in a string")
        }
    }

    /// Four digits after `\u`, or two such as a surrogate pair.
    private mutating func unicodeEscape() throws(Malformed) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), take("u") else { throw error("half a surrogate pair") }
        let second = try codeUnit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error("half a surrogate pair") }
        return scalar
    }

    private mutating func codeUnit() throws(Malformed) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("no four digits after \\u")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek, Unicode.Scalar(byte) == character else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private func error(_ what: String) -> Malformed {
        Malformed("not JSON: \(what) at byte \(position)")
    }
}
