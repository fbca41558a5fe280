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
    package static func curvesPath(in path: String) -> String { path + "/" + curvesName }
    /// Drawn by the command where a film is asked for.
    package static func filmPath(in path: String) -> String { path + "/" + filmName }
    private static let (curvesName, filmName) = ("curves.svg", "confusion.gif")
    private static let fileNames = [
        "plan.json", "metrics.jsonl", "model.safetensors", "quarantine.jsonl", curvesName, filmName,
    ]
    /// All that a run leaves in a folder and that is there; what has other names is somebody else's.
    package static func contentPaths(of path: String) -> [String] {
        let files = fileNames.map { path + "/" + $0 }
        let events = names(in: path).filter(EventFile.isEventFile).map { path + "/" + $0 }
        let checkpoints = path + "/checkpoints"
        let states = names(in: checkpoints).filter(CheckpointFolder.isCheckpoint)
        return files.filter(FileManager.default.fileExists(atPath:)) + events
            + states.map { checkpoints + "/" + $0 }
    }

    /// The same from the folder on, in the order in which another machine may take them: a run that is begun can be gone on with, and
    /// the model comes last.
    package static func contentNames(of path: String) -> [String] {
        let names = contentPaths(of: path).map { String($0.dropFirst(path.count + 1)) }
        let last = ["metrics.jsonl", "model.safetensors"]
        return names.filter { !last.contains($0) } + last.filter(names.contains)
    }

    /// Whether a run leaves a file of this name, from the folder on.
    package static func isContent(_ name: String) -> Bool {
        let parts = name.split(separator: "/").map { String($0) }
        guard parts.count > 1 else { return fileNames.contains(name) || EventFile.isEventFile(name) }
        return parts.count == 2 && parts[0] == "checkpoints" && CheckpointFolder.isCheckpoint(parts[1])
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
                    ? "it holds a run already; resume it with --resume, give another --output, or --overwrite "
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
