import ArgumentParser
import Logging

/// How much is said on standard error, and in which form.
struct LogOptions: ParsableArguments {
    @Flag(
        help:
            "Say on standard error what happens inside: what is opened, read again, scored and written, with times."
    )
    var verbose = false
    @Option(
        help: ArgumentHelp(
            "The form of all that is said on standard error: text for people, or a JSON object on each line.",
            valueName: "text|json"))
    var logFormat = LogFormat.text

    /// Here, because what follows may be said already.
    func validate() {
        ProgressLine.format = logFormat
        LoggingSystem.bootstrapOnce(level: verbose ? .debug : .warning)
    }
}

/// The form of what is said on standard error.
enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}
