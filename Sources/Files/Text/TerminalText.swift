/// A text for a terminal.
///
/// A literal is printed as it is; in what is interpolated, every character that is not seen stands as its number: `\u{1B}`. No name
/// can then end a line, turn the direction of what follows, or command the terminal. Only `TerminalText` itself, and JSON, which
/// has no such characters, is interpolated unchanged. What is longer than any path is shown cut off.
package struct TerminalText: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// As it is printed.
    package let description: String

    /// Literals only: a text that comes from elsewhere does not compile.
    package init(stringLiteral literal: StaticString) { description = literal.description }

    package init(stringInterpolation parts: StringInterpolation) { description = parts.text }

    /// - Parameter lines: texts from anywhere.
    package init(lines: [String]) { self = lines.map { "\($0)" }.joined(separator: "\n") }

    fileprivate init(joining pieces: some Sequence<TerminalText>, separator: TerminalText) {
        description = pieces.lazy.map(\.description).joined(separator: separator.description)
    }

    private init(_ scalars: String.UnicodeScalarView.SubSequence) { description = String(scalars) }

    /// Columns that it takes.
    package var width: Int { description.unicodeScalars.reduce(0) { $0 + $1.columnCount } }

    /// Its beginning, as far as so many columns hold it.
    package func prefix(columns: Int) -> TerminalText {
        var columns = columns
        return TerminalText(
            description.unicodeScalars.prefix { scalar in
                columns -= scalar.columnCount
                return columns >= 0
            })
    }

    package static func + (first: TerminalText, second: TerminalText) -> TerminalText {
        "\(first)\(second)"
    }

    /// Joins literals and what is interpolated.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        package mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        package mutating func appendInterpolation(_ other: TerminalText) { text += other.description }

        package mutating func appendInterpolation(_ json: JSONText) { text += json.text }

        package mutating func appendInterpolation(_ error: any Error) { append("\(error)") }

        package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            append(value.description)
        }

        /// As long as the longest path; a file may hold names of megabytes.
        private static let shownCharacterCount = 4096

        private mutating func append(_ other: String) {
            var rest = other.unicodeScalars[...]
            defer { if !rest.isEmpty { text += "…" } }
            for scalar in rest.prefix(Self.shownCharacterCount) {
                rest.removeFirst()
                if scalar.isInvisible {
                    text += scalar.number
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
    }
}

extension Sequence<TerminalText> {
    /// All of them, one after the other.
    package func joined(separator: TerminalText = "") -> TerminalText {
        TerminalText(joining: self, separator: separator)
    }
}

extension Unicode.Scalar {
    /// Columns of a terminal: marks stand over the character before them, Chinese, Japanese and Korean characters and emoji take
    /// two.
    ///
    /// - Source: Markus Kuhn's `wcwidth`, 2007, and the emoji of Unicode.
    package var columnCount: Int {
        guard value >= 0x300 else { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3040...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default: return properties.isEmojiPresentation ? 2 : 1
        }
    }
}
