import Annotations
import ArgumentParser
import Devices
import Engines
import Files
import Foundation
import Logging
import ModelFiles
import Networks
import Rasters
import Scanning

/// One scene of a scan command: begun, or found as it was left; then scored here or elsewhere; then finished.
final class BegunScan {
    let scene: Scene
    let task: ScanTask
    let engine: any Engine
    /// The windows that this command is to score.
    let range: WindowRange
    var state: ScanState

    /// Why it is exact or dense, where no option says it.
    let modeText: TerminalText?

    /// As it was named.
    let output: String
    private let classes: [String]
    /// Whether it is one of several, which have one line each.
    private let isOneOfSeveral: Bool
    private let voice: ScanVoice
    private let place: FolderMirror
    private let lock: StoreLock?
    private let rule: MergeRule
    private let sinks: [any ScanSink]
    /// Where boxes lie.
    let places: AnnotatedScene
    private let model: Model
    private let limits: ScanLimits
    private let hasTruth: Bool
    private var record: ScanRecord

    /// - Parameter output: the scene's own folder.
    init(
        _ command: Scan, of address: Address, into output: String, isOneOfSeveral: Bool, model: ScannedModel,
        rule: MergeRule, job: Job<ScanProgress>
    ) throws {
        let options = command.mergeOptions
        (self.output, self.isOneOfSeveral) = (output, isOneOfSeveral)
        voice = command.voice
        classes = model.model.classes
        self.rule = rule
        self.model = model.model
        limits = command.limits
        hasTruth = options.truth != nil
        let chosen = try command.sceneOptions.open(
            address, for: model.model, classes: rule.labels.map { model.model.classes[$0] },
            stride: command.stride(for: model.model), fill: command.fillOption, job: job)
        scene = chosen.scene
        if let words = chosen.text { voice.tell("\(scene.address): \(words)") }
        let inputs =
            scene.files
            + [command.model, options.truth, command.sceneOptions.area].compactMap { $0.map { Address($0) } }
        try OutputFiles(inputs: inputs, replaces: command.overwriting.isGiven)
            .checkFolder(output, names: ScanFolder(path: output).ownFileNames)
        places = AnnotatedScene(scene)
        let truth = try options.readTruth(
            of: places, labels: rule.labels, classes: model.model.classes,
            background: model.model.background, area: chosen.selection?.area, cancellation: job.cancellation)
        sinks = options.sinks(
            labels: rule.labels, classes: model.model.classes, of: places, truth: truth)
        place = try FolderMirror(output)
        lock = try place.lock(warn: job.warn)
        try place.fetch(ScanFolder.isOwn)
        let folder = ScanFolder(path: place.path)
        engine = try command.engine(for: model.model, continuing: folder.tasks)
        (task, modeText) = try command.task(chosen, model, engine, continuing: folder.tasks)
        range =
            command.part.map { [grid = task.grid] in grid.range.part($0.number, of: $0.count) }
            ?? task.grid.range
        guard !SceneScan.windowsInArea(of: task, among: [task.grid.range]).isEmpty else {
            throw CommandError(
                operation: "scan a part", path: scene.address.description,
                cause: "no window has its centre in the area; the scene has "
                    + "\(task.fullSize.width)x\(task.fullSize.height) pixels")
        }
        var context = ScanContext(
            scene: scene, modelAddress: model.address, model: model.model, rule: rule,
            version: Tilescope.configuration.version)
        context.hasFullSize = options.hasFullSize
        if options.cog { context.isCloudOptimized = true }
        context.formats = options.formats?.map(\.name)
        context.hasHeatMaps = options.heatMap
        context.cropLimit = options.crops.flatMap { $0 > 0 ? $0 : nil }
        state = try folder.begin(task, context, overwrites: command.overwriting.isGiven)
        record = ScanRecord(
            engine: engine.description, limits: limits, version: Tilescope.configuration.version,
            context: context)
        job.logger.debug(
            "scan begun",
            metadata: [
                "scene": "\(scene.address)", "folder": "\(output)", "engine": "\(engine.description)",
                "windows": "\(task.windowCount)", "finished": "\(state.finished.windowCount)",
                "stride": "\(task.grid.stride)", "block": "\(limits.blockPixelLimit)",
            ])
        if state.lostByteCount > 0 {
            job.warn(
                "\(state.lostByteCount) bytes of the candidates in \(output) were lost or damaged; their windows are scored again"
            )
        }
    }

