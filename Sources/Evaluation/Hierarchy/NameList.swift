import Files
import Foundation

/// Names of classes and of nodes of a hierarchy, by identifier: lines like `n02123045 tabby, tabby cat`.
public struct NameList: Hashable, Sendable {
    /// All names of an identifier as they stand in the file: `"tabby, tabby cat"`.
    public private(set) var names: [String: String] = [:]

    /// An empty list.
    public init() {}

    /// Reads lines of an identifier, a tab or spaces, and names separated by commas. Empty lines are passed over.
    ///
    /// - Throws: `FileError`, or `EvaluationError` with the number of the line that is malformed.
    public init(reading path: String) throws { try self.init(textLines(of: path), path: path) }

    /// The same, of text that has been read already.
    ///
    /// - Parameter path: where it came from, for errors.
    package init(text: String, path: String) throws(EvaluationError) {
        try self.init(textLines(in: text), path: path)
    }

    private init(_ lines: [(number: Int, text: String)], path: String) throws(EvaluationError) {
        for (number, line) in lines {
            let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            guard parts.count == 2, names[String(parts[0])] == nil else {
                throw EvaluationError(
                    code: .malformedLine, operation: "read the names on line \(number)", path: path,
                    cause: parts.count == 2
                        ? "\(parts[0]) has names already" : "expected an identifier and its names")
            }
            names[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
        }
    }

    /// The first name of an identifier; the identifier where it has none.
    public func shortName(of identifier: String) -> String {
        guard let all = names[identifier] else { return identifier }
        return String(all.prefix { $0 != "," })
    }

    /// The names of an identifier, one by one.
    func allNames(of identifier: String) -> [String] {
        (names[identifier] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

/// The lines of a text file that are not empty, without spaces at both ends, with their numbers from 1.
func textLines(of path: String) throws(FileError) -> [(number: Int, text: String)] {
    textLines(in: String(decoding: try readFile(path, limit: SealedFolder.listByteLimit), as: UTF8.self))
}

/// The same, of text that has been read already.
private func textLines(in text: String) -> [(number: Int, text: String)] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        .map { ($0.offset + 1, $0.element.trimmingCharacters(in: .whitespaces)) }
        .filter { !$0.1.isEmpty }
}
