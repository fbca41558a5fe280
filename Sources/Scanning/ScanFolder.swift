import Annotations
import Files
import Foundation
public import Pixels

/// The folder of a scan: its state in `.scan/`, and beside it what people look at.
///
/// The state appears when the scan begins, and outlasts it: from it the scan is gone on with, and merged again. Other files appear
/// when all of them are complete; where they replace older ones and the process is killed in that moment, the next command on
/// the folder ends it.
public struct ScanFolder: Hashable, Sendable {
    public let path: String

    /// - Parameter path: of this machine.
    public init(path: String) { self.path = path }

    public var detectionsPath: String { path + "/" + DetectionLinesSink.name }
    public var summaryPath: String { path + "/" + Self.summaryName }
    public var recordPath: String { path + "/" + Self.recordName }
    public var taskPath: String { statePath + "/" + Self.taskName }
    /// The windows that could not be scored, where there are some.
    public var failedPath: String { path + "/" + Self.failedName }
    /// Written by the command when it is given the truth.
    public var metricsPath: String { path + "/" + Self.metricsName }

    /// What detections against the truth are called.
    public static let metricsName = "metrics.json"

    /// What windows that could not be scored are listed in.
    public static let failedName = "failed.jsonl"

    static let taskName = "task.json"
    static let contextName = "context.json"
    static let candidatesName = "candidates"
    /// The file that tells of the others.
    public static let summaryName = "summary.json"
    static let recordName = "run.json"

    var statePath: String { path + "/.scan" }
    /// The state of a scan that will replace the one in `.scan` when it is complete.
    private var nextStatePath: String { path + "/.scan-next" }
    private var unfinishedStatePath: String { path + "/.scan-new" }
    private var oldStatePath: String { path + "/.scan-old" }
    /// Held by whoever writes into the folder.
    package static let lockName = ".scan-lock"
    /// Some forty million detections.
    private static let detectionsByteLimit = 1 << 32

    /// The files of all formats of boxes.
    private static let annotationNames = AnnotationFormat.allFileNames(named: AnnotationSink.stem)
    /// Those of them that anybody may have, too, such as a list of classes: only a summary tells whose they are.
    private static let commonNames = annotationNames.filter {
        !$0.hasPrefix(AnnotationSink.stem + ".") && !$0.hasPrefix("pixels.")
    }

    /// What stands beside the state, but for heat maps and crops; `plan.json` is from version 0.1.
    public static let outputNames =
        [summaryName, DetectionLinesSink.name]
        + annotationNames.filter { $0 != DetectionLinesSink.name && !commonNames.contains($0) }
        + [OverviewSink.name, FullSizeSink.name, recordName, metricsName, "plan.json"]

    /// All files that a scan writes whatever its classes are called, from the folder on.
    public static let fileNames =
        outputNames + [failedName] + [taskName, contextName, candidatesName].map { ".scan/" + $0 }

    /// Whether a name, from the folder on, is one that a scan gives to what it writes.
    public static func isOwn(_ name: String) -> Bool {
        fileNames.contains(name) || commonNames.contains(name) || HeatMapSink.isName(name)
            || name.hasPrefix(CropsSink.name + "/")
    }

    /// The names of all files that a scan writes, with those of the heat maps and crops that are there.
    public var ownFileNames: [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let crops = FileManager.default.enumerator(atPath: path + "/" + CropsSink.name)?.compactMap {
            ($0 as? String).flatMap { $0.hasSuffix(".png") ? $0 : nil }
        }
        let common = (try? readSummary())?.outputs.filter(Self.commonNames.contains) ?? []
        return Self.fileNames + common + entries.filter(HeatMapSink.isName).sorted()
            + (crops ?? []).sorted().map { CropsSink.name + "/" + $0 }
    }

    private var outputs: ResultFolder {
        // What only has such a name is somebody else's.
        let others = (try? readSummary())?.outputs.filter {
            HeatMapSink.isName($0) || $0 == CropsSink.name || Self.commonNames.contains($0)
        }
        return ResultFolder(
            path, names: Self.outputNames, stagingName: ".scan-outputs", olderNames: others ?? [])
    }

    // MARK: - The state