    /// What is still to be scored of the range.
    var missing: [WindowRange] { state.finished.missing(in: range) }

    /// How far the scores are from exact ones; `nil` of an exact scan, of a model that is trained for dense ones, and where nothing
    /// is left to score.
    func deviationText(job: Job<ScanProgress>) throws -> TerminalText? {
        guard task.denseBlock != nil, model.reading?.trainedOn != .crops, !missing.isEmpty else { return nil }
        let deviation: DenseDeviation
        do {
            deviation = try DenseDeviation(
                of: task, scene: scene, model: model, engine: engine, cancellation: job.cancellation)
        } catch let error as ScanError where error.code == .unreadable {
            // The scan says which windows cannot be read.
            return nil
        }
        guard deviation.windowCount > 0 else { return nil }
        return
            "this model learnt from single windows: dense scores differ from exact ones by \(deviation.mean.fixed(4)) on average and by "
            + "\(deviation.greatest.fixed(2)) at most (\(grouped(deviation.windowCount)) windows of this scene)"
    }

    /// Scores in this process what is missing.
    func score(on line: ProgressLine, job: Job<ScanProgress>) throws {
        guard !missing.isEmpty else { return }
        let scan = try SceneScan(task, scene: scene, model: model, engine: engine, limits: limits)
        record.timing = try scan.score(range, except: state.finished, into: &state, job: job)
        line.finish(record.timing.text)
    }

    /// Scores in this process what is missing of a sample. Windows that the task skips are skipped there, too; those that cannot be
    /// read are listed.
    func score(
        _ sample: SceneSample, on line: ProgressLine, job: Job<ScanProgress>
    ) throws -> ScanTiming {
        let ranges = sample.ranges(except: FinishedWindows(rowCount: task.grid.rowCount))
        guard ranges.contains(where: { !state.finished.missing(in: $0).isEmpty }) else { return ScanTiming() }
        let scan = try SceneScan(task, scene: scene, model: model, engine: engine, limits: limits)
        let countBefore = state.finished.windowCount
        let start = ContinuousClock.now
        var timing = ScanTiming()
        do {
            timing = try scan.score(ranges, except: state.finished, into: &state, job: job)
            try state.writeFailures([], of: ranges)
        } catch let error as ScanError where error.code == .unreadable && !error.failures.isEmpty {
            timing.scoredWindowCount = state.finished.windowCount - countBefore
            timing.scanSeconds = (ContinuousClock.now - start) / .seconds(1)
            try state.writeFailures(error.failures, of: ranges)
            try place.publishScan()
        }
        line.finish(timing.text)
        return timing
    }

    /// Where windows could not be scored, lists them, and makes outputs of the others.
    ///
    /// - Throws: why they could not be scored, with what there is.
    func finish(
        without failures: ScanError, on line: ProgressLine, job: Job<ScanProgress>
    ) throws -> Never {
        try state.writeFailures(failures.failures, of: range)
        guard state.isInPlace, state.finished.windowCount > 0 else {
            try place.publishScan()
            throw explained(failures)
        }
        line.show("merging, and writing the outputs")
        let summary = try state.write(
            sinks, by: rule, scene: scene, record: record, limits: limits, job: job)
        try place.publishScan()
        if !isOneOfSeveral { report(summary) }
        let count = failures.failures.reduce(0) { $0 + $1.windows.windowCount }
        throw KeptError(
            error: failures,
            kept:
                "\(output) holds what was found in the other windows, and \(ScanFolder.failedName) there lists the "
                + "\(count) that failed; the same command tries them again")
    }

    /// Makes of the scores what people look at, where all are there.
    func finish(on line: ProgressLine, job: Job<ScanProgress>) throws {
        try state.writeFailures([], of: range)
        if try isDone() {
            try place.publishScan()
            if !isOneOfSeveral {
                voice.say(
                    "\(output) holds this scan already: \(counted(task.windowCount, "window")), nothing to do"
                )
            }
            return
        }
        guard state.isComplete else {
            try place.publishScan()
            if !isOneOfSeveral { sayPartIsComplete() }
            return
        }
        line.show("merging, and writing the outputs")
        try state.finish(limits: limits, cancellation: job.cancellation)
        let summary = try state.write(
            sinks, by: rule, scene: scene, record: record, limits: limits, job: job)
        try place.publishScan()
        if !isOneOfSeveral { report(summary) }
    }

