import ArgumentParser
import Devices
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Rasters
import Scanning
import Training

/// Finds what a model knows in a scene.
struct Scan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find objects in a scene of any size.",
        discussion: """
            Scores a window of the model's input size at every stride. Writes into the output folder: detections.jsonl, \
            detections.geojson (pixels.geojson for a scene without a place on Earth), tagged.png, summary.json, run.json, with \
            --truth metrics.json, with --full-size tagged.tif, with --format files for a GIS or a labelling tool.
            However a scan ends, the same command goes on where it stopped: Ctrl-C and even kill -9 lose less than a second \
            of work. tilescope merge makes new boxes of a scan without scoring, and joins --part scans. See docs/scanning.md.
            Exit codes: 0 done, 1 at least one scene failed, 2 none failed and --reject has rejected at least one.
            """)

    @Argument(
        help: ArgumentHelp(
            """
            Scenes: any images that GDAL reads, by path or by address (s3://…, https://…); folders, for all images in them; patterns \
            such as 'in/*.tif'; - for a list on standard input. Each of several has a folder of its own in the output \
            folder, and a row in scenes.csv.
            """, valueName: "scene"))
    var scenes: [String] = []
    @Option(
        name: .customLong("list"),
        help: ArgumentHelp(
            "A file with a scene, a folder or a pattern on each line; may be given several times.",
            valueName: "file"))
    var lists: [String] = []
    @Option(help: ArgumentHelp("A model that tilescope has trained or imported.", valueName: "file"))
    var model: String
    @Option(help: ArgumentHelp("The folder to write into.", valueName: "folder")) var output: String
    @Option(
        help: ArgumentHelp(
            "From one window to the next. Default: what the model was trained for, else 16.",
            valueName: "pixels"))
    var stride: Int?
    @Flag var mode: ScanMode?
    @Option(
        help: ArgumentHelp(
            "Side of the blocks of a dense scan, at most; by default what suits the engine. It decides rounding, so it belongs to the scan.",
            valueName: "pixels"))
    var denseBlock: Int?
    @Option(
        help: ArgumentHelp(
            """
            Average the scores over so many views of each window: 2 are the window and its mirror image, 8 are both turned by \
            0, 90, 180 and 270 degrees. This takes 2 or 8 times as long. The scan is exact.
            """, valueName: "1|2|8"))
    var views = 1
    @Flag(
        help: """
            Scan the scenes as one: georeferenced sheets that touch or overlap, with pixels of one grid. Windows run over the \
            seams, and an object on a seam is one detection.
            """)
    var together = false
    @Option(
        help: ArgumentHelp(
            "Scan one of several parts, which may go into one folder or be joined by tilescope merge.",
            valueName: "3/7"))
    var part: ScanPart?
    @Option(
        help: ArgumentHelp(
            "Keep scores from this on. Merging again can use any threshold above it.", valueName: "0...1"))
    var floor = ScanTask.usualFloor
    @Option(
        help: ArgumentHelp(
            "Side of the blocks that are read at once; changes no result.", valueName: "pixels"))
    var block = 1448
    @Option(
        help: ArgumentHelp(
            """
            Reject a scene in which a window scores higher for a class, such as 'car>0.8'; may be given several times. Rejected \
            scenes make the exit code 2.
            """, valueName: "class>score"))
    var reject: [RejectRule] = []
    @Flag(help: "Say what would be scanned, and about how long it would take. Writes nothing.") var dryRun =
        false
    @OptionGroup var sampleOptions: SampleOptions
    @OptionGroup var voice: ScanVoice
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup(title: "What is scanned") var sceneOptions: SceneOptions
    @OptionGroup(title: "What is scanned") var fillOption: FillOption
    @OptionGroup(title: "What is made of the scores") var mergeOptions: MergeOptions
    @OptionGroup(title: "Engine") var engineOptions: EngineOptions
    @OptionGroup(title: "Cluster") var clusterOptions: ClusterOptions

    func validate() throws {
        for (name, value) in [
            ("--stride", stride ?? 1), ("--dense-block", denseBlock ?? 1), ("--block", block),
        ]
        where !(1...1 << 20).contains(value) {
            throw ValidationError("\(name) must lie in 1...1048576: \(value)")
        }
        guard mode != .exact || denseBlock == nil else {
            throw ValidationError("--dense-block is for dense scans; blocks of exact ones have --block")
        }
        let dense = mode == .dense
        guard views == 1 || WindowViews(rawValue: views) != nil else {
            throw ValidationError("--views must be 1, 2 or 8: \(views)")
        }
        guard !dense || views == 1 else {
            throw ValidationError("--views cannot be combined with --dense: \(WindowViews.onlyExact)")
        }
        guard (0...1).contains(floor) else { throw ValidationError("--floor must lie in 0...1: \(floor)") }
        guard !dense || !sceneOptions.hasSeveralScales else {
            throw ValidationError(
                "--dense cannot be combined with several --scales. Scan once for each scale"
            )
        }
        let isOnCluster = clusterOptions.spark.cluster != nil
        if isOnCluster {
            try Address.refuseSecrets(in: scenes + [clusterOptions.exchange])
            guard engineOptions.deviceOptions.arguments.isEmpty, engineOptions.workers == 0 else {
                throw ValidationError(ClusterOptions.machineOptionsObjection)
            }
        }
        if sampleOptions.fraction != nil {
            guard !sceneOptions.hasSeveralScales, !dense, part == nil, !isOnCluster, reject.isEmpty,
                mergeOptions.truth == nil
            else {
                throw ValidationError(
                    "--sample cannot be combined with several --scales, --dense, --part, "
                        + "--cluster, --reject or --truth")
            }
        }
        guard !output.isEmpty else { throw ValidationError("--output must name a folder") }
        guard !scenes.isEmpty || !lists.isEmpty else { throw ValidationError("say which scene") }
        guard scenes.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("standard input can be named only once")
        }
        guard !together || sceneOptions.crs == nil else {
            throw ValidationError(
                "--crs cannot be combined with --together: sheets must state their own coordinate system")
        }
        if together { return try validateSheets() }
        guard scenes.count + lists.count == 1 || mergeOptions.truth == nil else {
            throw ValidationError("--truth belongs to one scene: scan that scene alone")
        }
        _ = try mergeOptions.changed(MergeRule(labels: []), floor: floor)
    }

    func run() throws {
        let line = voice.line
        let job = voice.job(on: line)
        var list = SceneList(scenes, lists: lists, output: output)
        try check(list)
        let model = try ScannedModel(reading: self.model)
        if together { list = SceneList(joined: try joinSheets(list)) }
        let (mergeRule, words) = try rule(model)
        let classes = mergeRule.labels.map { model.model.classes[$0] }
        for rule in reject { try rule.check(classes: classes, floor: floor) }
        let scans = SceneScans(
            self, list, model: model, rule: mergeRule, ruleWords: words, line: line, job: job)
        if dryRun { return try scans.dryRun() }
        try scans.run()
    }

    /// Holds what was found of the command line's names to what can be done with it.
    private func check(_ list: SceneList) throws {
        guard !list.mayBeSeveral || together || mergeOptions.truth == nil else {
            throw ValidationError("--truth belongs to one scene: scan that scene alone")
        }
        if clusterOptions.spark.cluster != nil {
            try Address.refuseSecrets(in: list.entries.compactMap { $0.address?.unhidden })
        }
        if list.passedOverCount > 0 {
            voice.tell(
                "\(list.passedOverCount) \(list.passedOverCount == 1 ? "file has" : "files have") no image extension, skipped"
            )
        }
        guard !list.entries.contains(where: { $0.address != nil }), let first = list.entries.first else {
            return
        }
        for entry in list.entries.dropFirst() { ProgressLine.warn("\(entry.failure ?? entry.name)") }
        throw NoSceneError(description: first.failure ?? first.name)
    }

    /// What one machine may use.
    var limits: ScanLimits {
        ScanLimits(blockPixelLimit: block * block, mergeByteCount: mergeOptions.memory << 20)
    }

    /// How boxes are made of scores, and the words that tell it.
    private func rule(_ model: ScannedModel) throws -> (MergeRule, TerminalText) {
        var contractRule = MergeRule(
            labels: try model.model.labels(of: mergeOptions.classes), reading: model.model.reading ?? .usual)
        contractRule.threshold = max(contractRule.threshold, floor)
        guard !contractRule.labels.isEmpty else {
            throw CommandError(
                operation: "scan for objects", path: self.model,
                cause: "its only class is its background; name the classes with --labels")
        }
        let rule = try mergeOptions.changed(contractRule, floor: floor)
        let origin: TerminalText =
            model.model.reading == nil
            ? "as usual, because the model's contract says nothing of them" : "as the model's contract says"
        return (rule, "boxes \(origin)\(rule == contractRule ? "" : ", but for the options"): \(rule.text)")
    }
}

/// There is nothing to scan.
struct NoSceneError: Error, CustomStringConvertible {
    var description: String
}

/// One of several parts of a scan.
struct ScanPart: ExpressibleByArgument {
    /// From 1 on.
    var number: Int
    var count: Int

    /// `3/7`.
    init?(argument: String) {
        let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
            (1...1_000_000).contains(count), (1...count).contains(number)
        else { return nil }
        (self.number, self.count) = (number, count)
    }
}

extension ScanProgress {
    var text: TerminalText {
        guard scoredWindowCount > 0 else {
            return "scan: \(finishedWindowCount) of \(windowCount) windows are finished"
        }
        let percent = 100 * Double(finishedWindowCount) / Double(max(1, windowCount))
        return "scan \(percent.fixed(0)) %  \(finishedWindowCount) of \(counted(windowCount, "window"))  "
            + "\(whole(windowsPerSecond)) windows/s  \(duration(remainingSeconds ?? 0)) left"
    }
}
