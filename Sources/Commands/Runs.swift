import ArgumentParser
import Evaluation
import Figures
import Files
import Foundation

struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List trainings, or compare them.",
        discussion: """
            Looks for run folders in the given ones and all below them. loss is the mean of the last complete epoch; \
            top-1 is that on the validation samples; time is that of the complete epochs. With --compare the given \
            folders are runs themselves: the settings in which they differ, and their numbers, stand side by side.
            """)

    /// What the rows are ordered by, from the best to the worst.
    enum Order: String, CaseIterable, ExpressibleByArgument {
        case top1, loss, speed, time, name
    }

    @Argument(help: ArgumentHelp("Where to look.", valueName: "folder")) var folders: [String]
    @Option(help: "top1, loss, speed, time (the shortest first) or name.") var sort = Order.top1
    @Flag(help: "Compare the runs in the given folders.") var compare = false
    @Flag(help: "Print a line of JSON for each run.") var json = false
    @Option(help: ArgumentHelp("Also draw the runs' curves.", valueName: "file.svg|file.png")) var curves:
        String?
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard !compare || folders.count > 1 else {
            throw ValidationError("--compare takes two runs or more")
        }
        guard curves.map({ $0.hasSuffix(".svg") || $0.hasSuffix(".png") }) ?? true else {
            throw ValidationError("--curves must end in .svg or .png: \(curves ?? "")")
        }
        guard !compare || !json else { throw ValidationError("--compare and --json exclude each other") }
    }

    func run() throws {
        let places = try folders.map { folder in
            let place = try FolderMirror(folder, isOnlyRead: true)
            try place.fetch { ["plan.json", "metrics.jsonl"].contains($0.split(separator: "/").last) }
            return place
        }
        var rows = try places.flatMap { place in
            try compare ? [RunRow(place.path)] : RunRow.all(below: place.path)
        }
        let shown = { (row: RunRow) in
            var row = row
            row.path = places.reduce(row.path) { $1.shown($0) }
            return row
        }
        if let curves { try draw(rows, to: curves, shown: shown) }
        guard !compare else {
            say(try comparison(of: rows, shownAs: rows.map(shown)))
            if rows.contains(where: { $0.state == .broken }) { throw ExitCode.failure }
            return
        }
        rows = Self.sorted(rows, by: sort)
        if json {
            for row in rows { say(try JSONText(shown(row))) }
        } else if rows.isEmpty {
            say("no runs")
        } else {
            say(table(of: rows.map(shown)))
        }
    }

    /// Rows without the value come after the others, broken ones last; equal ones stay in the order of their paths.
    private static func sorted(_ rows: [RunRow], by order: Order) -> [RunRow] {
        func key(_ row: RunRow) -> Double {
            let value: Double? =
                switch order {
                case .top1: row.bestTopOne.map { -$0 }
                case .loss: row.loss
                case .speed: row.imagesPerSecond.map { -$0 }
                case .time: row.seconds
                case .name: 0
                }
            return row.state == .broken ? .infinity : value ?? .greatestFiniteMagnitude
        }
        return rows.enumerated().sorted {
            (key($0.element), $0.element.path, $0.offset) < (key($1.element), $1.element.path, $1.offset)
        }.map(\.element)
    }

    private func draw(_ rows: [RunRow], to path: String, shown: (RunRow) -> RunRow) throws {
        let drawn = rows.filter { ($0.steps ?? 0) > 0 }
        guard (1...runCurvesLimit).contains(drawn.count) else {
            throw CommandError(
                operation: "draw the curves", path: path,
                cause: "\(drawn.count) of the runs have steps; a figure can show 1 to \(runCurvesLimit)")
        }
        let runs = drawn.map { NamedRun(name: shown($0).path, metricsPath: $0.path + "/metrics.jsonl") }
        var outputs = overwriting.outputs(
            reading: runs.map(\.metricsPath) + drawn.map { $0.path + "/plan.json" })
        try trainingCurves(of: runs).figure.write(to: outputs.file(path))
    }
}

