import Annotations
import ArgumentParser
import Evaluation
import Files
import Foundation
import Networks
import Rasters
import Scanning
import Training

/// Shows a training and a scan with its model on one page.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a training and a scan on one self-contained HTML page.",
        discussion: """
            Only files of the two folders are read, as they may come from somebody else. Pictures of the scene and tiles \
            of the pack are shown where --scene and --pack name them. With --truth, the pictures tell hits from false alarms, \
            and show misses.
            """)

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder that train has written.", valueName: "folder"))
    var runFolder: String
    @Option(
        name: .customLong("scan"),
        help: ArgumentHelp("The folder that scan has written.", valueName: "folder"))
    var scanFolder: String
    @Option(
        help: ArgumentHelp(
            "The scene that was scanned, to show pictures of it: a TIFF, PNG, JPEG, WebP, GIF, BMP or JPEG 2000.",
            valueName: "scene"))
    var scene: String?
    @OptionGroup var truthOptions: TruthOptions
    @Option(
        help: ArgumentHelp("The pack that was learnt from, to show tiles of it.", valueName: "data.tiles"))
    var pack: String?
    @Option(help: ArgumentHelp("Command lines to show as the way to do it again.", valueName: "file"))
    var commands: String?
    @Option(help: ArgumentHelp("The page.", valueName: "file")) var output = "report.html"
    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        let sources = try ReportSources(
            runFolder: runFolder, scanFolder: scanFolder, scenePath: scene, truth: truthOptions.source,
            packPath: pack,
            commandsPath: commands)
        for omission in sources.omissions { ProgressLine.tell("\(omission)") }
        var outputs = overwriting.outputs(reading: sources.paths)
        let file = try outputs.file(output)
        try writeFile(sources.page().html, to: file)
        say("written to \(output)")
    }
}

/// What a report is made of, read from the folders of a training and a scan. What those name elsewhere is not opened.
struct ReportSources {
    let runFolder: SealedFolder
    let scan: ScanFolder
    let scanFolder: SealedFolder
    /// As given; `nil` where its pictures are left out.
    let scene: Address?
    /// How the scene was seen, at full size.
    let sceneView: SceneView?
    /// `nil` where the pictures are drawn without it.
    let truth: SceneTruth?
    /// As given; `nil` where its tiles are left out.
    let packPath: String?
    let trainingPlan: TrainingPlan
    let summary: ScanSummary
    let record: ScanRecord
    /// `nil` for a scan without truth.
    let metrics: SceneMetrics?
    /// `nil` when none were given.
    let commands: String?
    private let commandsPath: String?
    /// As given.
    private let folders: (run: String, scan: String)

    init(
        runFolder: String, scanFolder: String, scenePath: String?, truth: TruthSource?, packPath: String?,
        commandsPath: String?
    ) throws {
        let run = try FolderMirror(runFolder, isOnlyRead: true)
        try run.fetch { $0 == "plan.json" || $0 == "metrics.jsonl" }
        let found = try FolderMirror(scanFolder, isOnlyRead: true)
        try found.fetch(ScanFolder.isOwn)
        self.runFolder = SealedFolder(path: run.path)
        let (scan, sealed) = (ScanFolder(path: found.path), SealedFolder(path: found.path))
        (self.scan, self.scanFolder) = (scan, sealed)
        self.packPath = packPath
        self.commandsPath = commandsPath
        trainingPlan = try Self.readJSON(run.path + "/plan.json", of: self.runFolder)
        summary = try Self.readJSON(scan.summaryPath, of: self.scanFolder)
        record = try Self.readJSON(scan.recordPath, of: self.scanFolder)
        let task: ScanTask? = try scenePath.map { _ in try Self.readJSON(scan.taskPath, of: sealed) }
        folders = (runFolder, scanFolder)
        try task?.check(classCount: Candidate.labelLimit)
        scene = try task.map { try Self.scanned(Address(scenePath ?? ""), by: $0) }
        sceneView = task?.view?.atFullSize
        let wasMeasured = FileManager.default.fileExists(atPath: scan.metricsPath)
        metrics = wasMeasured ? try Self.readJSON(scan.metricsPath, of: self.scanFolder) : nil
        let classes = summary.counts.map { (name: $0.className, label: $0.label) }
        var annotated = AnnotatedScene(
            name: record.scene.lastComponent, width: summary.sceneWidth, height: summary.sceneHeight,
            georeference: nil)
        // What the folder says of places on Earth may come from somebody else; the scene itself is the user's.
        if let scene {
            annotated.georeference = try Raster(openingPicture: scene, view: sceneView).georeference
        }
        self.truth = try truth.map { [annotated] source in
            try SceneTruth(reading: source, of: annotated, classes: classes, cancellation: Cancellation())
        }
        self.truth?.tellNotes()
        commands = try commandsPath.map {
            String(decoding: try readFile($0, limit: SealedFolder.settingsByteLimit), as: UTF8.self)
        }
    }

