import Annotations
public import Files
import Foundation
import Logging
import ModelFiles
import Pixels
public import Rasters

/// The state of a scan on disk: the task, and the candidates of the windows that are finished.
///
/// One process at a time writes it. What was collected outlasts the process, however that ends.
public final class ScanState: ScoreCollector {
    public let folder: ScanFolder
    public let task: ScanTask
    public private(set) var context: ScanContext
    /// Windows that need not be scored again.
    public private(set) var finished: FinishedWindows
    /// Bytes at the end of the candidates that were cut off or damaged; their windows count as not finished.
    public let lostByteCount: Int
    /// The folder `.scan`, or the one that will take its place.
    private var path: String
    private let rule: CandidateRule
    /// `nil` for a state that is only read.
    private let lock: FolderLock?
    /// Opened when the first windows come.
    private var log: CandidateLog?

    /// Opens what is there and changes nothing.
    init(in folder: ScanFolder, at path: String, lock: FolderLock?) throws {
        self.folder = folder
        self.path = path
        self.lock = lock
        task = try ScanFolder.read(ScanTask.self, from: path + "/" + ScanFolder.taskName)
        context = try ScanFolder.read(ScanContext.self, from: path + "/" + ScanFolder.contextName)
        try task.check(classCount: context.classes.count)
        try context.check(fits: task)
        rule = CandidateRule(
            task, classCount: context.classes.count, model: context.model.description)
        let candidates = try CandidateFile(
            path: path + "/" + ScanFolder.candidatesName, grid: task.grid, labelCount: context.classes.count)
        finished = candidates.finished
        lostByteCount = candidates.lostByteCount
    }

    private var candidatesPath: String { path + "/" + ScanFolder.candidatesName }

    /// What was collected by now.
    func candidates() throws -> CandidateFile {
        try CandidateFile(path: candidatesPath, grid: task.grid, labelCount: context.classes.count)
    }

    /// Whether it is the state of the outputs in the folder, and not of a scan that will replace them.
    public var isInPlace: Bool { path == folder.statePath }

    /// Whether no window is missing.
    public var isComplete: Bool { finished.windowCount == task.grid.windowCount }

    public func collect(_ found: WindowScores) throws {
        precondition(lock != nil, "a state that is only read takes nothing")
        let candidates = try rule.candidates(in: found)
        if log == nil { log = try CandidateLog(continuing: candidatesPath, grid: task.grid) }
        try log?.append(found.windows, candidates)
        finished.insert(found.windows)
    }

    public func skip(_ windows: WindowRange, _ reason: SkipReason) throws {
        precondition(lock != nil, "a state that is only read takes nothing")
        if log == nil { log = try CandidateLog(continuing: candidatesPath, grid: task.grid) }
        try log?.append(windows, Candidate.skipped(windows, reason))
        finished.insert(windows)
    }

    /// Puts the candidates of a complete scan in order, so that equal scans are equal files, and takes the place of the scan that
    /// it replaces.
    public func finish(limits: ScanLimits, cancellation: Cancellation) throws {
        precondition(isComplete && lock != nil)
        // Lets go of the file's lock.
        log = nil
        let file = try candidates()
        if !file.isInOrder {
            try CandidateSet([file]).write(
                to: .replacing(candidatesPath), stripLimit: limits.mergedCandidateLimit,
                cancellation: cancellation)
            guard try candidates().isInOrder else {
                throw ScanError(
                    code: .malformedState, operation: "sort \(candidatesPath)",
                    cause: "it does not hold all windows; scan again")
            }
        }
        try folder.replace(with: path)
        path = folder.statePath
    }

    /// Windows that were not scored, by reason.
    public func skippedCounts() throws -> SkippedCounts {
        try CandidateSet([candidates()]).skippedCounts()
    }

    /// The highest score of any finished window for each class that has a candidate, by label.
    public func highestScores() throws -> [Int: Float] { try candidates().highestScores() }

    /// The part of all windows that were scored, in `0...1`.
    package func scoredFraction() throws -> Double {
        try Self.scoredFraction(of: task, finished, task.skipsWindows ? skippedCounts() : nil)
    }