private func table(of rows: [RunRow]) -> TerminalText {
    let whole = rows.filter { $0.state != .broken }
    let heads = [
        "run", "architecture", "data", "state", "epochs", "loss", "best top-1", "last top-1", "img/s", "time",
    ]
    let cells = whole.map { row in
        [
            row.path, row.architecture ?? "-", row.data.map(fileName) ?? "-",
            row.state.rawValue, epochs(of: row), row.loss?.fixed(4) ?? "-", bestTopOne(of: row),
            percent(row.lastTopOne),
            speed(of: row), row.seconds.map(duration) ?? "-",
        ]
    }
    let table = whole.isEmpty ? [] : columns([heads] + cells, leftCount: 4)
    return (table + faults(of: rows)).joined(separator: "\n")
}

/// A line for each broken run.
private func faults(of rows: [RunRow]) -> [TerminalText] {
    rows.filter { $0.state == .broken }.map { "\($0.path)  broken: \($0.fault ?? "")" }
}

/// The settings in which runs differ, then their numbers; one column for each run.
///
/// - Parameter shown: the same with the paths that people know.
private func comparison(of rows: [RunRow], shownAs shown: [RunRow]) throws -> TerminalText {
    var lines = [["run"] + shown.map(\.path)]
    let plans = rows.map { row in
        // What is wrong with it stands in the row.
        (try? settings(ofJSON: Data(SealedFolder(path: row.path).read(row.path + "/plan.json")))) ?? [:]
    }
    for key in Set(plans.flatMap(\.keys)).sorted()
    where key != "outputPath" && Set(plans.map { $0[key] }).count > 1 {
        lines.append([key] + plans.map { $0[key] ?? "-" })
    }
    let numbers: [(String, (RunRow) -> String)] = [
        ("state", { $0.state.rawValue }),
        ("epochs", epochs),
        ("steps", { $0.steps.map(String.init) ?? "-" }),
        ("loss", { $0.loss?.fixed(4) ?? "-" }),
        ("best top-1", bestTopOne),
        ("last top-1", { percent($0.lastTopOne) }),
        ("img/s", speed),
        ("time", { $0.seconds.map(duration) ?? "-" }),
    ]
    lines += numbers.map { name, text in [name] + rows.map(text) }
    return (columns(lines, leftCount: 1) + faults(of: shown)).joined(separator: "\n")
}

/// Lines of cells as columns with two spaces between them.
///
/// - Parameter leftCount: columns whose texts begin below each other; those of the others end below each other.
func columns(_ lines: [[String]], leftCount: Int) -> [TerminalText] {
    let lines = lines.map { $0.map { "\($0)" as TerminalText } }
    let widths = (lines.first ?? []).indices.map { column in lines.map { $0[column].width }.max() ?? 0 }
    return lines.map { cells in
        zip(cells, widths).enumerated().map { column, cell -> TerminalText in
            let space = String(repeating: " ", count: cell.1 - cell.0.width)
            return column < leftCount ? "\(cell.0)\(space)" : "\(space)\(cell.0)"
        }.joined(separator: "  ")
    }
}

private func fileName(_ path: String) -> String { URL(filePath: path).lastPathComponent }

private func percent(_ fraction: Double?) -> String { fraction.map { ($0 * 100).fixed(2) + " %" } ?? "-" }

private func speed(of row: RunRow) -> String { row.imagesPerSecond.map { whole($0) } ?? "-" }

private func epochs(of row: RunRow) -> String {
    row.epochs.map { "\($0)/\(row.plannedEpochs ?? 0)" } ?? "-"
}

private func bestTopOne(of row: RunRow) -> String {
    row.bestEpoch.map { percent(row.bestTopOne) + " in epoch \($0)" } ?? "-"
}
