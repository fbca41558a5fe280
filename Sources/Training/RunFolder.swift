import Files
import Foundation

/// The folder of one training: `plan.json`, `metrics.jsonl`, `checkpoints/`, `model.safetensors`.
package struct RunFolder {
    package let path: String

    package var planPath: String { path + "/plan.json" }
    package var metricsPath: String { path + "/metrics.jsonl" }
    package var modelPath: String { path + "/model.safetensors" }
    private var checkpointFolder: String { path + "/checkpoints" }

    /// Makes the folder, or takes an empty one, or with `overwrites` one with a run, whose files it removes.
    package init(creating path: String, overwrites: Bool) throws(TrainingError) {
        self.path = path
        let files = FileManager.default
        let holdsRun = [planPath, metricsPath, modelPath, checkpointFolder].contains(
            where: files.fileExists(atPath:))
        guard !holdsRun || overwrites else {
            throw TrainingError(
                code: .runExists, operation: "write into \(path)",
                cause: "it holds a run already; give another --output, or --overwrite to replace it")
        }
        do {
            for old in [planPath, metricsPath, modelPath, checkpointFolder]
            where files.fileExists(atPath: old) {
                try files.removeItem(atPath: old)
            }
            try files.createDirectory(atPath: checkpointFolder, withIntermediateDirectories: true)
        } catch {
            throw TrainingError(
                code: .cannotWrite, operation: "make the folder \(path)", cause: error.localizedDescription)
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

    package func write(_ plan: TrainingPlan) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try writeFile(String(decoding: encoder.encode(plan), as: UTF8.self) + "\n", to: planPath)
    }
}
