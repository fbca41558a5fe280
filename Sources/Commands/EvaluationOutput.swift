import Evaluation
import Files
import Foundation
import Pixels
import Rasters

/// What an evaluation leaves: text, files and pictures.
///
/// A class, so that all pictures share the matrices and the order of the classes, which are made when the first needs them.
final class EvaluationOutput {
    /// A row and predictions for each model.
    let rows: [EvaluationRow]
    let predictions: [Predictions]
    let scoring: PackScoring
    let styling: MatrixStyling
    let duplicates: NearDuplicates.Found
    /// Of each model.
    private(set) lazy var matrices = predictions.map { ConfusionMatrix($0, k: styling.k) }
    /// Of all matrices, with the order of the last one.
    private(set) lazy var style = styling.style(for: matrices[matrices.count - 1])

    init(
        rows: [EvaluationRow], predictions: [Predictions], scoring: PackScoring, styling: MatrixStyling,
        duplicates: NearDuplicates.Found
    ) {
        (self.rows, self.predictions, self.scoring) = (rows, predictions, scoring)
        (self.styling, self.duplicates) = (styling, duplicates)
    }

    /// The last model is that of which all is told.
    var last: Predictions { predictions[predictions.count - 1] }

    /// Draws what single options ask for.
    func writeMatrices(_ options: MatrixOptions) throws {
        for path in options.matrix { try writeMatrix(to: path) }
        if let film = options.film { try writeFilm(to: film) }
    }

    /// What an earlier evaluation has left in a folder.
    static func files(in folder: String) throws -> [String] {
        let pictures = ["confusion", "reliability", "errors", "pairs", "label-errors", "duplicates"]
        let names = pictures.flatMap { name in ["png", "svg", "gif"].map { "\(name).\($0)" } }
        return (names + ["numbers.jsonl", "predictions.csv", "worst.jsonl", "report.html"])
            .map { folder + "/" + $0 }.filter(FileManager.default.fileExists)
    }

    /// Writes everything into a folder.
    ///
    /// - Parameter runFolder: of the training, where checkpoints were evaluated.
    /// - Parameter command: what was typed.
    func write(into folder: String, runFolder: String?, command: String) throws {
        try makeFolder(folder)
        try writeFile(try rows.map { try $0.jsonLine() + "\n" }.joined(), to: folder + "/numbers.jsonl")
        try last.write(to: folder + "/predictions.csv")
        for ending in ["png", "svg"] { try writeMatrix(to: folder + "/confusion.\(ending)") }
        if rows.count > 1 { try writeFilm(to: folder + "/confusion.gif") }
        let reliability = rows[rows.count - 1].numbers.calibration.figure(title: "Reliability")
        try reliability.write(to: folder + "/reliability.png")
        try reliability.write(to: folder + "/reliability.svg")
        let worst = WorstCaseFiles(
            cases: WorstCases(last, names: styling.names), duplicates: duplicates, predictions: last,
            names: styling.names, scoring: scoring)
        try worst.write(into: folder)
        try EvaluationReport(
            output: self, runFolder: runFolder, sheets: worst.sheets,
            command: command
        ).write(to: folder + "/report.html")
    }

    private func writeMatrix(to path: String) throws {
        let matrix = matrices[matrices.count - 1]
        let scale = ColourScale(styling.scale, of: MatrixFigure.counts(of: matrix, order: style.order))
        try MatrixFigure(matrix, style: style, scale: scale)
            .figure(title: title(of: rows[rows.count - 1])).write(to: path)
    }

    func writeFilm(to path: String) throws {
        let frames = zip(rows, matrices).map { ConfusionFilm.Frame(matrix: $1, title: title(of: $0)) }
        try ConfusionFilm(frames, style: style, scale: styling.scale).write(to: path)
    }

    /// `"epoch 12, top-1 83.10 %, top-5 99.02 %"`, and which pairs are counted where that is not usual.
    func title(of row: EvaluationRow) -> String {
        let topK =
            row.numbers.k < styling.names.count ? ["top-\(row.numbers.k) \(percent(row.numbers.topK))"] : []
        let parts = ["top-1 \(percent(row.numbers.topOne))"] + topK
        let pairs = styling.k > 1 ? ["pairs of the top \(styling.k)"] : []
        return ((row.epoch == nil ? [] : [row.name]) + parts + pairs).joined(separator: ", ")
    }

