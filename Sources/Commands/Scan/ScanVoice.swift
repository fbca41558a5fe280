import ArgumentParser
import Files

/// What a scan says: options for people who want less of it, and for programs.
struct ScanVoice: ParsableArguments {
    @Flag(help: "Print one line of JSON for each scene, and one for all; nothing else on standard output.")
    var json = false
    @Flag(help: "Show neither progress nor results; only warnings and errors. JSON is still printed.")
    var quiet = false
    @OptionGroup var logOptions: LogOptions

    /// Prints a result for people.
    func say(_ text: TerminalText) {
        if !json, !quiet { Commands.say(text) }
    }

    /// Prints a result for programs.
    func sayJSON(_ value: some Encodable) throws {
        if json { Commands.say(try JSONText(value)) }
    }

    /// Says something beside the progress.
    func tell(_ text: TerminalText) {
        if !quiet { ProgressLine.tell(text) }
    }

    /// Where progress is shown.
    var line: ProgressLine { ProgressLine(isSilent: quiet) }
}
