import Evaluation
import Figures
import Files
import Foundation

/// One self-contained page about an evaluation: numbers, a matrix to look into, its film, worst cases, and of a run its
/// curves, its plan and where its time went.
struct EvaluationReport {
    let output: EvaluationOutput
    /// The folder of the training; `nil` for a model alone.
    let runFolder: String?
    /// The worst cases.
    let sheets: [ContactSheet]
    /// What was typed.
    let command: String

    func write(to output: OutputFile) throws { try writeFile(try page().html, to: output) }

    private func page() throws -> ReportPage {
        let row = output.rows[output.rows.count - 1]
        var page = ReportPage(
            title: "What \(Self.shortPath(runFolder ?? row.model)) has learned")
        page.lead = lead(row)
        (page.style, page.script) = (Self.style, EvaluationReportScript.text)
        page.add("Is that good?", verdict(row))
        page.add("Confusion matrix", try matrix())
        page.add("Numbers", numbers)
        page.add("Is it as sure as it is right?", try reliability(row.numbers.calibration))
        if let runFolder { try addTraining(in: runFolder, to: &page) }
        page.add("Worst cases", try sheets.map { try $0.markup() }.joined(separator: "\n"))
        page.add("To do it again", "<pre>\(copied: command)</pre>")
        return page
    }

    /// A name with its folder: every run has a `model.safetensors`.
    private static func shortPath(_ path: String) -> String {
        URL(filePath: path).standardized.pathComponents.filter { $0 != "/" }.suffix(2).joined(separator: "/")
    }

    private func lead(_ row: EvaluationRow) -> Markup {
        let numbers = row.numbers
        func percent(_ estimate: EvaluationNumbers.Estimate?) -> Markup {
            guard let estimate else { return "-" }
            let interval = estimate.interval.map {
                " (\((100 * $0.low).fixed(2)) to \((100 * $0.high).fixed(2)))"
            }
            return "<strong>\((100 * estimate.value).fixed(2)) %</strong>\(interval ?? "")"
        }
        let part: Markup =
            numbers.count == row.sampleCount
            ? "\(grouped(numbers.count)) "
            : "<strong>only \(grouped(numbers.count)) of the \(grouped(row.sampleCount))</strong> "
        return """
            Top-1 \(percent(numbers.topOne)), top-\(numbers.k) \(percent(numbers.topK)) on \(part)samples of \
            \(Address(row.data).lastComponent); \(counted(numbers.classes.count, "class", "classes")).
            """
    }

    /// How far the model is from guessing and from no error, and where it is weak.
    private func verdict(_ row: EvaluationRow) -> Markup {
        let numbers = row.numbers
        guard let topOne = numbers.topOne?.value, numbers.count > 0 else {
            return "<p>Nothing was scored.</p>"
        }
        let guess = Double(numbers.classes.map(\.count).max() ?? 0) / Double(numbers.count)
        let share = guess < 1 ? (topOne - guess) / (1 - guess) : topOne
        let weakest = zip(output.styling.names, numbers.classes).filter { $0.1.recall != nil }
            .min { ($0.1.recall ?? 1) < ($1.1.recall ?? 1) }
        let weakness = weakest.map { name, numbers -> Markup in
            " The weakest class is <strong><bdi>\(name)</bdi></strong>: \(percent(numbers.recall ?? 0)) of its samples are recognised."
        }
        let confusion = output.matrices[output.matrices.count - 1].confusions.first.map { cell -> Markup in
            """
             The most frequent error is <strong><bdi>\(output.styling.names[cell.truth])</bdi></strong> taken for \
            <strong><bdi>\(output.styling.names[cell.label])</bdi></strong>, \(grouped(cell.count)) times.
            """
        }
        return """
            <p>The model is right for \(percent(topOne)) of the samples. Naming the most frequent class each time would be right \
            for \(percent(guess)). On the way from there to no error it has come \(percent(max(0, share))): that is \
            <strong>\(Quality.word(share))</strong>.\(weakness ?? "")\(confusion ?? "")</p>
            <p class="note">\(Quality.scale) The figures hold for samples like these, if the model has not learnt from them.</p>
            """
    }

