import Files
import Foundation

/// The names of classes that have numbers: `data.yaml`, or a list with one name a line.
struct ClassNames: Hashable {
    let names: [Int: String]

    /// Files that may have them, the first that is there counts.
    static let fileNames = [
        "data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names", "_darknet.labels",
    ]

    subscript(number: Int) -> String? { names[number] }

    /// - Throws: a reason, for people.
    init(parsing text: String, isYAML: Bool) throws(ClassNamesFailure) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if isYAML {
            names = try Self.names(inYAML: lines.map { String($0) })
        } else {
            let list = lines.map(\.trimmed)
            names = Dictionary(
                uniqueKeysWithValues: list.enumerated().filter { !$0.element.isEmpty }.map {
                    ($0.offset, $0.element)
                })
        }
    }

    /// The member `names` of a YAML file, as all programs write it: a list or a map, in one line or in several.
    private static func names(inYAML lines: [String]) throws(ClassNamesFailure) -> [Int: String] {
        guard let start = lines.firstIndex(where: { $0.hasPrefix("names:") }) else {
            throw ClassNamesFailure(cause: "it has no \"names:\"")
        }
        let first = withoutComment(lines[start].dropFirst("names:".count))
        if first.isEmpty { return try blockNames(lines[(start + 1)...]) }
        var flow = first
        let ends: [Character: Character] = ["[": "]", "{": "}"]
        guard let opening = flow.first, let closing = ends[opening] else {
            throw ClassNamesFailure(cause: "\"names:\" is neither a list nor a map")
        }
        var next = start + 1
        while flow.last != closing, next < lines.count {
            flow += " " + withoutComment(lines[next][...])
            next += 1
        }
        guard flow.last == closing else { throw ClassNamesFailure(cause: "the list of names is not closed") }
        return try flowNames(String(flow.dropFirst().dropLast()), isMap: opening == "{")
    }

    private static func blockNames(_ lines: ArraySlice<String>) throws(ClassNamesFailure) -> [Int: String] {
        var names: [Int: String] = [:]
        for line in lines {
            let text = withoutComment(line[...])
            if text.isEmpty { continue }
            if text.hasPrefix("-") {
                names[names.count] = try unquoted(String(text.dropFirst()).trimmed)
            } else if line.first?.isWhitespace == true {
                try add(text, to: &names)
            } else {
                break
            }
        }
        return names
    }

    private static func flowNames(_ text: String, isMap: Bool) throws(ClassNamesFailure) -> [Int: String] {
        var names: [Int: String] = [:]
        for part in flowParts(text) where !part.isEmpty {
            if isMap {
                try add(part, to: &names)
            } else {
                names[names.count] = try unquoted(part)
            }
        }
        return names
    }

    /// Between commas that are in no quotes.
    private static func flowParts(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "," {
                parts.append(part.trimmed)
                part = ""
                continue
            }
            part.append(character)
        }
        return parts + [part.trimmed]
    }

    /// `3: car`.
    private static func add(_ entry: String, to names: inout [Int: String]) throws(ClassNamesFailure) {
        guard let colon = entry.firstIndex(of: ":"), let number = Int(entry[..<colon].trimmed) else {
            throw ClassNamesFailure(cause: "this is not a number and a name: \(entry)")
        }
        names[number] = try unquoted(entry[entry.index(after: colon)...].trimmed)
    }

    private static func unquoted(_ text: String) throws(ClassNamesFailure) -> String {
        guard let quote = text.first, quote == "'" || quote == "\"" else { return text }
        guard text.count >= 2, text.last == quote else {
            throw ClassNamesFailure(cause: "a name without a closing quote: \(text)")
        }
        let inner = String(text.dropFirst().dropLast())
        if quote == "'" { return inner.replacing("''", with: "'") }
        return inner.replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
    }

    private static func withoutComment(_ line: Substring) -> String {
        var quote: Character?
        var end = line.startIndex
        for index in line.indices {
            let character = line[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "#",
                index == line.startIndex || line[line.index(before: index)].isWhitespace
            {
                break
            }
            end = line.index(after: index)
        }
        return line[..<end].trimmed
    }
}

/// Why a file has no names of classes.
struct ClassNamesFailure: Error, Hashable {
    var cause: String
}
