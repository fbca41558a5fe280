import ArgumentParser
import Figures
import Files
import Foundation
import Synchronization

/// What was typed, for texts that quote it.
private let typed = Mutex<[String]>([])

extension Tilescope {
    /// What the command of this process was made of, without the name of the program.
    static var typedArguments: [String] { typed.withLock { $0 } }

    /// The command line as a shell takes it, without secrets.
    static var typedCommand: String { shellLine(["tilescope"] + typedArguments.map(withoutSecrets)) }

    /// Runs a command, and ends the process with it.
    ///
    /// - Parameter arguments: without the name of the program.
    public static func runToEnd(_ arguments: [String]) -> Never {
        typed.withLock { $0 = arguments }
        // Before they are parsed, so that what is wrong with them is said in this form, too.
        if arguments.asksForJSONLogs { ProgressLine.format = .json }
        TransferLine.begin()
        if let unknown = UnknownCommand(in: arguments) {
            ProgressLine.fail(unknown.message)
            Foundation.exit(64)
        }
        var running: (any ParsableCommand.Type)?
        do {
            var command = try parseAsRoot(arguments.joiningNegativeNumbers)
            running = type(of: command)
            try command.run()
        } catch {
            tellOfMissingLetters()
            end(by: error, of: running)
        }
        tellOfMissingLetters()
        finishOutput()
        Foundation.exit(0)
    }

    /// Once, however many pictures there are.
    private static func tellOfMissingLetters() {
        if let shortcoming = Lettering.shortcoming { ProgressLine.warn("\(shortcoming)") }
    }

    /// Ends with 64 where an argument is no UTF-8. Swift would replace its bytes, and another file would be looked for.
    public static func checkArguments() {
        for argument in UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)) {
            guard let argument else { continue }
            let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
            guard String(validating: bytes, as: UTF8.self) == nil else { continue }
            ProgressLine.fail(
                "Error: the name \(String(nameBytes: bytes).showingRawBytes) is not UTF-8; rename the file, or name the "
                    + "folder that it is in")
            Foundation.exit(64)
        }
    }
}

extension [String] {
    /// Whether `--log-format json` is among them.
    fileprivate var asksForJSONLogs: Bool {
        contains("--log-format=json")
            || zip(self, dropFirst()).contains { $0 == "--log-format" && $1 == "json" }
    }

    /// `--floor -1` as `--floor=-1`: the parser takes a word that begins with a dash for an option, and would say that the value is
    /// missing. No option of ours is called by a number.
    var joiningNegativeNumbers: [String] {
        var joined: [String] = []
        for (index, word) in enumerated() {
            if word.hasPrefix("-"), Double(word) != nil, let option = joined.last, option.hasPrefix("--"),
                option != "--", !option.contains("="), !self[..<index].contains("--")
            {
                joined[joined.count - 1] += "=" + word
            } else {
                joined.append(word)
            }
        }
        return joined
    }
}