    /// Begins a scan, or goes on with the one that is there.
    ///
    /// - Parameter overwrites: whether a scan of another task that is there is replaced, once the new one is complete.
    /// - Throws: `ScanError` with what differs where the folder holds another task; `FileError`, with the code `locked` where
    ///   another process has it.
    public func begin(_ task: ScanTask, _ context: ScanContext, overwrites: Bool) throws -> ScanState {
        try makeFolder(path)
        let lock = try FolderLock(path, name: Self.lockName)
        try tidy()
        guard exists(statePath) else {
            guard overwrites || outputs.present.isEmpty else {
                throw ScanError(
                    code: .anotherTask, operation: "scan into \(path)",
                    cause:
                        "it holds files of a scan without its state; give another --output, or --overwrite to replace them"
                )
            }
            try create(task, context, at: statePath)
            return try ScanState(in: self, at: statePath, lock: lock)
        }
        let reason: String
        switch try existing(task, context, at: statePath, lock: lock) {
        case .success(let state): return state
        case .failure(let error) where error.code == .anotherTask:
            reason = "it holds another scan: \(error.cause)"
        case .failure(let error): reason = "the scan in it is damaged: \(error.cause)"
        }
        guard overwrites else {
            throw ScanError(
                code: .anotherTask, operation: "scan into \(path)",
                cause: "\(reason); give another --output, or --overwrite to replace it")
        }
        if exists(nextStatePath),
            case .success(let state) = try existing(task, context, at: nextStatePath, lock: lock)
        {
            return state
        }
        try remove(nextStatePath)
        try create(task, context, at: nextStatePath)
        return try ScanState(in: self, at: nextStatePath, lock: lock)
    }

    /// The state of a task that is there, with a new context; the failure says what differs, or why it cannot be read.
    ///
    /// - Throws: `FileError` where the disk is full or cannot be written: that says nothing about the state.
    private func existing(
        _ task: ScanTask, _ context: ScanContext, at statePath: String, lock: FolderLock
    ) throws -> Result<ScanState, ScanError> {
        do {
            let differences = try task.differences(
                from: Self.read(ScanTask.self, from: statePath + "/" + Self.taskName))
            guard differences.isEmpty else {
                return .failure(
                    ScanError(
                        code: .anotherTask, operation: "scan into \(path)",
                        cause: differences.joined(separator: "; ")))
            }
            // It decides no score, and what is asked for now holds.
            try writeJSON(context, to: .replacing(statePath + "/" + Self.contextName))
            return .success(try ScanState(in: self, at: statePath, lock: lock))
        } catch let error as FileError where error.code == .cannotWrite || error.code == .noSpace {
            throw error
        } catch {
            return .failure(
                ScanError(code: .malformedState, operation: "read \(statePath)", cause: "\(error)"))
        }
    }

    /// Opens the scan that is there.
    ///
    /// - Throws: `ScanError` where there is none; `FileError`.
    public func open() throws -> ScanState {
        if !exists(oldStatePath) { try checkThereIsOne() }
        let lock = try FolderLock(path, name: Self.lockName)
        try tidy()
        return try ScanState(in: self, at: statePath, lock: lock)
    }

    /// Opens the scan that is there only to read it; the folder may be read-only, or written by another process.
    ///
    /// - Throws: `ScanError` where there is none; `FileError`.
    public func openToRead() throws -> ScanState {
        // Between the two renames of `replace`, the new state is not in its place yet.
        let isBeingReplaced = !exists(statePath) && exists(oldStatePath) && exists(nextStatePath)
        if !isBeingReplaced { try checkThereIsOne() }
        return try ScanState(in: self, at: isBeingReplaced ? nextStatePath : statePath, lock: nil)
    }

    /// Whether a scan was begun that will replace the one in the folder when it is complete.
    public var hasReplacement: Bool { exists(nextStatePath) }

    private func checkThereIsOne() throws(ScanError) {
        guard exists(statePath) else {
            throw ScanError(
                code: .malformedState, operation: "read the scan in \(path)",
                cause: "there is no scan; name the --output folder of a scan")
        }
    }

    /// The tasks of the scan that is there and of the one that will replace it, as far as there are some that can be read:
    /// a new scan takes the numerics of an equal one over.
    public var tasks: [ScanTask] {
        [statePath, nextStatePath].compactMap {
            try? Self.read(ScanTask.self, from: $0 + "/" + Self.taskName)
        }
    }

