import Files
import Foundation

/// The folder of one training: `plan.json`, `metrics.jsonl`, `checkpoints/`, `model.safetensors`, `curves.svg`, `confusion.gif`, and
/// `lock`, which one process at a time holds; `events.out.tfevents.…` for TensorBoard; `quarantine.jsonl` where samples
/// could not be read.
package struct RunFolder {
    package let path: String
    package let checkpoints: CheckpointFolder
    private let lock: RunLock

    package var planPath: String { path + "/plan.json" }
    package var metricsPath: String { path + "/metrics.jsonl" }
    package var modelPath: String { path + "/model.safetensors" }
    package var quarantinePath: String { path + "/quarantine.jsonl" }
    /// Drawn by the command when the run has ended.
    package static func curvesPath(in path: String) -> String { path + "/curves.svg" }
    /// Drawn by the command where a film is asked for.
    package static func filmPath(in path: String) -> String { path + "/confusion.gif" }
    /// All that a run leaves and that is there; what has other names is somebody else's.
    private var contentPaths: [String] {
        let events = Self.names(in: path).filter(EventFile.isEventFile).map { path + "/" + $0 }
        let states = Self.names(in: checkpoints.path).filter(CheckpointFolder.isCheckpoint)
        return filePaths.filter(FileManager.default.fileExists(atPath:)) + events
            + states.map { checkpoints.path + "/" + $0 }
    }
    private var filePaths: [String] {
        [
            planPath, metricsPath, modelPath, quarantinePath, Self.curvesPath(in: path),
            Self.filmPath(in: path),
        ]
    }

    /// Whether a process trains into the folder right now.
    package static func isLocked(_ path: String) -> Bool { RunLock.isHeld(path + "/lock") }

    /// Makes the folder, or takes one without a run, or with `overwrites` one with a run.
    ///
    /// It is locked, and nothing is removed before `begin`.
    package init(creating path: String, overwrites: Bool) throws(TrainingError) {
        try Self.make(path)
        try self.init(locking: path)
        guard contentPaths.isEmpty || overwrites else {
            throw TrainingError(
                code: .runExists, operation: "write into \(path)",
                cause:
                    "it holds a run already; go on with it by --resume, give another --output, or --overwrite "
                    + "to replace it")
        }
    }

    /// Removes the run that was in the folder, and makes room for a new one.
    package func begin() throws(TrainingError) {
        do {
            for path in contentPaths { try FileManager.default.removeItem(atPath: path) }
        } catch {
            throw TrainingError(
                code: .cannotWrite, operation: "remove the run in \(path)", cause: error.localizedDescription)
        }
        try Self.make(checkpoints.path)
    }

    /// Takes a folder with a run, to go on with it.
    package init(resuming path: String) throws(TrainingError) {
        guard FileManager.default.fileExists(atPath: path + "/plan.json") else {
            throw TrainingError(
                code: .wrongPlan, operation: "resume \(path)",
                cause: "there is no run in it: plan.json is missing")
        }
        try self.init(locking: path)
        try Self.make(checkpoints.path)
    }

    /// Locks the folder, and removes what a killed process was about to write.
    private init(locking path: String) throws(TrainingError) {
        self.path = path
        checkpoints = CheckpointFolder(path: path + "/checkpoints")
        lock = try RunLock(path + "/lock")
        let outputs = filePaths.map { $0 + ".partial-" }
        for begun in Self.names(in: path).map({ path + "/" + $0 })
        where outputs.contains(where: begun.hasPrefix) { unlink(begun) }
        for begun in Self.names(in: checkpoints.path) where begun.contains(".partial-") {
            unlink(checkpoints.path + "/" + begun)
        }
    }

    private static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func make(_ path: String) throws(TrainingError) {
        do throws(FileError) {
            try makeFolder(path)
        } catch {
            throw TrainingError(error, operation: "\(error.operation) \(error.path)")
        }
    }

    package func write(_ plan: TrainingPlan) throws { try writeJSON(plan, to: planPath) }
}
