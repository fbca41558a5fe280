import Foundation
import ModelFiles
import Training

/// A model that is evaluated: one file, or a checkpoint of a run.
struct EvaluatedModel {
    var path: String
    /// Of the checkpoint; `nil` for a model.
    var epoch: Int?
    /// Where the checkpoint stands in the middle of an epoch: steps of the run.
    var step: Int?

    /// For people: `"epoch 12"`.
    var name: String {
        guard let epoch else { return path }
        return "epoch \(epoch)" + (step.map { ", step \($0)" } ?? "")
    }

    func read() throws -> Model { try Model(reading: path) }

    /// - Parameter run: a run's folder, whose checkpoints are taken instead of the model at `path`.
    /// - Returns: at least one; checkpoints from the first to the last.
    static func all(path: String, run: String?) throws -> [EvaluatedModel] {
        guard let run else { return [EvaluatedModel(path: path)] }
        let folder = CheckpointFolder(path: run + "/checkpoints")
        guard FileManager.default.fileExists(atPath: folder.path) else {
            throw CommandError(
                operation: "evaluate the checkpoints", path: run,
                cause: "it is not the folder of a training: there are no checkpoints in it")
        }
        let paths = try folder.paths
        guard !paths.isEmpty else {
            throw CommandError(
                operation: "evaluate the checkpoints", path: run,
                cause: "none was kept; set their number with train --keep")
        }
        return paths.map { path in
            let name = URL(filePath: path).deletingPathExtension().lastPathComponent
            // epoch-000012 or epoch-000012-step-0000001234
            let numbers = name.split(separator: "-").compactMap { Int($0) }
            return EvaluatedModel(
                path: path, epoch: numbers.first, step: numbers.count > 1 ? numbers[1] : nil)
        }
    }
}
