import ArgumentParser
import Files
import Scanning

/// What a scan says: options for people who want less of it, and for programs.
struct ScanVoice: ParsableArguments {
    @Flag(help: "Print one line of JSON for each scene, and one for all; nothing else on standard output.")
    var json = false
    @Flag(help: "Show neither progress nor results; only warnings and errors. JSON is still printed.")
    var quiet = false
    @OptionGroup var logOptions: LogOptions
    @OptionGroup var supervision: Supervision

    /// Prints a result for people.
    func say(_ text: TerminalText) {
        if !json, !isSilent { Commands.say(text) }
    }

    /// Prints a result for programs.
    func sayJSON(_ value: some Encodable) throws {
        if json { Commands.say(try JSONText(value)) }
    }

    /// Says something beside the progress.
    func tell(_ text: TerminalText) {
        if !isSilent { ProgressLine.tell(text) }
    }

    /// Where progress is shown.
    var line: ProgressLine { ProgressLine(isSilent: isSilent) }

    /// A program that looks after the command wants progress, warnings and errors only.
    private var isSilent: Bool { quiet || supervision.isGiven }

    /// The job of a scan, whose progress is shown on a line, or told to the program that looks after it.
    func job(on line: ProgressLine) -> Job<ScanProgress> {
        supervision.isGiven ? supervision.job : Job(on: line) { progress in progress.text }
    }
}