    /// What there is of the scene now.
    ///
    /// - Parameter rules: when it is rejected.
    /// - Parameter error: what has ended it early.
    func row(rejectedBy rules: [RejectRule], error: (any Error)? = nil) throws -> SceneRow {
        var row = SceneRow(scene: scene.address.description)
        row.error = error.map { withoutSecrets("\($0)") }
        // Somebody may have removed it meanwhile.
        guard access(state.folder.path, F_OK) == 0 else { return row }
        try countWindows(in: &row)
        guard state.finished.windowCount > 0 else { return row }
        row.folder = output
        guard state.isInPlace else { return row }
        let scores = try state.highestScores()
        let kept = rule.labels.compactMap { label in scores[label].map { (classes[label], $0) } }
        row.highestScores = Dictionary(uniqueKeysWithValues: kept)
        row.highestScore = kept.map(\.1).max()
        let objections = rules.compactMap { $0.objection(to: row.highestScores ?? [:]) }
        // What is missing may be worse, and never better.
        if !rules.isEmpty, state.isComplete || !objections.isEmpty { row.rejections = objections }
        guard state.isComplete || error != nil,
            try state.folder.hasOutputs(
                sinks.fileNames, forms: sinks.forms, of: task, by: rule, complete: state.isComplete)
        else { return row }
        let summary = try state.folder.readSummary()
        row.counts = Dictionary(
            uniqueKeysWithValues: summary.counts.map { ($0.className, $0.detectionCount) })
        guard state.isComplete, error == nil else { return row }
        let timing = try state.folder.readRecord().timing
        row.seconds = timing.scanSeconds + timing.mergeSeconds + timing.writeSeconds
        return row
    }

    /// What a sample has made of the scene until now.
    func sampledRow() throws -> SceneRow {
        var row = SceneRow(scene: scene.address.description, folder: output)
        try countWindows(in: &row)
        return row
    }

    private func countWindows(in row: inout SceneRow) throws {
        row.windowCount = task.windowCount
        let skipped = task.skipsWindows ? try state.skippedCounts() : SkippedCounts()
        row.scoredWindowCount = state.finished.windowCount - skipped.total - skipped.beside
        row.skippedWindowCount = skipped.total
    }

    /// Whether all that is asked for stands in the folder.
    private func isDone() throws -> Bool {
        guard state.isComplete, state.isInPlace, !hasTruth else { return false }
        return try state.folder.hasOutputs(
            sinks.fileNames, forms: sinks.forms, of: state.task, by: rule)
    }

    private func sayPartIsComplete() {
        let count = state.task.count(of: state.finished)
        let next =
            state.isInPlace
            ? "tilescope merge joins the parts"
            : "the older scan stays until all parts are scanned into this folder"
        voice.say(
            "this part is complete: \(output) holds \(count) of \(counted(state.task.windowCount, "window")); \(next)"
        )
    }

    private func report(_ summary: ScanSummary) {
        if let skipped = summary.skipped, skipped.total > 0 {
            voice.say("\(counted(summary.scoredWindowCount, "window")) scored, \(skipped.text)")
        }
        for count in summary.counts { voice.say("\(shortName(count.className)): \(count.detectionCount)") }
        voice.say("written to \(output)")
        for case let sink as MetricsSink in sinks { voice.say("\n\(sink.text)") }
    }

    /// Says what was kept when a scan ends before it is complete.
    func explained(_ error: any Error) -> any Error {
        let (count, total) = (state.task.count(of: state.finished), state.task.windowCount)
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
            "\(place) keeps \(count) of \(counted(total, "window"))"
            + (isOfThisScene ? "; the same command goes on" : " of the scene as it was")
        // Until a scan is complete that replaces another one, the other one is what can be merged.
        if state.isInPlace, !state.isComplete {
            kept += ", and tilescope merge \(shellWord(output)) --partial writes what was found"
        }
        if error is Cancelled { return Cancelled(kept: kept) }
        return KeptError(error: error, kept: kept)
    }
}