    /// Of which scene the scan in the folder is, without secrets; `nil` where there is none that can be read.
    public var sceneAddress: String? {
        try? Self.read(ScanContext.self, from: statePath + "/" + Self.contextName).scene.description
    }

    /// Makes a state without finished windows; it appears at once.
    private func create(_ task: ScanTask, _ context: ScanContext, at statePath: String) throws {
        try remove(unfinishedStatePath)
        try makeFolder(unfinishedStatePath)
        try writeJSON(task, to: .replacing(unfinishedStatePath + "/" + Self.taskName))
        try writeJSON(context, to: .replacing(unfinishedStatePath + "/" + Self.contextName))
        try CandidateLog.create(at: unfinishedStatePath + "/" + Self.candidatesName)
        try renameFile(unfinishedStatePath, to: statePath)
    }

    /// Puts a complete state in the place of the one that it replaces.
    func replace(with newPath: String) throws {
        guard newPath != statePath else { return }
        try renameFile(statePath, to: oldStatePath)
        try renameFile(newPath, to: statePath)
        try remove(oldStatePath)
    }

    /// Ends what a process that was killed had begun.
    private func tidy() throws {
        if !exists(statePath), exists(oldStatePath), exists(nextStatePath) {
            try renameFile(nextStatePath, to: statePath)
        }
        try remove(oldStatePath)
        try remove(unfinishedStatePath)
        for state in [statePath, nextStatePath] { PartialFile.removeDead(in: state) }
        try outputs.recover()
    }

    /// Removes the list of windows that could not be scored, where there is one.
    func removeFailures() throws { try remove(failedPath) }

    /// Removes the folder where there is nothing in it.
    func removeIfEmpty() throws {
        guard try FileManager.default.contentsOfDirectory(atPath: path) == [Self.lockName] else { return }
        try remove(path)
    }

    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        let bytes = try Data(readFile(path, limit: SealedFolder.settingsByteLimit))
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch {
            throw ScanError(
                code: .malformedState, operation: "read \(path)",
                cause: "it is damaged, or another version of tilescope wrote it")
        }
    }

    // MARK: - The outputs

    /// Has outputs written into a folder of their own, and moves them into this one when all are complete.
    func stage(_ write: (_ folder: String) throws -> Void) throws { try outputs.replace(write) }

    /// Whether the files that a summary in the folder names are there, and were made of a task by a rule.
    ///
    /// - Parameter forms: how some of them are made, as `ScanSink` tells it.
    /// - Parameter complete: whether of all windows; else pictures may be missing.
    public func hasOutputs(
        _ names: [String], forms: [String: String] = [:], of task: ScanTask, by rule: MergeRule,
        complete: Bool = true
    ) throws -> Bool {
        // A summary that cannot be read is as good as none: the outputs are made again.
        guard let summary = try? readSummary() else { return false }
        return try summary.complete == complete && summary.task == task.digest && summary.rule == rule
            && (complete ? summary.outputs == names : summary.outputs.allSatisfy(names.contains))
            && (summary.forms ?? [:]) == forms.filter { summary.outputs.contains($0.key) }
            && summary.outputs.allSatisfy { exists(path + "/" + $0) }
    }

    /// What the scan or merge that wrote the outputs found.
    public func readSummary() throws -> ScanSummary { try Self.read(ScanSummary.self, from: summaryPath) }

    /// What the last scan or merge took.
    public func readRecord() throws -> ScanRecord { try Self.read(ScanRecord.self, from: recordPath) }

    /// The detections that a scan has written, best first.
    ///
    /// - Throws: `FileError`, or `ScanError` with the number of the line that is malformed.
    public func readDetections() throws -> [Detection] { try Self.readDetections(from: detectionsPath) }

    /// The detections in a file such as `detections.jsonl`, in its order.
    package static func readDetections(from path: String) throws -> [Detection] {
        let data = try Data(readFile(path, limit: detectionsByteLimit))
        let decoder = JSONDecoder()
        return try data.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            guard let detection = try? decoder.decode(DetectionLine.self, from: line).detection else {
                throw ScanError(
                    code: .malformedState, operation: "read \(path), line \(index + 1)",
                    cause: "it is not a detection")
            }
            return detection
        }
    }

    /// Whether something is there, if only a link that leads nowhere.
    private func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private func remove(_ path: String) throws {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw ScanError(
                code: .malformedState, operation: "remove \(path)", cause: error.localizedDescription)
        }
    }
}