    /// What no page may replace: all that it is made of, and what the training and the scan have made besides.
    var paths: [String] {
        let ofRun = ["plan.json", "metrics.jsonl", "model.safetensors"].map { folders.run + "/" + $0 }
        let ofScan = ScanFolder.fileNames.map { folders.scan + "/" + $0 }
        let others = [packPath, scene?.unhidden, truth?.path, commandsPath]
        return ofRun + ofScan + others.compactMap(\.self)
    }

    /// What the page goes without, and the options that name it.
    var omissions: [String] {
        (scene == nil ? ["the page shows no pictures of the scene; name it with --scene"] : [])
            + (scene != nil && metrics != nil && truth == nil
                ? ["the pictures do not tell hits from false alarms; name the truth with --truth"] : [])
            + (packPath == nil ? ["the page shows no tiles of the pack; name it with --pack"] : [])
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

    private static func readJSON<Value: Decodable>(_ path: String, of folder: SealedFolder) throws -> Value {
        let data = try Data(folder.read(path))
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            throw CommandError(
                operation: "read", path: path,
                cause: "it is not as this version of tilescope writes it (\(words(onDecoding: error))); "
                    + "write it again with the command that made it")
        }
    }

    func page() throws -> ReportPage {
        var page = ReportPage(title: "What is in \(record.scene.lastComponent)")
        page.lead = lead
        if let scene {
            _ = try scanFolder.checked(scan.detectionsPath)
            let pictures = try ReportPictures(
                of: scene, view: sceneView, summary: summary, detections: scan.readDetections(), truth: truth)
            page.add("The scene", try pictures.scene())
            page.add("A part of it, pixel by pixel", try pictures.closeUp())
        }
        if !omissions.isEmpty {
            let lines = omissions.map { "<p class=\"note\">\($0)</p>" as Markup }
            page.add("What is left out", lines.joined(separator: "\n"))
        }
        if let metrics { page.add("Against the truth", Self.table(of: metrics, rule: summary.rule)) }
        page.add("How the network learnt", try training())
        page.add("Where the time went", timing)
        if let commands { page.add("To do it again", "<pre>\(withoutSecrets(commands))</pre>") }
        page.add("Settings", try settings())
        return page
    }

    private var lead: Markup {
        let found = summary.counts.map { "\(grouped($0.detectionCount)) × \($0.className)" }
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

    private func training() throws -> Markup {
        let curves = try curvesFigure(reading: runFolder.checked(runFolder.path + "/metrics.jsonl")).svg()
        let plan = trainingPlan
        return """
            <p>\(plan.architecture.name), \(plan.epochCount) \(plan.epochCount == 1 ? "epoch" : "epochs"), batches of \(plan.batchSize).</p>
            <figure class="paper">\(curves)</figure>
            \(try packPath.map(ReportPictures.sampleTiles) ?? "")
            """
    }

    private func settings() throws -> Markup {
        let files = [
            (runFolder, runFolder.path + "/plan.json", "Plan of the training"),
            (scanFolder, scan.taskPath, "Task of the scan"),
            (scanFolder, scan.summaryPath, "Summary of the scan"),
        ]
        return try files.map { folder, path, name -> Markup in
            let json = String(decoding: try folder.read(path), as: UTF8.self)
            return "<details><summary>\(name)</summary><pre>\(withoutSecrets(json))</pre></details>"
        }.joined(separator: "\n")
    }

    private static func table(of metrics: SceneMetrics, rule: MergeRule) -> Markup {
        let table = htmlTable(columns: metrics.columns, rows: metrics.rows)
        let places =
            rule.movesBoxes
            ? "" : " They stand where windows stand: up to half a stride beside an object in each direction."
        let verdicts = metrics.verdicts.joined(separator: "; ")
        let sentence: Markup = verdicts.isEmpty ? "" : "<p>\(verdicts). \(ReportPictures.ruleText)</p>\n"
        return """
            \(sentence)\(table)<p class="note">Precision and recall at scores of at least \(metrics.rules.scoreThreshold); average \
            precision (AP) over all detections of at least \(metrics.lowestScore). A detection is right when it overlaps an \
            object of its class with at least the IoU behind the @; objects less visible than stated count neither \
            way. Boxes by \(rule.text).\(places)</p>
            """
    }

    /// A bar of what the scoring thread did, and the figures.
    private var timing: Markup {
        let timing = record.timing
        let parts = [
            ("score", timing.scoreSeconds), ("wait for pixels", timing.waitSeconds),
            ("merge", timing.mergeSeconds), ("write", timing.writeSeconds),
        ]
        return """
            \(bar(of: parts.map { ($0.0, $0.1, $0.1.fixed(2) + " s") }))
            <p class="note">Reading took \(timing.readSeconds.fixed(2)) s on a thread of its own, beside scoring. The \
            process held at most \(record.peakMemoryByteCount >> 20) MiB.</p>
            """
    }
}
