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
            detections.geojson, tagged.png, summary.json, run.json, with --truth metrics.json, with --full-size tagged.tif.
            However a scan ends, the same command goes on where it stopped: Ctrl-C and even kill -9 lose less than a second \
            of work. tilescope merge makes new boxes of a scan without scoring, and joins --part scans. See docs/scanning.md.
            """)

    @Argument(
        help: ArgumentHelp(
            """
            The scene: any image that GDAL reads, by path or by address (s3://…, https://…). Each of several has a folder of its \
            own in the output folder, with its name.
            """, valueName: "scene"))
    var scenes: [String]
    @Option(help: ArgumentHelp("A model that tilescope has trained or imported.", valueName: "file"))
    var model: String
    @Option(help: ArgumentHelp("The folder to write into.", valueName: "folder")) var output: String
    @Option(
        help: ArgumentHelp(
            "From one window to the next. Default: what the model was trained for, else 16.",
            valueName: "pixels"))
    var stride: Int?
    @Flag(
        help: """
            Run the network once over whole blocks of the scene instead of over each window: many times faster where windows \
            overlap. Scores differ from the exact ones, because a window then sees the pixels around it. The stride must be a \
            multiple of the network's total one: 4 for most CIFAR networks, 32 for ImageNet's.
            """)
    var dense = false
    @Option(
        help: ArgumentHelp(
            "Side of the blocks of a dense scan, at most; 2048 by default. It decides rounding, so it belongs to the scan.",
            valueName: "pixels"))
    var denseBlock: Int?
    @Option(
        help: ArgumentHelp(
            """
            Average the scores over so many views of each window: 2 are the window and its mirror image, 8 are both turned by \
            0, 90, 180 and 270 degrees. This takes 2 or 8 times as long. Not with --dense.
            """, valueName: "1|2|8"))
    var views = 1
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
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup(title: "What is scanned") var sceneOptions: SceneOptions
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
        guard dense || denseBlock == nil else {
            throw ValidationError("--dense-block is for --dense scans; blocks of others have --block")
        }
        guard views == 1 || WindowViews(rawValue: views) != nil else {
            throw ValidationError("--views must be 1, 2 or 8: \(views)")
        }
        guard !dense || views == 1 else {
            throw ValidationError("--views cannot stand beside --dense: \(WindowViews.onlyExact)")
        }
        guard (0...1).contains(floor) else { throw ValidationError("--floor must lie in 0...1: \(floor)") }
        if clusterOptions.spark.cluster != nil {
            try Address.refuseSecrets(in: scenes + [clusterOptions.exchange])
            guard engineOptions.deviceOptions.arguments.isEmpty, engineOptions.workers == 0 else {
                throw ValidationError(ClusterOptions.machineOptionsObjection)
            }
        }
        guard !output.isEmpty else { throw ValidationError("--output must name a folder") }
        guard !scenes.isEmpty else { throw ValidationError("say which scene") }
        guard scenes.count == 1 || mergeOptions.truth == nil else {
            throw ValidationError("--truth is that of one scene: scan it alone")
        }
        let names = Dictionary(grouping: scenes, by: { Address($0).name })
        if let (name, same) = names.first(where: { $0.value.count > 1 }) {
            throw ValidationError(
                "\(same.joined(separator: " and ")) would both go into \(name): scan them into different folders"
            )
        }
        _ = try mergeOptions.changed(MergeRule(labels: []), floor: floor)
    }

    func run() throws {
        let line = ProgressLine()
        let job = Job(on: line) { (progress: ScanProgress) in progress.text }
        let model = try ScannedModel(reading: self.model)
        let (rule, words) = try rule(model)
        var isToldOfRule = false
        func begin(_ scene: String) throws -> BegunScan {
            let place =
                scenes.count == 1 ? output : Address(output).appending(Address(scene).name).description
            let scan = try BegunScan(self, of: scene, into: place, model: model, rule: rule, job: job)
            if !isToldOfRule { ProgressLine.tell(words) }
            isToldOfRule = true
            return scan
        }
        guard let settings = clusterOptions.settings else {
            let failureCount = try forEach(scenes) { scene in
                let scan = try begin(scene)
                try scan.explainingErrors {
                    try scan.score(on: line, job: job)
                    try scan.finish(on: line, job: job)
                }
            }
            return try checkFailures(failureCount)
        }
        var scans: [BegunScan] = []
        var failureCount = try forEach(scenes) { scans.append(try begin($0)) }
        let unfinished = scans.filter { !$0.missing.isEmpty }
        var clusterError: (any Error)?
        if !unfinished.isEmpty {
            let place = try FolderMirror(output).path
            let cluster = ClusterScan(
                model: model, settings: settings, slotCount: clusterOptions.slotCount, limits: limits)
            do {
                try cluster.score(unfinished, folder: place, cancellation: job.cancellation)
            } catch let error as Cancelled where scenes.count > 1 {
                throw error
            } catch {
                clusterError = error
            }
        }
        failureCount += try forEach(scans) { scan in
            if let clusterError, !scan.missing.isEmpty { throw scan.explained(clusterError) }
            try scan.explainingErrors { try scan.finish(on: line, job: job) }
        }
        try checkFailures(failureCount)
    }

    /// Does a thing for each scene. One of several that fails is told of, and keeps no other one back.
    ///
    /// - Returns: how many have failed.
    private func forEach<Each>(_ list: [Each], _ body: (Each) throws -> Void) throws -> Int {
        var failureCount = 0
        for each in list {
            do {
                try body(each)
            } catch let error where scenes.count > 1 && !(error is Cancelled) {
                failureCount += 1
                ProgressLine.warn("\(error)")
            }
        }
        return failureCount
    }

    private func checkFailures(_ count: Int) throws {
        guard count == 0 else {
            throw CommandError(
                operation: "scan all \(scenes.count) scenes", path: output,
                cause: "\(count) failed, for the reasons above")
        }
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
                cause: "its only class is its background; --labels names what to look for")
        }
        let rule = try mergeOptions.changed(contractRule, floor: floor)
        let origin: TerminalText =
            model.model.reading == nil
            ? "as usual, because the model's contract says nothing of them" : "as the model's contract says"
        return (rule, "boxes \(origin)\(rule == contractRule ? "" : ", but for the options"): \(rule.text)")
    }
}

extension Address {
    /// What a scene is called: the last part of its address, without its ending.
    fileprivate var name: String {
        let last = lastComponent
        return last.lastIndex(of: ".").map { $0 == last.startIndex ? last : String(last[..<$0]) } ?? last
    }
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
        return "scan \(percent.fixed(0)) %  \(finishedWindowCount) of \(windowCount) windows  "
            + "\(whole(windowsPerSecond)) windows/s  \(duration(remainingSeconds ?? 0)) left"
    }
}
