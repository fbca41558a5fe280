import Annotations
import ArgumentParser
import Evaluation
import Files
import Foundation
import Rasters
import Scanning

/// Measures a scan against what really is in its scene.
struct EvaluateScan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate-scan",
        abstract: "Compare a scan with the true objects of its scene, and show it.",
        discussion: """
            Reads what scan has kept in its output folder, all scores from the floor on, and scores nothing again. Prints for each \
            class hits, false alarms, misses, precision, recall, average precision and the best threshold. --output makes a folder \
            with a page, curves of precision over recall, and sheets of misses, false alarms and hits. A layer of detections that \
            was corrected in a GIS is a truth, too. See docs/evaluation.md.
            """)

    @Argument(help: ArgumentHelp("The output folder of a scan.", valueName: "folder")) var folder: String
    @OptionGroup var truthOptions: TruthOptions
    @Option(
        help: ArgumentHelp(
            "Count hits, false alarms and misses from this score on. Default: the threshold of the scan.",
            valueName: "0...1"))
    var threshold: Float?
    @Option(
        help: ArgumentHelp(
            "IoUs at which average precision is measured, separated by commas. Default: 0.3,0.5,0.75.",
            valueName: "list"))
    var iouThresholds: String?
    @Option(
        help: ArgumentHelp(
            "Where the scene is now, for sheets of pictures, if it was moved.", valueName: "scene"))
    var scene: String?
    @Flag(help: "Measure what was found also where windows are missing.") var partial = false
    @Option(
        help: ArgumentHelp(
            "Write the numbers, the page and the pictures into this folder.", valueName: "folder"))
    var output: String?
    @Option(help: ArgumentHelp("Memory for merging.", valueName: "MB")) var memory = 256
    @Flag(help: "Print the numbers as one line of JSON.") var json = false
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        guard truthOptions.truth != nil else {
            throw ValidationError("--truth must name a file or folder with the objects of the scene")
        }
        guard !folder.isEmpty else { throw ValidationError("name the folder of a scan") }
        guard output != "" else { throw ValidationError("--output must name a folder") }
        guard (0...1).contains(threshold ?? 0) else {
            throw ValidationError("--threshold must lie in 0...1: \(threshold ?? 0)")
        }
        guard (1...1 << 20).contains(memory) else {
            throw ValidationError("--memory must lie in 1...1048576: \(memory)")
        }
        guard ious != nil else {
            throw ValidationError(
                "--iou-thresholds must be one to seven numbers in 0...1, each once: \(iouThresholds ?? "")")
        }
        if let output, Self.place(of: output) == Self.place(of: folder) {
            throw ValidationError("--output must differ from the scan's folder: \(output)")
        }
    }

    private static func place(of folder: String) -> String {
        let address = Address(folder)
        return address.localPath.map {
            URL(filePath: $0).resolvingSymlinksInPath().standardized.path(percentEncoded: false)
        } ?? address.withoutLastSlash.unhidden
    }

    /// Ascending; `nil` where they are none. As many as curves that can be told apart.
    private var ious: [Float]? {
        guard let iouThresholds else { return ScanMeasurement.usualIoUs }
        let numbers = iouThresholds.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
        let found = numbers.compactMap(\.self).filter { $0 > 0 && $0 <= 1 }
        guard found.count == numbers.count, Set(found).count == found.count, (1...7).contains(found.count)
        else { return nil }
        return found.sorted()
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        guard let source = truthOptions.source, let ious else { preconditionFailure("validate comes first") }
        let found = try FolderMirror(folder, isOnlyRead: true)
        try found.fetch(ScanFolder.isOwn)
        let state = try ScanFolder(path: found.path).openToRead()
        if !partial, let words = state.task.missingWords(state.finished) {
            throw CommandError(
                operation: "measure the scan", path: folder,
                cause: "\(words); finish the scan, or give --partial to measure the results so far")
        }
        let rule = try rule(of: state)
        let place = try output.map { try FolderMirror($0) }
        if let output {
            try overwriting.outputs(reading: [source.path, scene])
                .checkFolder(output, names: EvaluationFolder.scanNames)
        }
        let lock = try place?.lock(warn: { ProgressLine.warn("\($0)") })
        defer { withExtendedLifetime(lock) {} }
        try place?.fetch(EvaluationFolder.scanNames.contains)
        let results = try place.map {
            try EvaluationFolder(
                path: $0.path, names: EvaluationFolder.scanNames, replaces: overwriting.isGiven)
        }
        let truth = try SceneTruth(
            reading: source, of: AnnotatedScene(of: state.task, state.context), labels: rule.labels,
            classes: state.context.classes, background: state.context.background,
            area: state.task.selection?.area, cancellation: cancellation)
        truth.tellNotes()
        // What is wrong with its name is said before anything is measured.
        var pictures = Pictures()
        if output != nil || scene != nil {
            let opened = try state.openScene(at: scene) { pictures.omit($0) }
            pictures.scene = opened
        }
        let measurement = try measurement(of: state, truth: truth, rule: rule, ious: ious, cancellation)
        if json { say(try JSONText(measurement.metrics)) } else { say(measurement.metrics.text) }
        guard let results, let place, let output else { return }
        do {
            let report = try report(measurement, of: state, rule: rule, pictures, cancellation)
            try results.write(report, command: Tilescope.typedCommand, cancellation: cancellation)
        } catch is Cancelled {
            throw Cancelled(kept: "the numbers were printed; \(output) is unchanged")
        }
        try place.publish(
            EvaluationFolder.scanNames, summary: EvaluationFolder.scanNames[0],
            removing: EvaluationFolder.scanNames.contains)
        if !json { say("written to \(output)") }
    }

    /// The rule of the scan or of the last merge, but for the threshold.
    private func rule(of state: ScanState) throws -> MergeRule {
        var rule = state.context.rule
        rule.threshold = threshold ?? rule.threshold
        guard rule.threshold >= state.task.floor else {
            throw ValidationError(
                "--threshold \(rule.threshold) is below the scan's floor of \(state.task.floor): lower scores were not kept"
            )
        }
        return rule
    }

    private func measurement(
        of state: ScanState, truth: SceneTruth, rule: MergeRule, ious: [Float], _ cancellation: Cancellation
    ) throws -> ScanMeasurement {
        let detections = try state.merged(
            by: rule, limits: ScanLimits(mergeByteCount: memory << 20), cancellation: cancellation)
        return try ScanMeasurement(
            of: Array(detections), truth: truth, task: state.task, context: state.context, rule: rule,
            ious: ious, scoredFraction: state.scoredFraction(), cancellation: cancellation)
    }

    /// The scene that pictures are cut from.
    private struct Pictures {
        var scene: Scene?
        /// Why there are none.
        private(set) var omission: String?

        mutating func omit(_ reason: String) {
            omission =
                "There are no images of hits, misses and false alarms: \(reason); name the scene with --scene"
            ProgressLine.warn("\(omission ?? "")")
        }
    }

    private func report(
        _ measurement: ScanMeasurement, of state: ScanState, rule: MergeRule, _ pictures: Pictures,
        _ cancellation: Cancellation
    ) throws -> ScanEvaluationReport {
        var pictures = pictures
        var sheets: [ScanSheets.Sheet] = []
        if let scene = pictures.scene {
            do {
                sheets = try ScanSheets(
                    evaluation: measurement.evaluation, classes: state.context.classes, labels: rule.labels,
                    scene: scene, cancellation: cancellation
                ).sheets()
            } catch let error as RasterError {
                try cancellation.check()
                pictures.omit("\(error)")
            }
        }
        return ScanEvaluationReport(
            measurement: measurement, rule: rule, sheets: sheets, omission: pictures.omission)
    }
}
