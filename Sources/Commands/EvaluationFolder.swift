import Files
import Scanning

/// The folder of an evaluation, locked for as long as this value lasts.
struct EvaluationFolder {
    /// All files that an evaluation of a scan may leave; the page that tells of the others comes first.
    static let scanNames =
        ["report.html", ScanFolder.metricsName, "precision-recall.svg"]
        + ["precision-recall", "hits", "misses", "false-alarms"].map { "\($0).png" }

    /// All files that an evaluation of a model may leave; the page that tells of the others comes first.
    static let names =
        ["report.html", "numbers.jsonl", "predictions.csv", "worst.jsonl"]
        + ["confusion", "reliability", "errors", "pairs", "label-errors", "duplicates"]
        .flatMap { name in ["png", "svg", "gif"].map { "\(name).\($0)" } }

    private let results: ResultFolder
    private let lock: FolderLock

    /// Makes the folder where it is missing, and ends what a killed evaluation had begun.
    ///
    /// - Parameter names: `names` or `scanNames`.
    /// - Throws: where it holds an evaluation that must not be replaced, or another process writes into it.
    init(path: String, names: [String] = Self.names, replaces: Bool) throws {
        results = ResultFolder(path, names: names, stagingName: ".evaluation")
        try makeFolder(path)
        lock = try FolderLock(path, name: ".evaluation-lock")
        try results.recover()
        guard replaces || results.present.isEmpty else {
            throw CommandError(
                operation: "write into the folder", path: path,
                cause: "it holds an evaluation already; give another --output, or --overwrite to replace it")
        }
    }

    /// Whether an older evaluation is there.
    var holdsResults: Bool { !results.present.isEmpty }

    /// Writes an evaluation in place of an older one.
    ///
    /// - Parameter runFolder: of the training, where checkpoints were evaluated.
    /// - Parameter command: what was typed.
    func write(_ output: EvaluationOutput, runFolder: String?, command: String) throws {
        try results.replace { try output.write(into: $0, runFolder: runFolder, command: command) }
    }

    /// Writes an evaluation of a scan in place of an older one.
    ///
    /// - Parameter command: what was typed.
    func write(_ report: ScanEvaluationReport, command: String, cancellation: Cancellation) throws {
        try results.replace {
            try report.write(into: $0, command: command, cancellation: cancellation)
        }
    }
}
