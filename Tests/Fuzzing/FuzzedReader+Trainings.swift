import Bytes
import Evaluation
import Figures
import Foundation
import ModelFiles
import Networks
import Rasters
import Training

extension FuzzedReader {
    static let trainings = [
        FuzzedReader(
            name: "plans", corpus: { [try Input(["run/plan.json"], in: train(in: $0))] },
            read: { folder in
                let plan = try TrainingPlan(reading: folder + "/run/plan.json")
                try plan.check()
                let steps = plan.stepsPerEpoch(sampleCount: 1000)
                for step in [0, 1, 1_000_000] where steps > 0 {
                    _ = plan.learningRate(step: step, stepsPerEpoch: steps)
                }
                _ = plan.configuration
            }),
        FuzzedReader(
            name: "metrics", corpus: { [try Input(["run/metrics.jsonl"], in: train(in: $0))] },
            read: { folder in
                let path = folder + "/run/metrics.jsonl"
                _ = try RunNumbers(reading: path)
                let curves = try trainingCurves(reading: path).figure
                _ = (try curves.svg(), try curves.image())
                _ = try MetricsFile(continuing: path, afterStep: 4)
            }),
        FuzzedReader(
            name: "checkpoints",
            corpus: { folder in
                let name = "run/checkpoints/epoch-000001.safetensors"
                return [try Input([name], in: train(in: folder))]
            }, repair: sealCheckpoint,
            read: { folder in
                let checkpoints = CheckpointFolder(path: folder + "/run/checkpoints")
                guard let checkpoint = try checkpoints.newest(warn: { _ in }) else { return }
                _ = checkpoint.model
                try checkpoint.record.plan.check()
            }),
        FuzzedReader(
            name: "runs", corpus: { [try Input(["run/plan.json", "run/metrics.jsonl"], in: train(in: $0))] },
            read: { folder in
                try runCommand("runs", folder)
                try runCommand("runs", folder, "--json")
                try runCommand(
                    "runs", folder + "/run", folder + "/run", "--compare", "--curves", folder + "/c.svg")
            }),
    ]

    /// Trains for one epoch into `run`.
    ///
    /// - Returns: the folder.
    static func train(in folder: String) throws -> String {
        try runCommand("sample", folder + "/drawn.tiles", "--per-class", "2")
        try runCommand(
            "train", folder + "/drawn.tiles", "--validation", folder + "/drawn.tiles", "--output",
            folder + "/run", "--architecture", "cifar-resnet8-v2", "--epochs", "1", "--batch-size", "5",
            "--workers", "1")
        return folder
    }

    /// Makes the header's length and the checksum of a checkpoint right, where it can be read so far.
    private static func sealCheckpoint(_ bytes: inout [UInt8], sound: [UInt8]) throws {
        fitHeader(&bytes, sound: sound)
        let path =
            FileManager.default.temporaryDirectory.path(percentEncoded: false)
            + "/tilescope-fuzz-\(getpid()).safetensors"
        defer { unlink(path) }
        try Data(bytes).write(to: URL(filePath: path))
        guard var file = try? SafetensorsFile(reading: path) else { return }
        file.metadata["checkpoint/checksum"] = nil
        var checksum: UInt32 = 0
        for (key, text) in file.metadata.sorted(by: { $0.key < $1.key }) {
            checksum = CRC32C.checksum(Array((key + "=" + text + ";").utf8).span.bytes, after: checksum)
        }
        for (name, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
            checksum = CRC32C.checksum(Array("\(name)\(tensor.shape)".utf8).span.bytes, after: checksum)
            checksum = CRC32C.checksum(tensor.values.span.bytes, after: checksum)
        }
        file.metadata["checkpoint/checksum"] = String(checksum, radix: 16)
        bytes = Self.bytes(of: file)
    }
}
