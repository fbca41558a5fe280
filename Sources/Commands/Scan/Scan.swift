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

    @Argument(help: "The scene: any image that GDAL reads, by path or by address (s3://…, https://…).")
    var scene: String
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
        if clusterOptions.cluster != nil {
            try TrainingPlan.refuseSecrets(in: [scene, clusterOptions.exchange])
        }
        guard !output.isEmpty else { throw ValidationError("--output must name a folder") }
        _ = try mergeOptions.changed(MergeRule(labels: []), floor: floor)
    }

    func run() throws {
        let line = ProgressLine()
        let job = Job(on: line) { (progress: ScanProgress) in progress.text }
        let scene = try Scene(opening: Address(scene))
        let inputs = scene.files + [self.model, mergeOptions.truth].compactMap { $0.map { Address($0) } }
        try OutputFiles(inputs: inputs, replaces: overwriting.isGiven)
            .checkFolder(output, names: ScanFolder.fileNames)
        let model = try ScannedModel(reading: self.model)
        var contractRule = MergeRule(
            labels: try model.model.labels(of: mergeOptions.classes), reading: model.model.reading ?? .usual)
        contractRule.threshold = max(contractRule.threshold, floor)
        guard !contractRule.labels.isEmpty else {
            throw CommandError(
                operation: "scan for objects", path: self.model,
                cause: "its only class is its background; --labels names what to look for")
        }
        let rule = try mergeOptions.changed(contractRule, floor: floor)
        let sinks = try mergeOptions.sinks(labels: rule.labels, classes: model.model.classes)
        let place = try FolderMirror(output)
        let lock = try place.lock(warn: job.warn)
        defer { withExtendedLifetime(lock) {} }
        try place.fetch(ScanFolder.fileNames.contains)
        let folder = ScanFolder(path: place.path)
        let engine = try engine(for: model.model, continuing: folder.tasks)
        let task = try task(scene, model, engine)
        let origin: TerminalText =
            model.model.reading == nil
            ? "as usual, because the model's contract says nothing of them" : "as the model's contract says"
        ProgressLine.tell(
            "boxes \(origin)\(rule == contractRule ? "" : ", but for the options"): \(rule.text)")
        let range = part.map { task.grid.range.part($0.number, of: $0.count) } ?? task.grid.range
        var context = ScanContext(
            scene: scene, modelAddress: model.address, model: model.model, rule: rule,
            version: Tilescope.configuration.version)
        context.hasFullSize = mergeOptions.fullSize
        var state = try folder.begin(task, context, overwrites: overwriting.isGiven)
        if state.lostByteCount > 0 {
            job.warn(
                "\(state.lostByteCount) bytes of the candidates in \(output) were cut off or damaged; their windows are scored again"
            )
        }
        let limits = ScanLimits(blockPixelLimit: block * block, mergeByteCount: mergeOptions.memory << 20)
        if try isDone(state, rule: rule, sinks: sinks) {
            try place.publishScan()
            return say("\(output) holds this scan already: \(task.grid.windowCount) windows, nothing to do")
        }
        var record = ScanRecord(
            engine: engine.description, limits: limits, version: Tilescope.configuration.version,
            context: context)
        do {
            if let settings = clusterOptions.settings, !state.finished.missing(in: range).isEmpty {
                try ClusterScan(
                    task: task, scene: scene, model: model, engine: engine, settings: settings,
                    slotCount: clusterOptions.slots ?? 16, limits: limits
                ).score(range, into: state, folder: place.path, cancellation: job.cancellation)
            } else if !state.finished.missing(in: range).isEmpty {
                let scan = try SceneScan(
                    task, scene: scene, model: model.model, engine: engine, limits: limits)
                record.timing = try scan.score(range, except: state.finished, into: &state, job: job)
                line.finish(record.timing.text)
            }
            guard state.isComplete else {
                try place.publishScan()
                return sayPartIsComplete(state)
            }
            line.show("merging, and writing the outputs")
            try state.finish(limits: limits, cancellation: job.cancellation)
            let summary = try state.write(
                sinks, by: rule, scene: scene, record: record, limits: limits, job: job)
            try place.publishScan()
            report(summary, sinks)
        } catch {
            throw explained(error, state)
        }
    }

    /// On the CPU with the algorithms that the scan has been computed with, so that it can be gone on with.
    private func engine(for model: Model, continuing tasks: [ScanTask]) throws -> any Engine {
        let engine = try engineOptions.engine(scoring: model)
        let begun = tasks.map(\.numerics).first { numerics in
            var numerics = numerics
            numerics.convolutions = [:]
            return numerics == engine.numerics
        }
        guard let begun else { return engine }
        return try engineOptions.machine.engine(
            matching: begun, scoring: Network(model.architecture), weights: model.weights)
    }

    private func task(_ scene: Scene, _ model: ScannedModel, _ engine: any Engine) throws -> ScanTask {
        let denseSide = denseBlock ?? 2048
        let task = try ScanTask(
            scene: scene, model: model.model, digest: model.digest,
            stride: stride ?? model.model.reading?.stride ?? ScanTask.usualStride,
            classes: mergeOptions.classes, floor: floor,
            dense: dense ? DenseChoice(blockPixelLimit: denseSide * denseSide) : nil,
            views: WindowViews(rawValue: views),
            numerics: engine.numerics(
                scoring: Network(model.model.architecture), weights: model.model.weights))
        guard !dense || engine.abilities.contains(.denseScoring) else {
            throw CommandError(
                operation: "scan densely on \(engine.description)", path: self.scene,
                cause:
                    "it scores window by window only; leave out --dense, or name an accelerator by --device")
        }
        return task
    }

    /// Whether all that is asked for stands in the folder.
    private func isDone(_ state: ScanState, rule: MergeRule, sinks: [any ScanSink]) throws -> Bool {
        guard state.isComplete, state.isInPlace, mergeOptions.truth == nil else { return false }
        return try state.folder.hasOutputs(sinks.map(\.fileName), of: state.task, by: rule)
    }

    private func sayPartIsComplete(_ state: ScanState) {
        let count = state.finished.windowCount
        let next =
            state.isInPlace
            ? "tilescope merge joins the parts"
            : "the older scan stays until all parts are scanned into this folder"
        say(
            "this part is complete: \(output) holds \(count) of \(state.task.grid.windowCount) windows; \(next)"
        )
    }

    private func report(_ summary: ScanSummary, _ sinks: [any ScanSink]) {
        for count in summary.counts { say("\(count.className): \(count.detectionCount)") }
        say("written to \(output)")
        for case let sink as MetricsSink in sinks { say("\n\(sink.table)") }
    }

    /// Says what was kept when a scan ends before it is complete.
    private func explained(_ error: any Error, _ state: ScanState) -> any Error {
        let (count, total) = (state.finished.windowCount, state.task.grid.windowCount)
        // Somebody may have removed it meanwhile.
        guard access(state.folder.path, F_OK) == 0 else { return error }
        guard count > 0 else {
            do {
                try state.discardIfEmpty()
            } catch let leftover {
                // What ended the scan is what counts.
                ProgressLine.warn("\(leftover)")
            }
            return error
        }
        let isOfThisScene = (error as? RasterError)?.code != .sceneChanged
        let place = state.folder.path == output ? output : "this machine's copy of \(output)"
        var kept =
            "\(place) keeps \(count) of \(total) windows"
            + (isOfThisScene ? "; the same command goes on" : " of the scene as it was")
        // Until a scan is complete that replaces another one, the other one is what can be merged.
        if state.isInPlace {
            kept += ", and tilescope merge \(shellWord(output)) --partial writes what was found"
        }
        if error is Cancelled { return Cancelled(kept: kept) }
        return KeptError(error: error, kept: kept)
    }
}

extension FolderMirror {
    /// Puts what a scan has made into its store.
    func publishScan() throws(FileError) {
        try publish(
            ScanFolder.fileNames, summary: ScanFolder.summaryName, removing: ScanFolder.fileNames.contains)
    }
}

/// What ended a scan, and what it has kept.
private struct KeptError: Error, CustomStringConvertible {
    var error: any Error
    var kept: String

    var description: String { "\(error); \(kept)" }
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

extension ScanTiming {
    /// One line for people.
    fileprivate var text: TerminalText {
        "\(scoredWindowCount) windows in \(scanSeconds.fixed(1)) s, \(whole(windowsPerSecond)) windows/s: "
            + "score \(scoreSeconds.fixed(1)) s, wait for pixels \(waitSeconds.fixed(1)) s "
            + "(read \(readSeconds.fixed(1)) s meanwhile)"
    }
}
