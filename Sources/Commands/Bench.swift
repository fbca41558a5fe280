import ArgumentParser
import Files
import Foundation

/// Measures this machine.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure this machine.",
        discussion: "How it compares with other programs: make bench.",
        subcommands: [
            BenchEngine.self, BenchAccelerator.self, BenchLoader.self, BenchScan.self, BenchMerge.self,
            BenchMine.self, BenchTrain.self, BenchSample.self, BenchCount.self,
        ])
}

/// How the measurements print.
struct BenchOutput: ParsableArguments {
    @Flag(help: "Print one line of JSON.") var json = false

    /// Prints `report` as one JSON object, or what it says for people.
    func print(_ report: some BenchReport) throws {
        json ? say(try JSONText(report)) : say(TerminalText(lines: report.lines))
    }
}

/// What one of the `bench` commands has measured.
protocol BenchReport: Encodable {
    /// For people.
    var lines: [String] { get }
}

/// Refuses a value outside its range, as wrong usage.
func require<Value: Comparable>(
    _ option: String, _ value: Value, in range: ClosedRange<Value>
) throws {
    guard range.contains(value) else {
        throw ValidationError(
            "\(option) must be between \(range.lowerBound) and \(range.upperBound): \(value)")
    }
}

/// Ends a measurement that Ctrl-C has interrupted.
func checkMeasuring() throws(Cancelled) {
    if Cancellation.catchSignals().isRequested { throw Cancelled(kept: "nothing was measured") }
}

/// What was measured once of something beside its bare program.
protocol BenchRound {
    /// The whole's speed over the bare program's.
    var ratio: Double { get }
}

extension Array where Element: BenchRound {
    /// The one with the middle ratio; of an even number the lower of the two in the middle. There must be one.
    var median: Element { sorted { $0.ratio < $1.ratio }[(count - 1) / 2] }
}
