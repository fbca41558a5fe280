/// Whether a text is well-formed XML, as far as our SVG and pages need it: elements, attributes, the five entities and
/// character references, and no character that XML forbids.
public struct XMLCheck {
    /// The first thing that is wrong; empty where nothing is.
    public private(set) var objections: [String] = []
    /// Names of all elements, in order.
    public private(set) var elements: [String] = []
    /// The texts of all elements without children, decoded.
    public private(set) var texts: [String] = []
    private var rest: Substring.UnicodeScalarView
    private var open: [String] = []

    public init(_ text: String) {
        rest = text[...].unicodeScalars
        if let bad = rest.first(where: { !Self.isAllowed($0) }) {
            objections.append("U+\(String(bad.value, radix: 16))")
        }
        while objections.isEmpty, !rest.isEmpty {
            if rest.first == "<" { readTag() } else { readText() }
        }
        if objections.isEmpty, let name = open.last { objections.append("<\(name)> is not closed") }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9, 10, 13, 0x20...0xFFFD, 0x10000...: true
        default: false
        }
    }

    private mutating func readText() {
        let text = rest.prefix { $0 != "<" }
        rest = rest[text.endIndex...]
        if let decoded = decoded(text), !decoded.isEmpty { texts.append(decoded) }
    }

    private mutating func readTag() {
        rest.removeFirst()
        let isEnd = rest.first == "/"
        if isEnd { rest.removeFirst() }
        let name = String(
            rest.prefix { $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" })
        guard !name.isEmpty else { return objections.append("< before \(String(rest.prefix(20)))") }
        rest = rest.dropFirst(name.unicodeScalars.count)
        guard !isEnd else {
            guard rest.popFirst() == ">", open.popLast() == name else {
                return objections.append("</\(name)> closes nothing")
            }
            return
        }
        elements.append(name)
        while objections.isEmpty {
            let space = rest.prefix { $0 == " " || $0 == "\n" }
            rest = rest[space.endIndex...]
            switch rest.popFirst() {
            case ">": return open.append(name)
            case "/":
                if rest.popFirst() != ">" { objections.append("/ in <\(name)>") }
                return
            default:
                space.isEmpty
                    ? objections.append("<\(name)> goes on without a space") : readAttribute(of: name)
            }
        }
    }

    /// After the first letter of its name.
    private mutating func readAttribute(of element: String) {
        let name = rest.prefix { $0 != "=" && $0 != ">" && $0 != " " }
        rest = rest[name.endIndex...]
        guard rest.popFirst() == "=", let quote = rest.popFirst(), quote == "\"" || quote == "'" else {
            return objections.append("an attribute of <\(element)> without a quoted value: \(String(name))")
        }
        let value = rest.prefix { $0 != quote }
        rest = rest[value.endIndex...]
        if rest.popFirst() == nil || value.contains("<") {
            objections.append("an attribute of <\(element)> that does not end")
        }
        _ = decoded(value)
    }

    private mutating func decoded(_ text: Substring.UnicodeScalarView) -> String? {
        let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"]
        var (result, text) = ("", text)
        while let scalar = text.popFirst() {
            guard scalar == "&" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            let name = String(text.prefix { $0 != ";" })
            guard let entity = entities[name] else {
                objections.append("&\(name.prefix(20))")
                return nil
            }
            result += entity
            text = text.dropFirst(name.unicodeScalars.count + 1)
        }
        return result
    }
}
