import Foundation

/// A value as JSON with sorted keys, in which every invisible character is escaped.
///
/// Any JSON reader gives the same value again, and the text can be printed on a terminal.
package struct JSONText: Hashable, Sendable {
    /// One line, or several where it is indented.
    package let text: String

    /// - Parameter isIndented: whether people shall read it.
    /// - Throws: the encoder's error for a value that JSON cannot say.
    package init(_ value: some Encodable, isIndented: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
        let json = String(decoding: try encoder.encode(value), as: UTF8.self)
        // Line ends in texts are escaped already: these indent.
        text = escapedJSON(json) { $0.isInvisible && $0 != "\n" }
    }

    /// The same for a `script` element, which ends at the first `</script` whatever stands around it.
    var scriptText: String { escapedJSON(text) { $0 == "<" || $0 == ">" || $0 == "&" } }
}

/// Writes a value as JSON for people. The file appears complete or not at all.
///
/// - Throws: `FileError`, or the encoder's error for a value that JSON cannot say.
package func writeJSON(_ value: some Encodable, to output: OutputFile) throws {
    try writeFile(try JSONText(value, isIndented: true).text + "\n", to: output)
}

/// A text as a JSON string, with its quotes.
package func jsonString(_ text: String) -> String {
    "\"" + escapedJSON(text) { $0 == "\"" || $0 == "\\" || $0.isInvisible } + "\""
}

/// Writes some characters as JSON strings escape them.
private func escapedJSON(_ text: String, where isEscaped: (Unicode.Scalar) -> Bool) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        guard isEscaped(scalar) else {
            result.unicodeScalars.append(scalar)
            continue
        }
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{8}": result += "\\b"
        case "\u{C}": result += "\\f"
        default:
            // Two for a character beyond 16 bits.
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
    return result
}
