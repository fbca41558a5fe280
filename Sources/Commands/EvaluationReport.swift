import Evaluation
import Files
import Foundation
import Pixels
import Rasters

/// One self-contained page about an evaluation: numbers, a matrix to look into, its film, worst cases, and of a run its
/// curves, its plan and where its time went.
struct EvaluationReport {
    let output: EvaluationOutput
    /// The folder of the training; `nil` for a model alone.
    let runFolder: String?
    /// Of the worst cases.
    let sheets: [(name: String, figure: Figure)]
    /// What was typed.
    let command: String

    func write(to output: OutputFile) throws { try writeFile(try page().html, to: output) }

    private func page() throws -> ReportPage {
        let row = output.rows[output.rows.count - 1]
        var page = ReportPage(
            title: "What \(Self.shortPath(runFolder ?? row.model)) has learned")
        page.lead = lead(row)
        (page.style, page.script) = (Self.style, EvaluationReportScript.text)
        page.add("Confusion matrix", try matrix())
        page.add("Numbers", "<pre>\(output.lastText)</pre>\(checkpoints)")
        let reliability = try row.numbers.calibration.figure(title: "Reliability").svg()
        page.add("Is it as sure as it is right?", "<figure class=\"paper\">\(reliability)</figure>")
        if let runFolder { try addTraining(in: runFolder, to: &page) }
        page.add("Worst cases", try sheets.map(sheet).joined(separator: "\n"))
        page.add("To do it again", "<pre>\(command)</pre>")
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

    // MARK: The matrix

    private var checkpoints: Markup {
        guard let table = output.checkpointTable else { return "" }
        return "<details><summary>All checkpoints</summary><pre>\(table)</pre></details>"
    }

    private func matrix() throws -> Markup {
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
            <div class="matrix"><canvas id="matrix" width="920" height="920"></canvas><div id="cell" hidden></div></div>
            <p class="note" id="axis">Rows are true classes, columns predicted ones. Wheel: zoom. Drag: move. Double click: all of it. \
            Click on a cell: examples.</p>
            <div id="examples"></div>
            <script type="application/json" id="matrixData">\(script: data)</script>
            """
    }

    private static let style: Markup = """
        .matrix { position: relative; max-width: 920px; margin: 0 auto; }
        .matrix canvas { width: 100%; display: block; border-radius: 6px; cursor: crosshair; touch-action: none; }
        #cell {
          position: absolute; pointer-events: none; background: var(--panel); color: var(--ink); border: 1px solid var(--line);
          border-radius: 6px; padding: 6px 10px; font-size: 14px; max-width: 300px; z-index: 1;
        }
        .epochs { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: center; margin: 0 0 12px 13%; }
        .epochs input { flex: 1; }
        .epochs output { min-width: 18em; font-size: 14px; color: var(--soft); }
        #examples { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 12px; min-height: 110px; }
        #examples p { flex-basis: 100%; margin: 0; font-size: 14px; }
        #examples canvas { width: 96px; height: 96px; image-rendering: pixelated; border-radius: 4px; }
        """

    // MARK: The rest

    private func addTraining(in folder: String, to page: inout ReportPage) throws {
        let run = SealedFolder(path: folder)
        let metrics = try run.checked(folder + "/metrics.jsonl")
        if FileManager.default.fileExists(atPath: metrics) {
            page.add(
                "How it learned",
                "<figure class=\"paper\">\(try curvesFigure(reading: metrics).svg())</figure>")
            if let timing = try RunTiming(reading: metrics) { page.add("Where the time went", timing.markup) }
        }
        let planPath = folder + "/plan.json"
        guard FileManager.default.fileExists(atPath: planPath) else { return }
        let plan = try run.read(planPath)
        let text = withoutSecrets(String(decoding: plan, as: UTF8.self))
        page.add("Settings", "<details><summary>Plan of the training</summary><pre>\(text)</pre></details>")
    }

    private func sheet(_ name: String, _ figure: Figure) throws -> Markup {
        let jpeg = Data(try figure.image.jpegData(quality: 90)).base64EncodedString()
        return """
            <figure><img class="page" alt="\(name)" src="data:image/jpeg;base64,\(jpeg)"></figure>
            """
    }
}
