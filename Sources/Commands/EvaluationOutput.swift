import Evaluation
import Figures
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

    /// What ends the making of pictures. Where the evaluation was cancelled, they are still made of the part that there is.
    var cancellation: Cancellation { last.wasCancelled ? Cancellation() : .catchSignals() }

    /// Writes everything into an empty folder.
    ///
    /// - Parameter runFolder: of the training, where checkpoints were evaluated.
    /// - Parameter command: what was typed.
    func write(into folder: String, runFolder: String?, command: String) throws {
        try writeFile(
            try rows.map { try JSONText($0).text + "\n" }.joined(), to: .replacing(folder + "/numbers.jsonl"))
        try last.write(to: .replacing(folder + "/predictions.csv"))
        for ending in ["png", "svg"] { try writeMatrix(to: .replacing(folder + "/confusion.\(ending)")) }
        if rows.count > 1 { try writeFilm(to: .replacing(folder + "/confusion.gif")) }
        let reliability = rows[rows.count - 1].numbers.calibration.figure(title: "Reliability")
        try reliability.write(to: .replacing(folder + "/reliability.png"))
        try reliability.write(to: .replacing(folder + "/reliability.svg"))
        let worst = WorstCaseFiles(
            cases: WorstCases(last, names: styling.names), duplicates: duplicates, predictions: last,
            names: styling.names, scoring: scoring, cancellation: cancellation)
        do {
            let sheets = try worst.sheets
            try worst.write(sheets, into: folder)
            try EvaluationReport(
                output: self, runFolder: runFolder, sheets: sheets.map(\.sheet), command: command
            ).write(to: .replacing(folder + "/report.html"))
        } catch is Cancelled {
            throw Cancelled(kept: "the numbers were printed; the output folder was not written")
        }
    }

    func writeMatrix(to output: OutputFile) throws {
        let matrix = matrices[matrices.count - 1]
        let scale = ColourScale(styling.scale, of: MatrixFigure.counts(of: matrix, order: style.order))
        try MatrixFigure(matrix, style: style, scale: scale)
            .figure(title: title(of: rows[rows.count - 1])).write(to: output)
    }

    func writeFilm(to output: OutputFile) throws {
        let frames = zip(rows, matrices).map { ConfusionFilm.Frame(matrix: $1, title: title(of: $0)) }
        try ConfusionFilm(frames, style: style, scale: styling.scale).write(to: output)
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
    var text: TerminalText { [checkpointTable?.text, lastText].compactMap(\.self).joined(separator: "\n") }

    /// The last model's numbers, and those of each class.
    var lastText: TerminalText {
        let row = rows[rows.count - 1]
        return [summary(of: row), hierarchyText(row), classTable.text]
            .compactMap(\.self).joined(separator: "\n")
    }

    /// The last model's numbers with their intervals: a name and a number in each row.
    var numberRows: [[String]] {
        let numbers = rows[rows.count - 1].numbers
        let loss = numbers.loss.map { $0.value.fixed(4) } ?? "-"
        return [["top-1", withInterval(numbers.topOne)]]
            + (numbers.k < styling.names.count ? [["top-\(numbers.k)", withInterval(numbers.topK)]] : [])
            + [
                ["errors", "\(grouped(numbers.errorCount)) of \(grouped(numbers.count))"], ["loss", loss],
                ["calibration error", withInterval(numbers.calibrationError)],
                ["macro F1", percent(numbers.macroF1)],
            ]
    }

    /// A line for each checkpoint; `nil` for one model.
    var checkpointTable: TextTable? {
        guard rows.count > 1 else { return nil }
        let heads = ["checkpoint", "top-1", "top-\(rows[0].numbers.k)", "loss", "calibration error"]
        let lines = rows.map { row in
            [
                row.name, percent(row.numbers.topOne), percent(row.numbers.topK),
                row.numbers.loss?.value.fixed(4) ?? "-", percent(row.numbers.calibrationError),
            ]
        }
        return TextTable(heads: heads, rows: lines)
    }

    private func summary(of row: EvaluationRow) -> TerminalText {
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
            \(whole(row.imagesPerSecond)) images/s
            loss \(loss ?? "-")  calibration error \(withInterval(numbers.calibrationError))  \
            macro F1 \(percent(numbers.macroF1))\(resampled)
            """
    }

    private func hierarchyText(_ row: EvaluationRow) -> TerminalText? {
        guard let table = hierarchyTable else { return nil }
        return [table.text, hierarchyDistance.map { "\($0)" }].compactMap(\.self).joined(separator: "\n")
    }

    /// The last model's numbers at each depth; `nil` without a hierarchy.
    var hierarchyTable: TextTable? {
        guard let hierarchy = rows[rows.count - 1].hierarchy else { return nil }
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
        return TextTable(heads: heads, rows: lines, leftCount: 0)
    }

    /// How far errors are from the truth in the hierarchy; `nil` without one.
    var hierarchyDistance: String? {
        guard let hierarchy = rows[rows.count - 1].hierarchy, let distance = hierarchy.meanErrorDistance
        else { return nil }
        return "mean distance of errors \(distance.fixed(2)) edges, by chance "
            + (hierarchy.chanceErrorDistance ?? 0).fixed(2)
    }

    /// A row for each class of the last model.
    var classTable: TextTable {
        let numbers = rows[rows.count - 1].numbers
        let heads = ["class", "precision", "recall", "F1", "errors"]
        let lines = zip(styling.names, numbers.classes).map { name, entry in
            [
                name, percent(entry.precision), percent(entry.recall), percent(entry.f1),
                "\(entry.errorCount)/\(entry.count)",
            ]
        }
        return TextTable(heads: heads, rows: lines)
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
    func write(to output: OutputFile) throws {
        if output.path.hasSuffix(".svg") {
            try writeFile(svg().text, to: output)
        } else {
            try image().writePNG(to: output)
        }
    }
}
