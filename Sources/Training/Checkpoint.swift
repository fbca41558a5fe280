import Bytes
package import Engines
package import Files
import Foundation
package import ModelFiles
import Networks
import Records

/// All that a training remembers at one moment.
///
/// Its file is the model of that moment with more in it: momenta and, where the model's weights are averages, the
/// weights as the last step left them. The metadata hold the plan, the place in the run and a checksum.
package struct Checkpoint: Hashable {
    /// All but the tensors.
    package struct Record: Hashable, Codable {
        /// Of the form of the file; another one is refused.
        package var version = Self.currentVersion
        package var plan: TrainingPlan
        var data: DataFingerprint
        /// Steps done.
        package var step: Int
        /// Of the epoch that the last step belongs to, which may be complete.
        var tally: EpochTally
        /// Of the epochs before; `nil` where nothing was validated.
        var bestTopOne: Double?

        static let currentVersion = 1
    }

    package var record: Record
    /// By label.
    var classNames: [String]
    package var state: TrainingState

    private static let recordKey = Model.checkpointPrefix + "record"
    private static let checksumKey = Model.checkpointPrefix + "checksum"
}

extension Checkpoint {
    /// What the training comes to if it ends here: the averages where there are some.
    package var model: Model {
        var provenance = record.plan.versions
        provenance["epoch"] = "\(record.tally.epoch)"
        provenance["step"] = "\(record.step)"
        provenance["seed"] = "\(record.plan.seed)"
        return Model(
            architecture: record.plan.architecture, classes: classNames, background: record.plan.background,
            reading: record.plan.reading, pixels: record.plan.pixels,
            weights: state.averages.isEmpty ? state.weights : state.averages,
            provenance: provenance)
    }

    package func write(to output: OutputFile) throws {
        var file = model.fileContent()
        for (name, momentum) in state.momenta { file.tensors[Model.momentumPrefix + name] = momentum }
        if !state.averages.isEmpty {
            for (name, weight) in state.weights { file.tensors[Model.lastWeightPrefix + name] = weight }
        }
        file.metadata[Self.recordKey] = try JSONText(record).text
        file.metadata[Self.checksumKey] = Self.checksum(of: file)
        try file.write(to: output)
    }

    /// - Throws: `TrainingError` with the code `damagedCheckpoint` for content that is not what was written; other errors
    ///   for a file that cannot be read, is no checkpoint or is one of another version of the program.
    package init(reading path: String) throws {
        let file: SafetensorsFile
        do throws(ModelFileError) {
            file = try SafetensorsFile(reading: path)
        } catch {
            guard error.code == .malformed else { throw error }
            throw TrainingError(
                code: .damagedCheckpoint, operation: "resume from \(path)",
                cause: "it is damaged: cannot \(error.operation): \(error.cause)")
        }
        guard file.metadata[Self.recordKey] != nil || file.metadata[Self.checksumKey] != nil else {
            throw TrainingError(
                code: .wrongCheckpoint, operation: "resume from \(path)",
                cause: "it is not a training's checkpoint")
        }
        guard file.metadata[Self.checksumKey] == Self.checksum(of: file),
            let text = file.metadata[Self.recordKey]
        else {
            throw TrainingError(
                code: .damagedCheckpoint, operation: "resume from \(path)",
                cause: "it is damaged: checksum mismatch")
        }
        record = try Record(decoding: text, from: path)
        let model = try Model(reading: path)
        classNames = model.classes
        let last = file.tensors(named: Model.lastWeightPrefix)
        state = TrainingState(
            weights: last.isEmpty ? model.weights : last, momenta: file.tensors(named: Model.momentumPrefix),
            averages: last.isEmpty ? [:] : model.weights)
    }

    /// Of every name, number and word but itself.
    package static func checksum(of file: SafetensorsFile) -> String {
        var checksum: UInt32 = 0
        for (key, text) in file.metadata.sorted(by: { $0.key < $1.key }) where key != checksumKey {
            checksum = CRC32C.checksum(Array((key + "=" + text + ";").utf8).span.bytes, after: checksum)
        }
        for (name, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
            checksum = CRC32C.checksum(Array("\(name)\(tensor.shape)".utf8).span.bytes, after: checksum)
            checksum = CRC32C.checksum(tensor.values.span.bytes, after: checksum)
        }
        return String(checksum, radix: 16)
    }
}

extension Checkpoint.Record {
    /// What every version says.
    private struct Version: Decodable { var version: Int }

    /// - Throws: `TrainingError` for what another version of the program wrote.
    fileprivate init(decoding text: String, from path: String) throws(TrainingError) {
        let data = Data(text.utf8)
        let version = try? JSONDecoder().decode(Version.self, from: data).version
        guard version == Self.currentVersion, let record = try? JSONDecoder().decode(Self.self, from: data)
        else {
            throw TrainingError(
                code: .wrongCheckpoint, operation: "resume from \(path)",
                cause: "written by another version of tilescope (format "
                    + "\(version.map(String.init) ?? "unknown"); this version reads format \(Self.currentVersion))"
            )
        }
        self = record
    }
}

extension Checkpoint.Record {
    /// Whether the step lies in its epoch, and the tally is one of that part of it.
    fileprivate func isPossible(stepsPerEpoch: Int) -> Bool {
        guard (1...plan.epochCount).contains(tally.epoch) else { return false }
        let first = (tally.epoch - 1) * stepsPerEpoch
        // A run may be interrupted before its first step, too.
        let steps = (first == 0 ? 0 : first + 1)...first + stepsPerEpoch
        return steps.contains(step)
            && tally.isPossible(labelCount: (step - first) * plan.labelsPerStep)
    }
}

extension Checkpoint {
    /// Settings that may change from one part of a run to the next: they do not change what is learnt.
    private static let freeKeys = [
        "dataPath", "validationPath", "outputPath", "checkpointMinutes", "keptCheckpointCount", "versions",
    ]

    /// Checks that going on from here with a plan gives what the plan alone would have given.
    func check(fits plan: TrainingPlan, data: TrainingData) throws {
        let source = data.source
        var faults = try record.plan.differences(from: plan).filter { difference in
            !Self.freeKeys.contains { difference.key == $0 || difference.key.hasPrefix($0 + ".") }
        }.map { "\($0.key) is \($0.mine) in the checkpoint and \($0.other) in the plan" }
        if classNames != source.classNames {
            faults.append(
                "the classes are \(classNames.joined(separator: ", ")) in the checkpoint and "
                    + "\(source.classNames.joined(separator: ", ")) in \(source.path)")
        } else if record.data != data.fingerprint {
            faults.append(
                "\(source.path) holds other samples (\(data.fingerprint)) than those that were learnt from "
                    + "(\(record.data))")
        }
        let stepsPerEpoch = plan.stepsPerEpoch(sampleCount: data.samples.count)
        if faults.isEmpty, !record.isPossible(stepsPerEpoch: stepsPerEpoch) {
            faults.append("it says epoch \(record.tally.epoch) of \(plan.epochCount), which has no such step")
        }
        guard faults.isEmpty else {
            throw TrainingError(
                code: .wrongCheckpoint, operation: "resume after step \(record.step)",
                cause: faults.joined(separator: "; "))
        }
    }
}

extension SafetensorsFile {
    /// The tensors whose names begin so, without that beginning.
    fileprivate func tensors(named prefix: String) -> Weights {
        var found: Weights = [:]
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
            found[String(name.dropFirst(prefix.count))] = tensor
        }
        return found
    }
}
