import Annotations
import Evaluation
import Files
import Foundation
import Rasters
import Scanning

/// A scan as a report shows it. What its folder names elsewhere is not opened.
struct ReportedScan {
    private let scan: ScanFolder
    private let folder: SealedFolder
    /// As it was typed.
    let typedPath: String
    /// As given; `nil` where its pictures are left out.
    private let scene: Address?
    /// How the scene was seen, at full size.
    private let sceneView: SceneView?
    /// `nil` where the pictures are drawn without it.
    private let truth: SceneTruth?
    private let summary: ScanSummary
    private let record: ScanRecord
    /// `nil` for a scan without truth.
    private let metrics: SceneMetrics?
    /// SHA-256 of the model's file.
    let modelDigest: String

    init(_ path: String, scenePath: String?, truth: TruthSource?) throws {
        let found = try FolderMirror(path, isOnlyRead: true)
        try found.fetch(ScanFolder.isOwn)
        let (scan, folder) = (ScanFolder(path: found.path), SealedFolder(path: found.path))
        self.scan = scan
        self.folder = folder
        typedPath = path
        summary = try readJSON(scan.summaryPath, of: folder)
        record = try readJSON(scan.recordPath, of: folder)
        let task: ScanTask = try readJSON(scan.taskPath, of: folder)
        try task.check(classCount: Candidate.labelLimit)
        modelDigest = task.model
        scene = try scenePath.map { try Self.scanned(Address($0), by: task) }
        sceneView = scene == nil ? nil : task.view?.atFullSize
        let wasMeasured = FileManager.default.fileExists(atPath: scan.metricsPath)
        metrics = wasMeasured ? try readJSON(scan.metricsPath, of: folder) : nil
        let classes = summary.counts.map { (name: $0.className, label: $0.label) }
        var annotated = AnnotatedScene(
            name: record.scene.lastComponent, width: summary.sceneWidth, height: summary.sceneHeight,
            georeference: nil)
        // What the folder says of places on Earth may come from somebody else; the scene itself is the user's.
        if let scene {
            annotated.georeference = try Raster(openingPicture: scene, view: sceneView).georeference
        }
        self.truth = try truth.map { [annotated] source in
            try SceneTruth(
                reading: source, of: annotated, classes: classes, area: task.selection?.area,
                cancellation: Cancellation())
        }
        self.truth?.tellNotes()
    }

    /// What no page may replace: all that it is made of, and what the scan has made besides.
    var paths: [String] {
        ScanFolder.fileNames.map { typedPath + "/" + $0 } + [scene?.unhidden, truth?.path].compactMap(\.self)
    }

    /// What the page goes without, and the options that name it.
    var omissions: [String] {
        (scene == nil ? ["the page shows no pictures of the scene; name it with --scene"] : [])
            + (scene != nil && metrics != nil && truth == nil
                ? ["the pictures do not tell hits from false alarms; name the truth with --truth"] : [])
    }

    /// - Throws: where it is not the scene of the task: the boxes would stand on a picture of something else.
    private static func scanned(_ scene: Address, by task: ScanTask) throws -> Address {
        let raster = try Raster(openingPicture: scene, view: task.view?.atFullSize)
        let (width, height) = task.fullSize
        guard raster.width == width, raster.height == height, try task.scene.holds(scene) else {
            throw CommandError(
                operation: "show it with the scan", path: scene.description,
                cause:
                    "it is another scene than the one that was scanned, which has \(width)x\(height) pixels")
        }
        return scene
    }

    var title: String { "What is in \(record.scene.lastComponent)" }

    var lead: Markup {
        let found = summary.counts.map {
            "\(grouped($0.detectionCount)) × <bdi>\($0.className)</bdi>" as Markup
        }
        .joined(separator: ", ")
        let rate =
            record.timing.scoredWindowCount > 0
            ? " at \(grouped(record.timing.windowsPerSecond)) a second" : ""
        return """
            Found <strong>\(found)</strong> in a scene of \(grouped(summary.sceneWidth)) × \
            \(grouped(summary.sceneHeight)) pixels: \(grouped(summary.scoredWindowCount)) windows\(rate), \
            \(summary.complete ? "the whole scene" : "a part of it").
            """
    }

    func addPictures(to page: inout ReportPage) throws {
        guard let scene else { return }
        _ = try folder.checked(scan.detectionsPath)
        let pictures = try ReportPictures(
            of: scene, view: sceneView, summary: summary, detections: scan.readDetections(), truth: truth)
        page.add("The scene", try pictures.scene())
        page.add("A part of it, pixel by pixel", try pictures.closeUp())
    }

    func addTruth(to page: inout ReportPage) {
        guard let metrics else { return }
        let places =
            summary.rule.movesBoxes
            ? "" : " They stand where windows stand: up to half a stride beside an object in each direction."
        let verdicts = metrics.verdicts.joined(separator: "; ")
        let sentence: Markup = verdicts.isEmpty ? "" : "<p>\(verdicts). \(ReportPictures.ruleText)</p>\n"
        page.add(
            "Against the truth",
            """
            \(metrics.verdict)\(sentence)\(htmlTable(columns: metrics.columns, rows: metrics.rows()))
            <p class="note">Precision and recall at scores of at least \(metrics.rules.scoreThreshold); average \
            precision (AP) over all detections of at least \(metrics.lowestScore). A detection is right when it overlaps an \
            object of its class with at least the IoU behind the @; objects less visible than stated count neither \
            way. Boxes by \(summary.rule.text).\(places)</p>
            <p class="note">\(SceneMetrics.visibleText)</p>
            """)
    }

    /// A bar of what the scoring thread did, and the figures.
    var timing: Markup {
        let timing = record.timing
        let parts = [
            ("score", timing.scoreSeconds), ("wait for pixels", timing.waitSeconds),
            ("merge", timing.mergeSeconds), ("write", timing.writeSeconds),
        ]
        let wasMerged: Markup =
            record.timing.scoredWindowCount == 0
            ? """
            <p class="note">An earlier command has scored the windows. These are the times of the last one, which merged boxes \
            again.</p>

            """ : ""
        return """
            \(bar(of: parts.map { ($0.0, $0.1, $0.1.fixed(2) + " s") }))
            \(wasMerged)<p class="note">Reading took \(timing.readSeconds.fixed(2)) s on a thread of its own, beside scoring. The \
            process held at most \(record.peakMemoryByteCount >> 20) MiB.</p>
            """
    }

    func settings() throws -> [Markup] {
        [
            try settingsMarkup("Task of the scan", scan.taskPath, of: folder),
            try settingsMarkup("Summary of the scan", scan.summaryPath, of: folder),
        ]
    }
}
