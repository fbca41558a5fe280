import Files
import Foundation

/// The checkpoints of one run, under names that sort by their place in it.
package struct CheckpointFolder {
    package let path: String

    package init(path: String) { self.path = path }

    /// Another name of the checkpoint whose validation was the best.
    package var bestPath: String { path + "/best.safetensors" }

    /// Whether a file in such a folder has one of our names, damaged ones included.
    static func isCheckpoint(_ name: String) -> Bool {
        name == "best.safetensors" || (name.hasPrefix("epoch-") && name.contains(".safetensors"))
    }

    /// At the end of an epoch, counted from 1.
    package func path(epoch: Int) -> String { path + String(format: "/epoch-%06d.safetensors", epoch) }

    /// In the middle of an epoch, after so many steps of the run.
    package func path(epoch: Int, step: Int) -> String {
        path + String(format: "/epoch-%06d-step-%010d.safetensors", epoch, step)
    }

    /// Without the best one. The oldest first: `-` sorts before `.`, so an epoch's end after its middle.
    package var paths: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: path)
                .filter { $0.hasPrefix("epoch-") && $0.hasSuffix(".safetensors") }.sorted().map {
                    path + "/" + $0
                }
        }
    }

    /// The newest checkpoint that is sound; `nil` where none was written yet.
    ///
    /// Damaged ones that are newer are set aside under another name.
    ///
    /// - Parameter warn: told of each that is passed over.
    /// - Throws: when there are some and all are damaged, and when one cannot be read for another reason: what was learnt
    ///   may still be in it.
    package func newest(warn: (String) -> Void) throws -> Checkpoint? {
        let paths = try self.paths
        for (index, candidate) in paths.enumerated().reversed() {
            do {
                let checkpoint = try Checkpoint(reading: candidate)
                for damaged in paths[(index + 1)...] where rename(damaged, damaged + ".damaged") != 0 {
                    throw TrainingError(writing: "set the damaged \(damaged) aside")
                }
                return checkpoint
            } catch let error as TrainingError where error.code == .damagedCheckpoint {
                warn("skipped a checkpoint: \(error)")
            }
        }
        guard paths.isEmpty else {
            throw TrainingError(
                code: .wrongCheckpoint, operation: "resume from \(path)",
                cause: "all of its checkpoints are damaged; train again with --overwrite")
        }
        return nil
    }

    /// Gives a checkpoint the name of the best one, too; no copy, so that it takes no room while both names stand.
    func keepAsBest(_ checkpoint: String) throws(TrainingError) {
        let newName = PartialFile.newPath(beside: bestPath)
        guard link(checkpoint, newName) == 0, rename(newName, bestPath) == 0 else {
            let error = TrainingError(writing: "keep \(checkpoint) as \(bestPath)")
            unlink(newName)
            throw error
        }
        // Still there where both were names of one file already.
        unlink(newName)
    }

    /// Removes all but the newest ones and the best one.
    func removeOld(keeping count: Int) throws(TrainingError) {
        guard let paths = try? paths else { return }
        for old in paths.dropLast(count) where unlink(old) != 0 && errno != ENOENT {
            throw TrainingError(writing: "remove \(old)")
        }
    }
}
