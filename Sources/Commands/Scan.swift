import ArgumentParser
import Engines
import Files
import Foundation
import ModelFiles
import Scanning

/// Finds what a model knows in a scene.
struct Scan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find objects in a scene of any size.",
        discussion: """
            Writes into the output folder: detections.jsonl, detections.geojson, tagged.png, summary.json, plan.json, \
            with --truth metrics.json, with --full-size tagged.tif. Ctrl-C ends the scan at once and keeps what \
            the finished blocks hold.
            """)

    @Argument(help: "The scene: any image file that GDAL reads.") var scene: String
    @Option(help: ArgumentHelp("A model that tilescope has trained.", valueName: "file")) var model: String
    @Option(help: ArgumentHelp("The folder to write into.", valueName: "folder")) var output: String
    @Option(help: ArgumentHelp("Side of a window: the model's input size.", valueName: "pixels"))
    var window = 32
    @Option(help: ArgumentHelp("From one window to the next.", valueName: "pixels")) var stride = 16
    @Flag(
        help: """
            Run the network once over whole blocks of the scene instead of over each window: many times faster where windows \
            overlap, with scores that differ a little, as a window sees its surroundings. The stride must be a multiple of the \
            network's total one: 4 for most CIFAR networks, 32 for ImageNet's.
            """)
    var dense = false
    @Option(help: ArgumentHelp("Write detections of at least this score.", valueName: "0...1"))
    var threshold: Float = 0.9
    @Option(
        help: ArgumentHelp(
            "Of two detections of a class that overlap more than this IoU, keep the better.",
            valueName: "0...1"))
    var iouThreshold: Float = 0.1
    @Option(
        help: ArgumentHelp("Classes to look for, separated by commas; all without this.", valueName: "names"))
    var labels: String?
    @Option(
        help: ArgumentHelp(
            "What really is in the scene, as mosaic writes it: measure against it.", valueName: "file"))
    var truth: String?
    @Flag(help: "Also write the scene at full size with boxes, as tagged.tif.") var fullSize = false
    @Flag(help: "Replace a scan that is in the output folder.") var overwrite = false
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        guard window > 0 else { throw ValidationError("--window must be positive: \(window)") }
        guard stride > 0 else { throw ValidationError("--stride must be positive: \(stride)") }
        for (name, value) in [("--threshold", threshold), ("--iou-threshold", iouThreshold)]
        where !(0...1).contains(value) {
            throw ValidationError("\(name) must lie in 0...1: \(value)")
        }
        guard !output.isEmpty else { throw ValidationError("--output must name a folder") }
        guard !classes.contains("") else {
            throw ValidationError("--labels has an empty name: \(labels ?? "")")
        }
        guard Set(classes).count == classes.count else {
            throw ValidationError("--labels names a class twice: \(labels ?? "")")
        }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        let model = try Model(reading: model)
        let engine = try engineOptions.engine(scoring: model)
        let plan = plan(engine: engine)
        let truth = try truth.map { try SceneTruth(reading: $0, plan: plan, model: model) }
        let folder = ScanFolder(path: output)
        let isFolderNew = !FileManager.default.fileExists(atPath: output)
        // First, so that a scan of hours does not end without a place for its results.
        try folder.create(overwrites: overwrite)
        let line = ProgressLine()
        let result: ScanResult
        do {
            result = try scan(
                plan, model: model, engine: engine, progress: { line.show($0.text) },
                shouldStop: { cancellation.isRequested })
        } catch {
            // Nothing was found. A folder that is not empty stays.
            if isFolderNew { rmdir(output) }
            throw error
        }
        line.finish(result.timing.text(windowCount: result.windowCount))
        try folder.write(result, fullSize: fullSize)
        report(result)
        guard result.isComplete else {
            let reason = result.failure.map { ": \($0)" } ?? ""
            line.finish(
                "stopped after \(result.finishedBlockCount) of \(result.blockCount) blocks\(reason)")
            throw ExitCode.failure
        }
        if let truth {
            let metrics = truth.metrics(of: result)
            try writeJSON(metrics, to: folder.metricsPath)
            print("\n" + metrics.table)
        }
    }

    private var classes: [String] {
        labels.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }

    private func plan(engine: any Engine) -> ScanPlan {
        var plan = ScanPlan(scenePath: scene, modelPath: model)
        (plan.windowSize, plan.stride) = (window, stride)
        (plan.scoreThreshold, plan.iouThreshold) = (threshold, iouThreshold)
        // A precision-recall curve needs the weak detections too.
        if truth != nil { plan.lowestScore = min(threshold, 0.05) }
        (plan.classes, plan.isDense) = (classes, dense)
        plan.versions = ["engine": engine.description, "tilescope": Tilescope.configuration.version]
        return plan
    }

    private func report(_ result: ScanResult) {
        for (label, count) in zip(result.labels, result.counts) {
            print("\(result.classes[label]): \(count)")
        }
        print("written to \(output)")
    }
}

extension ScanProgress {
    fileprivate var text: String {
        let percent = 100 * Double(finishedWindowCount) / Double(max(1, windowCount))
        return "scan \(percent.fixed(0)) %  \(finishedWindowCount) of \(windowCount) windows  "
            + "\(Int(windowsPerSecond)) windows/s  \(duration(remainingSeconds ?? 0)) left"
    }
}

extension ScanTiming {
    /// One line for people.
    fileprivate func text(windowCount: Int) -> String {
        "\(windowCount) windows in \(totalSeconds.fixed(1)) s, \(Int(windowsPerSecond)) windows/s: "
            + "score \(scoreSeconds.fixed(1)) s, wait for pixels \(waitSeconds.fixed(1)) s, "
            + "merge \(mergeSeconds.fixed(1)) s (read \(readSeconds.fixed(1)) s meanwhile)"
    }
}
