/// What somebody says of a place. Where nothing is said, it is `nil`.
package enum Label: Hashable, Sendable, CustomStringConvertible {
    /// The name of a class: not empty.
    case `class`(String)
    /// Somebody has looked and could not tell.
    case unsure

    package var description: String {
        switch self {
        case .class(let name): name
        case .unsure: "unsure"
        }
    }

    /// As the file has it. No class has an empty name, so that is `unsure`.
    var storedText: String {
        switch self {
        case .class(let name): name
        case .unsure: ""
        }
    }

    init(storedText: String) { self = storedText.isEmpty ? .unsure : .class(storedText) }
}

extension Label? {
    /// For messages.
    var words: String { self?.description ?? "no label" }
}
