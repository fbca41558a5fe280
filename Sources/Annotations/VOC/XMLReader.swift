import Files
import Foundation

/// An element of XML with what stands in it. Attributes are checked and dropped.
struct XMLElement: Hashable {
    var name: String
    /// Of the element itself, without white space around it.
    var text = ""
    var children: [XMLElement] = []
    /// Where it begins, counted from 1.
    var line: Int

    /// The first child of that name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }
}

/// Why a text is no XML that is read here.
struct XMLFailure: Error, Hashable {
    var line: Int
    var cause: String
}

/// Reads small XML documents strictly: UTF-8, no document type and so no entities but the five that XML has, bounded depth.
///
/// Our own, because Foundation's would bring libxml2 along for one format that uses a tenth of XML.
struct XMLReader {
    private let bytes: [UInt8]
    private var position: Int
    private var line = 1
    private static let depthLimit = 32
    /// A file for one picture has a few kilobytes.
    static let byteLimit = 64 << 20

    /// Reads a whole document.
    static func root(of bytes: [UInt8]) throws(XMLFailure) -> XMLElement {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw XMLFailure(line: 1, cause: "it is not UTF-8; save it as UTF-8")
        }
        var reader = XMLReader(bytes: bytes, position: bytes.startOfText)
        try reader.skipBetween()
        let root = try reader.element(depth: 0)
        try reader.skipBetween()
        guard reader.position == bytes.count else { throw reader.failure("more text after the root element") }
        return root
    }

    private func failure(_ cause: String) -> XMLFailure { XMLFailure(line: line, cause: cause) }

    // MARK: Characters

    private func isNext(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        return (0..<count).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard isNext(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    private mutating func advance() {
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    /// All up to a text, which is passed, too.
    private mutating func takeAll(before end: StaticString, _ what: String) throws(XMLFailure) -> Range<Int> {
        let start = position
        let startLine = line
        while position < bytes.count {
            if isNext(end) {
                let range = start..<position
                position += end.utf8CodeUnitCount
                return range
            }
            advance()
        }
        throw XMLFailure(line: startLine, cause: "\(what) is not closed")
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position].isSpace { advance() }
    }

    // MARK: Parts

    /// White space, comments and instructions around the root.
    private mutating func skipBetween() throws(XMLFailure) {
        while true {
            skipSpace()
            if take("<?") {
                let words = try takeAll(before: "?>", "an instruction")
                try checkEncoding(String(decoding: bytes[words], as: UTF8.self))
            } else if take("<!--") {
                _ = try takeAll(before: "-->", "a comment")
            } else if isNext("<!") {
                throw failure("it has a document type (<!DOCTYPE …>), which is not allowed; remove it")
            } else {
                return
            }
        }
    }

    private func checkEncoding(_ words: String) throws(XMLFailure) {
        guard words.hasPrefix("xml "), let found = words.firstMatch(of: /encoding\s*=\s*["']([^"']*)["']/)
        else { return }
        guard ["utf-8", "utf8", "us-ascii", "ascii"].contains(found.1.lowercased()) else {
            throw failure("it is \(found.1); save it as UTF-8")
        }
    }

    private mutating func element(depth: Int) throws(XMLFailure) -> XMLElement {
        guard depth < Self.depthLimit else { throw failure("elements are nested too deeply") }
        guard take("<") else { throw failure("no element") }
        var element = XMLElement(name: try name(), line: line)
        while true {
            skipSpace()
            if take("/>") { return element }
            if take(">") { break }
            try attribute()
        }
        var text: [UInt8] = []
        while true {
            guard position < bytes.count else { throw failure("<\(element.name)> is not closed") }
            if take("</") {
                let end = try self.name()
                skipSpace()
                guard end == element.name, take(">") else {
                    throw failure("</\(end)> where </\(element.name)> was expected")
                }
                element.text = String(decoding: text, as: UTF8.self).trimmed
                return element
            } else if take("<!--") {
                _ = try takeAll(before: "-->", "a comment")
            } else if take("<![CDATA[") {
                let section = try takeAll(before: "]]>", "a CDATA section")
                text += bytes[section]
            } else if take("<?") {
                _ = try takeAll(before: "?>", "an instruction")
            } else if isNext("<") {
                element.children.append(try self.element(depth: depth + 1))
            } else if isNext("&") {
                text += String(try reference()).utf8
            } else {
                text.append(bytes[position])
                advance()
            }
        }
    }

    private mutating func name() throws(XMLFailure) -> String {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
        guard position > start else { throw failure("the name of an element or attribute is missing") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"), 0x80...:
            true
        default: false
        }
    }

    private mutating func attribute() throws(XMLFailure) {
        let name = try self.name()
        skipSpace()
        guard take("=") else { throw failure("no '=' after the attribute \(name)") }
        skipSpace()
        if take("\"") {
            _ = try takeAll(before: "\"", "the attribute \(name)")
        } else if take("'") {
            _ = try takeAll(before: "'", "the attribute \(name)")
        } else {
            throw failure("the attribute \(name) has no quotes")
        }
    }

    /// `&lt;`, `&#65;` or `&#x41;`.
    private mutating func reference() throws(XMLFailure) -> Unicode.Scalar {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: ";"), position - start < 10 {
            position += 1
        }
        let words = String(decoding: bytes[start..<position], as: UTF8.self)
        guard take(";") else { throw failure("a '&' without a reference; write &amp;") }
        switch words {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHex = words.hasPrefix("#x")
            guard words.hasPrefix("#"),
                let number = UInt32(words.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
                let scalar = Unicode.Scalar(number), number != 0
            else { throw failure("an unknown entity: &\(words);") }
            return scalar
        }
    }
}