extension Scan {
    /// On the CPU with the algorithms that the scan has been computed with, so that it can be gone on with.
    func engine(for model: Model, continuing tasks: [ScanTask]) throws -> any Engine {
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

    /// From one window to the next, in pixels.
    func stride(for model: Model, isDense: Bool = false) -> Int {
        stride ?? model.reading?.stride(isDense: isDense) ?? ScanTask.usualStride
    }

    /// Dense or exact as the options say, else as the folder's scan was begun, else as the model's contract says.
    ///
    /// - Parameter tasks: of the scans in the folder.
    /// - Returns: with what is to be told of that; `nil` where only options decide.
    func task(
        _ chosen: ChosenScene, _ model: ScannedModel, _ engine: any Engine, continuing tasks: [ScanTask]
    ) throws -> (task: ScanTask, text: TerminalText?) {
        let scene = chosen.scene
        let dense = mode == .dense
        guard scene.view?.stack == nil || sampleOptions.fraction == nil && !dense else {
            throw CommandError(
                operation: "scan it \(dense ? "densely" : "by --sample")", path: scene.address.description,
                cause: "the model asks for several scales; name one with --scales")
        }
        let network = try Network(model.model.architecture)
        let numerics = try engine.numerics(scoring: network, weights: model.model.weights)
        func task(isDense: Bool) throws -> ScanTask {
            let stride = self.stride(for: model.model, isDense: isDense)
            let blocks =
                try isDense
                ? denseBlock.map { DenseChoice(blockPixelLimit: $0 * $0) }
                    ?? DenseChoice(suiting: engine, network: network, stride: stride, scene: scene)
                : nil
            return try ScanTask(
                scene: scene, model: model.model, digest: model.digest, stride: stride,
                selection: chosen.selection, classes: mergeOptions.classes, floor: floor,
                dense: blocks,
                views: WindowViews(rawValue: views), numerics: numerics)
        }
        switch mode {
        case .exact: return (try task(isDense: false), nil)
        case .dense:
            let task = try task(isDense: true)
            guard engine.abilities.contains(.denseScoring) else {
                throw CommandError(
                    operation: "scan densely on \(engine.description)", path: scene.address.description,
                    cause: "it scores window by window only; leave out --dense, or name another --device")
            }
            return (task, nil)
        case nil:
            let usual = try ScanTask.usual(
                reading: model.model.reading, abilities: engine.abilities, objection: denseObjection,
                make: task)
            if usual.task.denseBlock != nil {
                let exact = try task(isDense: false)
                guard !tasks.contains(exact) else { return (exact, "scans exactly, as this scan was begun") }
                return (
                    usual.task, "scans densely, as the model's contract says; --exact scores window by window"
                )
            }
            return (
                usual.task,
                usual.exactReason.map { "scans exactly, not densely as the model's contract says: \($0)" }
            )
        }
    }

    /// What only exact scans can do.
    private var denseObjection: String? {
        if sampleOptions.fraction != nil { return "a sample is scored exactly" }
        return views == 1 ? nil : WindowViews.onlyExact
    }
}

extension SkippedCounts {
    /// For people.
    fileprivate var text: TerminalText {
        let counts: [(Int, TerminalText)] = [
            (outside, "outside the area"), (empty, "with too few valid pixels"),
            (plain, "with little variation"),
        ]
        let parts: [TerminalText] = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        guard let first = parts.first else { return "none skipped" }
        return "skipped: \(parts.dropFirst().reduce(first) { "\($0), \($1)" })"
    }
}

extension AnnotatedScene {
    /// Where boxes are in pixels, for people; `nil` where they lie on Earth.
    var pixelWords: String? {
        guard !hasPlacesOnEarth else { return nil }
        let reason =
            if let georeference {
                "the scene's corners have no longitude and latitude in the coordinate system \(georeference.systemName); set another "
                    + "with --crs"
            } else {
                "the scene is not georeferenced; if it has a transform without a coordinate system, name the system with --crs"
            }
        return "boxes are in scene pixels (pixels.geojson): " + reason
    }
}

extension FolderMirror {
    /// Puts what a scan has made into its store.
    func publishScan() throws(FileError) {
        try publish(
            ScanFolder(path: path).ownFileNames, summary: ScanFolder.summaryName, removing: ScanFolder.isOwn)
    }
}

/// What ended a scan, and what it has kept.
private struct KeptError: Error, CustomStringConvertible {
    var error: any Error
    var kept: String

    var description: String { "\(error); \(kept)" }
}

extension ScanTiming {
    /// One line for people.
    fileprivate var text: TerminalText {
        "\(counted(scoredWindowCount, "window")) in \(scanSeconds.fixed(1)) s, \(whole(windowsPerSecond)) windows/s: "
            + "score \(scoreSeconds.fixed(1)) s, wait for pixels \(waitSeconds.fixed(1)) s "
            + "(read \(readSeconds.fixed(1)) s meanwhile)"
    }
}
