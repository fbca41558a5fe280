import Files
import Foundation

/// The folder of one training: `plan.json`, `metrics.jsonl`, `checkpoints/`, `model.safetensors`, `curves.svg`, `confusion.gif`, and
/// `lock`, which one process at a time holds; `events.out.tfevents.…` for TensorBoard; `quarantine.jsonl` where samples
/// could not be read.
package struct RunFolder {
    package let path: String
    package let checkpoints: CheckpointFolder
    private let lock: FolderLock

    package var planPath: String { path + "/plan.json" }
    package var metricsPath: String { path + "/metrics.jsonl" }
    package var modelPath: String { path + "/model.safetensors" }
    package var quarantinePath: String { path + "/quarantine.jsonl" }
    private static let lockName = "lock"
    /// Drawn by the command when the run has ended.
    package static func curvesPath(in path: String) -> String { path + "/curves.svg" }
    /// Drawn by the command where a film is asked for.
    package static func filmPath(in path: String) -> String { path + "/confusion.gif" }
    /// All that a run leaves in a folder and that is there; what has other names is somebody else's.
    package static func contentPaths(of path: String) -> [String] {
        let files =
            ["plan.json", "metrics.jsonl", "model.safetensors", "quarantine.jsonl"]
            .map { path + "/" + $0 } + [curvesPath(in: path), filmPath(in: path)]
        let events = names(in: path).filter(EventFile.isEventFile).map { path + "/" + $0 }
        let checkpoints = path + "/checkpoints"
        let states = names(in: checkpoints).filter(CheckpointFolder.isCheckpoint)
        return files.filter(FileManager.default.fileExists(atPath:)) + events
            + states.map { checkpoints + "/" + $0 }
    }

    /// Whether a process trains into the folder right now.
    package static func isLocked(_ path: String) -> Bool { FolderLock.isHeld(path, name: lockName) }

    /// Makes the folder, or takes one without a run, or with `overwrites` one with a run.
    ///
    /// It is locked, and nothing is removed before `begin`.
    package init(creating path: String, overwrites: Bool) throws(TrainingError) {
        try Self.make(path)
        try self.init(locking: path)
        guard Self.contentPaths(of: path).isEmpty || overwrites else {
            let isWhole = FileManager.default.fileExists(atPath: path + "/plan.json")
            throw TrainingError(
                code: .runExists, operation: "write into \(path)",
                cause: isWhole
                    ? "it holds a run already; go on with it by --resume, give another --output, or --overwrite "
                        + "to replace it"
                    : "it holds files of a run without its plan; give another --output, or --overwrite to remove them"
            )
        }
    }

    /// Removes the run that was in the folder, and makes room for a new one.
    package func begin() throws(TrainingError) {
        do {
            for path in Self.contentPaths(of: path) { try FileManager.default.removeItem(atPath: path) }
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
        do {
            lock = try FolderLock(path, name: Self.lockName)
        } catch {
            throw TrainingError(error, operation: "\(error.operation) \(path)")
        }
        PartialFile.removeDead(in: path)
        PartialFile.removeDead(in: checkpoints.path)
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

    package func write(_ plan: TrainingPlan) throws { try writeJSON(plan, to: .replacing(planPath)) }
}
