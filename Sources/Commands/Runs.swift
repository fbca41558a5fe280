import ArgumentParser
import Evaluation
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
        var rows = try compare ? folders.map(RunRow.init) : folders.flatMap(RunRow.all(below:))
        if let curves { try draw(rows, to: curves) }
        guard !compare else {
            print(try comparison(of: rows))
            if rows.contains(where: { $0.state == .broken }) { throw ExitCode.failure }
            return
        }
        rows = Self.sorted(rows, by: sort)
        if json {
            for row in rows { print(try jsonLine(row)) }
        } else if rows.isEmpty {
            print("no runs")
        } else {
            print(table(of: rows))
        }
    }

    private func jsonLine(_ row: RunRow) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(row), as: UTF8.self)
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

    private func draw(_ rows: [RunRow], to path: String) throws {
        let drawn = rows.filter { ($0.steps ?? 0) > 0 }
        guard (1...runCurvesLimit).contains(drawn.count) else {
            throw CommandError(
                operation: "draw the curves", path: path,
                cause: "\(drawn.count) of the runs have steps; a picture takes 1 to \(runCurvesLimit)")
        }
        let runs = drawn.map { NamedRun(name: $0.path, metricsPath: $0.path + "/metrics.jsonl") }
        try curvesFigure(of: runs).write(to: path)
    }
}

private func table(of rows: [RunRow]) -> String {
    let whole = rows.filter { $0.state != .broken }
    let heads = [
        "run", "architecture", "data", "state", "epochs", "loss", "best top-1", "last top-1", "img/s", "time",
    ]
    let cells = whole.map { row in
        [
            row.path, row.architecture ?? "-", row.data.map(fileName) ?? "-",
            row.state.rawValue, epochs(of: row), row.loss?.fixed(4) ?? "-", bestTopOne(of: row),
            percent(row.lastTopOne),
            row.imagesPerSecond.map { "\(Int($0.rounded()))" } ?? "-", row.seconds.map(duration) ?? "-",
        ]
    }
    let broken = rows.filter { $0.state == .broken }.map { "\($0.path)  broken: \($0.fault ?? "")" }
    return ((whole.isEmpty ? [] : columns([heads] + cells, leftCount: 4)) + broken).joined(separator: "\n")
}

/// The settings in which runs differ, then their numbers; one column for each run.
private func comparison(of rows: [RunRow]) throws -> String {
    var lines = [["run"] + rows.map(\.path)]
    let plans = rows.map { row in
        FileManager.default.contents(atPath: row.path + "/plan.json").flatMap { try? settings(ofJSON: $0) }
            ?? [:]
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
        ("img/s", { $0.imagesPerSecond.map { "\(Int($0.rounded()))" } ?? "-" }),
        ("time", { $0.seconds.map(duration) ?? "-" }),
    ]
    lines += numbers.map { name, text in [name] + rows.map(text) }
    let broken = rows.filter { $0.state == .broken }.map { "\($0.path)  broken: \($0.fault ?? "")" }
    return (columns(lines, leftCount: 1) + broken).joined(separator: "\n")
}

/// Lines of cells as columns with two spaces between them.
///
/// - Parameter leftCount: columns whose texts begin below each other; those of the others end below each other.
func columns(_ lines: [[String]], leftCount: Int) -> [String] {
    let widths = (lines.first ?? []).indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
        zip(cells, widths).enumerated().map { column, cell in
            let space = String(repeating: " ", count: cell.1 - cell.0.count)
            return column < leftCount ? cell.0 + space : space + cell.0
        }.joined(separator: "  ")
    }
}

private func fileName(_ path: String) -> String { URL(filePath: path).lastPathComponent }

private func percent(_ fraction: Double?) -> String { fraction.map { ($0 * 100).fixed(2) + " %" } ?? "-" }

private func epochs(of row: RunRow) -> String {
    row.epochs.map { "\($0)/\(row.plannedEpochs ?? 0)" } ?? "-"
}

private func bestTopOne(of row: RunRow) -> String {
    row.bestEpoch.map { percent(row.bestTopOne) + " in epoch \($0)" } ?? "-"
}