    private static func scoredFraction(
        of task: ScanTask, _ finished: FinishedWindows, _ skipped: SkippedCounts?
    ) -> Double {
        let count = finished.windowCount - (skipped?.total ?? 0) - (skipped?.beside ?? 0)
        return min(1, max(0, Double(count) / Double(max(1, task.windowCount))))
    }

    /// Merges all that was kept, and writes nothing.
    package func merged(
        by rule: MergeRule, limits: ScanLimits, cancellation: Cancellation
    ) throws -> MergedDetections {
        try rule.check()
        return try CandidateSet([try candidates()]).merged(
            by: rule, lowestScore: task.floor, view: task.view, limits: limits,
            cancellation: cancellation)
    }

    /// Merges the candidates and writes the outputs, in place of those that stand in the folder. They appear when all are
    /// complete.
    ///
    /// - Parameter scene: for pictures; `nil` where it cannot be had.
    public func write(
        _ sinks: [any ScanSink], by rule: MergeRule, scene: Scene?, record: ScanRecord, limits: ScanLimits,
        job: Job<ScanProgress>
    ) throws -> ScanSummary {
        try rule.check()
        let set = CandidateSet([try candidates()])
        context.rule = rule
        let fullSize = sinks.lazy.compactMap { $0 as? FullSizeSink }.first
        context.hasFullSize = fullSize != nil || (scene == nil && context.hasFullSize)
        if fullSize != nil || scene != nil {
            context.isCloudOptimized = fullSize?.isCloudOptimized == true ? true : nil
        }
        let formats = sinks.compactMap { ($0 as? AnnotationSink)?.format }.filter { $0 != .geoJSON }
        context.formats = formats.isEmpty ? nil : formats.map(\.name)
        context.hasHeatMaps = sinks.contains { $0 is HeatMapSink } ? true : nil
        let crops = sinks.lazy.compactMap { $0 as? CropsSink }.first
        context.cropLimit = crops?.limit ?? (scene == nil ? context.cropLimit : nil)
        if let scene { context.scene = scene.address.absolute }
        var record = record
        let mergeStart = ContinuousClock.now
        let skipped = task.skipsWindows ? try set.skippedCounts() : nil
        let heading = ScanHeading(
            task: task, context: context, rule: rule, scene: scene,
            scoredFraction: Self.scoredFraction(of: task, set.finished, skipped),
            cancellation: job.cancellation)
        let lowestScore = sinks.reduce(rule.threshold) { min($0, $1.lowestScore ?? rule.threshold) }
        let merged = try set.merged(
            by: rule, lowestScore: max(lowestScore, task.floor), view: task.view, limits: limits,
            cancellation: job.cancellation)
        record.timing.mergeSeconds = mergeStart.secondsSince
        let writeStart = ContinuousClock.now
        var summary = try ScanSummary(
            heading, detections: merged.prefix { $0.score >= rule.threshold },
            finishedWindowCount: set.finished.windowCount, skipped: skipped)
        try folder.stage { staging in
            var forms: [String: String] = [:]
            for sink in sinks {
                let lowest = sink.lowestScore ?? rule.threshold
                do {
                    try sink.begin(heading, in: staging)
                    try sink.write(merged.prefix { $0.score >= lowest })
                    try (sink as? any CandidateSink)?.write(set)
                    try sink.finish()
                    summary.outputs += sink.fileNames
                    if let form = sink.form { forms[sink.fileName] = form }
                    if let warning = sink.warning { job.warn(warning) }
                } catch let error as RasterError
                    where error.code == .cannotRead && sink.drawsScene
                {
                    job.warn("\(sink.fileName) is left out: \(error)")
                }
            }
            summary.forms = forms.isEmpty ? nil : forms
            try job.checkCancellation()
            record.timing.writeSeconds = writeStart.secondsSince
            record.peakMemoryByteCount = ProcessUsage.peakMemoryByteCount
            try writeJSON(record, to: .replacing(staging + "/" + ScanFolder.recordName))
            try writeJSON(summary, to: .replacing(staging + "/" + ScanFolder.summaryName))
        }
        job.logger.debug(
            "outputs written",
            metadata: [
                "folder": "\(folder.path)", "detections": "\(merged.count)",
                "method": "\(rule.method.rawValue)",
                "mergeSeconds": "\(record.timing.mergeSeconds)",
                "writeSeconds": "\(record.timing.writeSeconds)",
            ])
        // Last: a merge that is killed before leaves the rule that its outputs have.
        try writeJSON(context, to: .replacing(path + "/" + ScanFolder.contextName))
        return summary
    }

