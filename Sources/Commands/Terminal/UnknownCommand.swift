import ArgumentParser
import Files

/// A word that stands where a command should, and is none.
struct UnknownCommand {
    let word: String
    /// What stands before it: `["tilescope", "import"]`.
    private let path: [String]
    /// What could stand there.
    private let names: [String]

    /// - Parameter arguments: without the name of the program.
    /// - Returns: `nil` where commands stand where they should, or an option comes first.
    init?(in arguments: [String]) {
        var (path, command): ([String], any ParsableCommand.Type) = (["tilescope"], Tilescope.self)
        // `help scna` asks for a command, too.
        for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
            let commands = command.configuration.subcommands
            guard !word.hasPrefix("-"), word != "help", !commands.isEmpty else { return nil }
            guard let next = commands.first(where: { Self.name(of: $0) == word }) else {
                (self.word, self.path, names) = (word, path, commands.map(Self.name))
                return
            }
            path.append(word)
            command = next
        }
        return nil
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? "\(command)".lowercased()
    }

    /// For people.
    var message: TerminalText {
        let line = path.joined(separator: " ")
        let suggestion: TerminalText = nearest.map { "; did you mean \(line) \($0)?" } ?? ""
        return
            "Error: \(line) has no command \(word)\(suggestion)\n  See '\(line) --help' for those that there are."
    }

    /// The command that was meant, where one is much like the word.
    var nearest: String? {
        let close = names.map { (name: $0, distance: editDistance(word.lowercased(), $0)) }
            .filter { $0.distance <= max(1, $0.name.count / 3) }
        return close.min { $0.distance < $1.distance }?.name
    }
}

/// How many letters must be added, removed, replaced or changed with their neighbour to make one word of another.
///
/// - Source: Damerau 1964, in the form that changes no place twice ("optimal string alignment").
private func editDistance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
            row.append(least)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
