/// One column of a row, or what a question mark stands for.
package enum SQLiteValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)

    package init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    package init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }

    package var text: String? { if case .text(let text) = self { text } else { nil } }

    package var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
}