    /// Removes the state where nothing is finished, and the folder where nothing else is in it.
    public func discardIfEmpty() throws {
        guard finished.windowCount == 0 else { return }
        log = nil
        try FileManager.default.removeItem(atPath: path)
        try folder.removeIfEmpty()
    }

    /// Adds the candidates of other scans of the same task.
    ///
    /// - Throws: `ScanError` where a task differs.
    public func join(_ others: [ScanState], limits: ScanLimits, cancellation: Cancellation) throws {
        try ([self] + others).checkEqualTasks()
        try join(try others.map { try $0.candidates() }, limits: limits, cancellation: cancellation)
    }

    /// Adds what workers of a cluster have found of this task: whole files of candidates.
    ///
    /// - Returns: why some of them were left out. Their windows count as not scored.
    package func join(
        candidateFiles paths: [String], limits: ScanLimits, cancellation: Cancellation
    ) throws -> [any Error] {
        var (files, objections): ([CandidateFile], [any Error]) = ([], [])
        for path in paths {
            do {
                let file = try CandidateFile(path: path, grid: task.grid, labelCount: context.classes.count)
                guard file.lostByteCount == 0 else {
                    throw ScanError(
                        code: .malformedState, operation: "replace \(path)",
                        cause: "\(file.lostByteCount) bytes at its end are damaged")
                }
                files.append(file)
            } catch {
                objections.append(error)
            }
        }
        try join(files, limits: limits, cancellation: cancellation)
        return objections
    }

    private func join(
        _ files: [CandidateFile], limits: ScanLimits, cancellation: Cancellation
    ) throws {
        precondition(lock != nil, "a state that is only read takes nothing")
        log = nil
        let set = CandidateSet([try candidates()] + files)
        try set.write(
            to: .replacing(candidatesPath), stripLimit: limits.mergedCandidateLimit,
            cancellation: cancellation)
        finished = set.finished
    }
}

extension [ScanState] {
    /// - Throws: `ScanError` where two are scans of two tasks.
    public func checkEqualTasks() throws(ScanError) {
        guard let first else { return }
        for other in dropFirst() {
            let differences = other.task.differences(from: first.task)
            guard differences.isEmpty else {
                throw ScanError(
                    code: .anotherTask, operation: "join \(other.folder.path) with \(first.folder.path)",
                    cause: "their tasks differ: \(differences.joined(separator: "; "))")
            }
        }
    }
}

/// What one run of a scan took, for people: `run.json`. Two scans of one task differ in it.
public struct ScanRecord: Hashable, Sendable, Codable {
    public var timing = ScanTiming()
    /// The most memory that the process held, in bytes.
    public var peakMemoryByteCount = 0
    /// For people: `"cpu (fp32, …, 2 workers)"`; `nil` where nothing was scored.
    public var engine: String?
    public var limits: ScanLimits
    /// The program's.
    public var version: String
    /// Written without its secret.
    public var scene: Address
    /// Written without its secret.
    public var model: Address

    public init(engine: String?, limits: ScanLimits, version: String, context: ScanContext) {
        self.engine = engine
        self.limits = limits
        self.version = version
        scene = context.scene
        model = context.model
    }
}

extension ScanLimits {
    /// Candidates that are merged or put in order at a time.
    var mergedCandidateLimit: Int { max(1, mergeByteCount / CandidateSet.mergedByteCount) }
}