    private func percent(_ fraction: Double) -> String { (100 * fraction).fixed(1) + " %" }

    private var numbers: Markup {
        let hierarchy = output.hierarchyTable.map { table -> Markup in
            "<h3>Errors in the hierarchy of the classes</h3>\(table.markup)<p class=\"note\">\(output.hierarchyDistance ?? "")</p>"
        }
        let checkpoints = output.checkpointTable.map { table -> Markup in
            "<h3>All checkpoints</h3>\(table.markup)"
        }
        return """
            \(htmlTable(columns: ["", "95 % intervals in parentheses"], rows: output.numberRows))
            <h3>Each class</h3>
            \(output.classTable.markup)
            <p class="note">Precision is the part of the samples taken for a class that are of it; recall the part of a class's samples \
            that are taken for it. F1 is high where both are.</p>
            \(hierarchy ?? "")\(checkpoints ?? "")
            """
    }

    private func reliability(_ calibration: Calibration) throws -> Markup {
        """
        <div class="charts"><figure>\(try calibration.figure(title: "Reliability").svg(.page))</figure></div>
        <p class="note">A score of 0.9 should be right nine times out of ten: then the bars end on the diagonal. Bars below the orange \
        lines: the model is surer than it is right.</p>
        """
    }

    // MARK: The matrix

    private func matrix() throws -> Markup {
        let matrix = output.matrices[output.matrices.count - 1]
        let scale = ColourScale(output.styling.scale, of: matrix.cells.map(\.count))
        let summary = MatrixFigure(matrix, style: output.style, scale: scale).summary
        let data = try MatrixPageData(output).json()
        let frameCount = output.rows.count
        let slider: Markup =
            frameCount > 1
            ? """
            <label class="epochs"><input id="epoch" type="range" min="0" max="\(frameCount - 1)" \
            value="\(frameCount - 1)"><output id="epochName"></output></label>
            """ : ""
        return """
            \(slider)
            <div class="matrix"><canvas id="matrix" role="img" aria-label="\(summary)"></canvas><div id="cell" hidden></div></div>
            <p class="note" id="axis">Rows are true classes, columns predicted ones: what lies beside the diagonal is wrong. Wheel: zoom. \
            Drag: move. Double click: all of it. Click on a cell: examples.</p>
            <div id="examples"></div>
            <script type="application/json" id="matrixData">\(script: data)</script>
            """
    }

    private static let style: Markup = """
        .matrix { position: relative; max-width: 920px; margin: 0 auto; }
        .matrix canvas { width: 100%; display: block; cursor: crosshair; touch-action: pan-y; }
        #cell {
          position: absolute; pointer-events: none; background: var(--panel); color: var(--ink); border: 1px solid var(--line);
          border-radius: 6px; padding: 6px 10px; font-size: 14px; max-width: 300px; z-index: 1;
        }
        .epochs { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: center; margin: 0 0 12px; }
        .epochs input { flex: 1; }
        .epochs output { min-width: min(18em, 100%); font-size: 14px; color: var(--soft); }
        #examples { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 12px; min-height: 110px; }
        #examples p { flex-basis: 100%; margin: 0; font-size: 14px; }
        #examples canvas { width: 96px; height: 96px; image-rendering: pixelated; border-radius: 4px; }
        """

    // MARK: The rest

    private func addTraining(in folder: String, to page: inout ReportPage) throws {
        let run = SealedFolder(path: folder)
        let metrics = try run.checked(folder + "/metrics.jsonl")
        if FileManager.default.fileExists(atPath: metrics) {
            page.add("How it learned", try trainingCurves(reading: metrics).markup())
            if let timing = try RunTiming(reading: metrics) { page.add("Where the time went", timing.markup) }
        }
        let planPath = folder + "/plan.json"
        guard FileManager.default.fileExists(atPath: planPath) else { return }
        let plan = try run.read(planPath)
        let text = withoutSecrets(String(decoding: plan, as: UTF8.self))
        page.add(
            "Settings", "<details><summary>Plan of the training</summary><pre>\(copied: text)</pre></details>"
        )
    }
}
