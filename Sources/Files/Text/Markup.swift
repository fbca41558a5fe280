/// A piece of HTML or SVG.
///
/// What a literal says is markup; what is interpolated is text, and is encoded, unless it is `Markup` itself. No text can become
/// markup in another way, so that a class or a file may be called anything. The rules are XML's, which are stricter than HTML's.
package struct Markup: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// As it stands in a file.
    package let text: String

    /// Literals only: a text that comes from elsewhere does not compile.
    package init(stringLiteral literal: StaticString) { text = literal.description }

    package init(stringInterpolation parts: StringInterpolation) { text = parts.text }

    fileprivate init(joining pieces: some Sequence<Markup>, separator: Markup) {
        text = pieces.lazy.map(\.text).joined(separator: separator.text)
    }

    /// Joins literals and what is interpolated.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        package mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

        /// Data of a `script` element, as JSON.
        package mutating func appendInterpolation(script data: JSONText) { text += data.scriptText }

        /// Text that people copy, such as a command line: nothing is added that is not seen.
        package mutating func appendInterpolation(copied value: some CustomStringConvertible) {
            append(value.description.unicodeScalars[...])
        }

        /// Text, in an element or in an attribute between double or single quotes.
        package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            var rest = value.description.unicodeScalars[...]
            while let run = rest.firstRightToLeftRun {
                append(rest[..<run.lowerBound])
                // Else a number behind a name from right to left would be shown before it.
                text += "\u{2068}"
                append(rest[run])
                text += "\u{2069}"
                rest = rest[run.upperBound...]
            }
            append(rest)
        }

        private mutating func append(_ scalars: Substring.UnicodeScalarView) {
            for scalar in scalars {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "'": text += "&#39;"
                case "\t", "\n", "\r": text.unicodeScalars.append(scalar)
                // XML has no way to say these.
                case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
                // A direction mark would turn what stands around the text.
                case _ where scalar.isInvisible: text += scalar.number
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
    }
}

extension Sequence<Markup> {
    /// All of them, one after the other.
    package func joined(separator: Markup = "") -> Markup { Markup(joining: self, separator: separator) }
}
