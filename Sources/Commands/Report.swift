import ArgumentParser
import Evaluation
import Files
import Foundation
import Networks
import Scanning
import Training

/// Shows a training and a scan with its model on one page.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a training and a scan on one self-contained HTML page.")

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder that train has written.", valueName: "folder"))
    var runFolder: String
    @Option(
        name: .customLong("scan"),
        help: ArgumentHelp("The folder that scan has written.", valueName: "folder"))
    var scanFolder: String
    @Option(help: ArgumentHelp("Command lines to show as the way to do it again.", valueName: "file"))
    var commands: String?
    @Option(help: ArgumentHelp("The page.", valueName: "file")) var output = "report.html"

    func run() throws {
        let sources = try ReportSources(runFolder: runFolder, scanFolder: scanFolder, commandsPath: commands)
        try writeFile(sources.page().html, to: output)
        print("written to \(output)")
    }
}

/// What a report is made of, read from the folders of a training and a scan.
struct ReportSources {
    let runFolder: String
    let folder: ScanFolder
    let trainingPlan: TrainingPlan
    let summary: ScanSummary
    let record: ScanRecord
    /// `nil` for a scan without truth.
    let metrics: SceneMetrics?
    /// `nil` when none were given.
    let commands: String?

    init(runFolder: String, scanFolder: String, commandsPath: String?) throws {
        self.runFolder = runFolder
        folder = ScanFolder(path: scanFolder)
        trainingPlan = try Self.readJSON(runFolder + "/plan.json")
        summary = try Self.readJSON(folder.summaryPath)
        record = try Self.readJSON(folder.recordPath)
        let wasMeasured = FileManager.default.fileExists(atPath: folder.metricsPath)
        metrics = wasMeasured ? try Self.readJSON(folder.metricsPath) : nil
        commands = try commandsPath.map { String(decoding: try Self.read($0), as: UTF8.self) }
    }

    private static func readJSON<Value: Decodable>(_ path: String) throws -> Value {
        let data = try read(path)
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            throw CommandError(
                operation: "read", path: path,
                cause: "it is not as this version of tilescope writes it (\(text(of: error))); "
                    + "write it again with the command that made it")
        }
    }

    private static func text(of error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context),
            .keyNotFound(_, let context):
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            return (place.isEmpty ? "" : place + ": ") + context.debugDescription
        @unknown default: return "\(error)"
        }
    }

    private static func read(_ path: String) throws -> Data {
        try MappedFile(path: path).withBytes { bytes in bytes.withUnsafeBytes { Data($0) } }
    }

    func page() throws -> ReportPage {
        let pictures = try ReportPictures(
            of: record.scene, summary: summary, detections: folder.readDetections())
        var page = ReportPage(title: "What is in \(record.scene.lastComponent)")
        page.lead = lead
        page.add("The scene", try pictures.scene())
        page.add("A part of it, pixel by pixel", try pictures.closeUp())
        if let metrics { page.add("Against the truth", Self.table(of: metrics)) }
        page.add("How the network learnt", try training())
        page.add("Where the time went", timing)
        if let commands { page.add("To do it again", #"<pre>\#(escaped(commands))</pre>"#) }
        page.add("Settings", try settings())
        return page
    }

    private var lead: String {
        let found = summary.counts.map { "\(grouped($0.detectionCount)) × \($0.className)" }
            .joined(separator: ", ")
        let rate =
            record.timing.scoredWindowCount > 0
            ? " at \(grouped(Int(record.timing.windowsPerSecond))) a second" : ""
        return """
            Found <strong>\(escaped(found))</strong> in a scene of \(grouped(summary.sceneWidth)) × \
            \(grouped(summary.sceneHeight)) pixels: \(grouped(summary.scoredWindowCount)) windows\(rate), \
            \(summary.complete ? "the whole scene" : "a part of it").
            """
    }

    private func training() throws -> String {
        let curves = try curvesFigure(reading: runFolder + "/metrics.jsonl").svg()
        let plan = trainingPlan
        return """
            <p>\(escaped(plan.architecture.name)), \(plan.epochCount) epochs, batches of \(plan.batchSize).</p>
            <figure class="paper">\(curves)</figure>
            \(try ReportPictures.sampleTiles(packPath: plan.dataPath))
            """
    }

    private func settings() throws -> String {
        let files = [
            (runFolder + "/plan.json", "Plan of the training"), (folder.taskPath, "Task of the scan"),
            (folder.summaryPath, "Summary of the scan"),
        ]
        return try files.map { path, name in
            let json = String(decoding: try Self.read(path), as: UTF8.self)
            return "<details><summary>\(name)</summary><pre>\(escaped(json))</pre></details>"
        }.joined(separator: "\n")
    }

    private static func table(of metrics: SceneMetrics) -> String {
        let note = """
            <p class="note">Precision and recall at scores of at least \(metrics.rules.scoreThreshold); average precision \
            (AP) over all detections of at least \(metrics.lowestScore). A detection is right when it overlaps an \
            object of its class with at least the IoU behind the @; objects less visible than stated count neither \
            way. Boxes stand where windows stand: up to half a stride beside an object in each direction.</p>
            """
        return htmlTable(columns: metrics.columns, rows: metrics.rows) + note
    }

    /// A bar of what the scoring thread did, and the figures.
    private var timing: String {
        let timing = record.timing
        let parts = [
            ("score", timing.scoreSeconds), ("wait for pixels", timing.waitSeconds),
            ("merge", timing.mergeSeconds), ("write", timing.writeSeconds),
        ]
        let total = max(parts.reduce(0) { $0 + $1.1 }, .leastNormalMagnitude)
        let bar = parts.enumerated().map { index, part in
            #"<span class="part\#(index)" style="width:\#((100 * part.1 / total).fixed(2))%"></span>"#
        }.joined()
        let keys = parts.enumerated().map { index, part in
            #"<li><i class="part\#(index)"></i>\#(part.0) \#(part.1.fixed(2)) s</li>"#
        }.joined()
        let reading = """
            <p class="note">Reading took \(timing.readSeconds.fixed(2)) s on a thread of its own, beside scoring. The \
            process held at most \(record.peakMemoryByteCount >> 20) MiB.</p>
            """
        return #"<div class="bar">\#(bar)</div><ul class="keys">\#(keys)</ul>\#(reading)"#
    }
}