    /// For a terminal: the numbers, and those of each class or each checkpoint.
    var text: String { [checkpointTable, lastText].filter { !$0.isEmpty }.joined(separator: "\n") }

    /// The last model's numbers, and those of each class.
    var lastText: String {
        let row = rows[rows.count - 1]
        return [summary(of: row), hierarchyTable(row), classTable(row.numbers)]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// A line for each checkpoint; empty for one model.
    var checkpointTable: String {
        guard rows.count > 1 else { return "" }
        let heads = ["checkpoint", "top-1", "top-\(rows[0].numbers.k)", "loss", "calibration error"]
        let lines = rows.map { row in
            [
                row.name, percent(row.numbers.topOne), percent(row.numbers.topK),
                row.numbers.loss?.value.fixed(4) ?? "-", percent(row.numbers.calibrationError),
            ]
        }
        return columns([heads] + lines, leftCount: 1).joined(separator: "\n")
    }

    private func summary(of row: EvaluationRow) -> String {
        let numbers = row.numbers
        let topK = numbers.k < styling.names.count ? "  top-\(numbers.k) \(withInterval(numbers.topK))" : ""
        let resampled =
            numbers.resampleCount > 0 ? "  95 % intervals of \(numbers.resampleCount) resamples" : ""
        let loss = numbers.loss.map { loss in
            loss.value.fixed(4)
                + (loss.interval.map { " (\($0.low.fixed(4)) - \($0.high.fixed(4)))" } ?? "")
        }
        return """
            top-1 \(withInterval(numbers.topOne))\(topK)  errors \(numbers.errorCount)/\(numbers.count)  \
            \(Int(row.imagesPerSecond)) images/s
            loss \(loss ?? "-")  calibration error \(withInterval(numbers.calibrationError))  \
            macro F1 \(percent(numbers.macroF1))\(resampled)
            """
    }

    private func hierarchyTable(_ row: EvaluationRow) -> String {
        guard let hierarchy = row.hierarchy else { return "" }
        let heads = [
            "depth", "subtrees", "samples", "errors inside", "by chance",
            "whole top-\(hierarchy.setSize) inside",
        ]
        let lines = hierarchy.levels.map { level in
            [
                "\(level.depth)", "\(level.subtreeCount)", "\(level.sampleCount)",
                percent(level.errorFraction),
                percent(level.chanceFraction), percent(level.setFraction),
            ]
        }
        let distance = hierarchy.meanErrorDistance.map {
            "\nmean distance of errors \($0.fixed(2)) edges, by chance \((hierarchy.chanceErrorDistance ?? 0).fixed(2))"
        }
        return columns([heads] + lines, leftCount: 0).joined(separator: "\n") + (distance ?? "")
    }

    private func classTable(_ numbers: EvaluationNumbers) -> String {
        let heads = ["class", "precision", "recall", "F1", "errors"]
        let lines = zip(styling.names, numbers.classes).map { name, entry in
            [
                name, percent(entry.precision), percent(entry.recall), percent(entry.f1),
                "\(entry.errorCount)/\(entry.count)",
            ]
        }
        return columns([heads] + lines, leftCount: 1).joined(separator: "\n")
    }

    private func withInterval(_ estimate: EvaluationNumbers.Estimate?) -> String {
        guard let estimate else { return "-" }
        let interval = estimate.interval.map { " (\((100 * $0.low).fixed(2)) - \((100 * $0.high).fixed(2)))" }
        return percent(estimate.value) + (interval ?? "")
    }

    private func percent(_ estimate: EvaluationNumbers.Estimate?) -> String { percent(estimate?.value) }

    private func percent(_ fraction: Double?) -> String {
        fraction.map { ($0 * 100).fixed(2) + " %" } ?? "-"
    }
}

extension Figure {
    /// As PNG or SVG, by the name; the file appears complete or not at all.
    func write(to path: String) throws {
        if path.hasSuffix(".svg") { try writeFile(svg(), to: path) } else { try image.writePNG(to: path) }
    }
}
