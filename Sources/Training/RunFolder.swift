import Files
import Foundation

/// The folder of one training: `plan.json`, `metrics.jsonl`, `checkpoints/`, `model.safetensors`, `curves.svg`.
package struct RunFolder {
    package let path: String

    package var planPath: String { path + "/plan.json" }
    package var metricsPath: String { path + "/metrics.jsonl" }
    package var modelPath: String { path + "/model.safetensors" }
    /// Drawn by the command when the run has ended.
    package static func curvesPath(in path: String) -> String { path + "/curves.svg" }
    private var checkpointFolder: String { path + "/checkpoints" }
    /// All that a run leaves.
    private var contentPaths: [String] {
        [planPath, metricsPath, modelPath, Self.curvesPath(in: path), checkpointFolder]
    }

    /// Makes the folder, or takes an empty one, or with `overwrites` one with a run, whose files it removes.
    package init(creating path: String, overwrites: Bool) throws(TrainingError) {
        self.path = path
        let files = FileManager.default
        let old = contentPaths.filter(files.fileExists(atPath:))
        guard old.isEmpty || overwrites else {
            throw TrainingError(
                code: .runExists, operation: "write into \(path)",
                cause: "it holds a run already; give another --output, or --overwrite to replace it")
        }
        do {
            for path in old { try files.removeItem(atPath: path) }
        } catch {
            throw TrainingError(
                code: .cannotWrite, operation: "remove the run in \(path)", cause: error.localizedDescription)
        }
        do throws(FileError) {
            try makeFolder(checkpointFolder)
        } catch {
            throw TrainingError(
                code: error.code == .noSpace ? .noSpace : .cannotWrite,
                operation: "\(error.operation) \(error.path)", cause: error.cause)
        }
    }

    /// The state at the end of an epoch, counted from 1.
    package func checkpointPath(epoch: Int) -> String {
        checkpointFolder + String(format: "/epoch-%04d.safetensors", epoch)
    }

    /// The state in the middle of an epoch, after so many steps of the run.
    package func checkpointPath(step: Int) -> String {
        checkpointFolder + String(format: "/step-%08d.safetensors", step)
    }

    package func write(_ plan: TrainingPlan) throws { try writeJSON(plan, to: planPath) }
}
