import Evaluation
import Files
import Foundation
import Networks
import Training

/// A run as `tilescope runs` shows it.
struct RunRow: Encodable {
    enum State: String, Encodable {
        /// A process trains into the folder right now.
        case running
        case finished
        /// Ended before its last epoch.
        case stopped
        /// What the folder holds cannot be read.
        case broken
    }

    var path: String
    var state = State.broken
    /// What is wrong with a broken one.
    var fault: String?
    var architecture: String?
    var data: String?
    var plannedEpochs: Int?
    /// Complete ones.
    var epochs: Int?
    var steps: Int?
    var loss: Double?
    /// On the validation samples, in `0...1`, as the next two.
    var bestTopOne: Double?
    var bestEpoch: Int?
    var lastTopOne: Double?
    var imagesPerSecond: Double?
    /// Of the complete epochs.
    var seconds: Double?

    /// Looks at a run's folder; one that cannot be understood becomes a broken row.
    init(_ path: String) {
        self.path = path
        do {
            try fill()
        } catch {
            (state, fault) = (.broken, "\(error)")
        }
    }

    private mutating func fill() throws {
        let folder = SealedFolder(path: path)
        let plan = try PlannedRun(in: folder)
        (architecture, data) = (plan.architecture.name, Address(plan.dataPath).description)
        plannedEpochs = plan.epochCount
        let metricsPath = path + "/metrics.jsonl"
        let isRunning = RunFolder.isLocked(path)
        guard FileManager.default.fileExists(atPath: metricsPath) || !isRunning else {
            return (state, epochs, steps) = (.running, 0, 0)
        }
        let numbers = try RunNumbers(reading: folder.checked(metricsPath))
        (epochs, steps) = (numbers.epochCount, numbers.stepCount)
        (loss, imagesPerSecond, seconds) = (numbers.loss, numbers.imagesPerSecond, numbers.seconds)
        (bestTopOne, bestEpoch) = (numbers.bestTopOne, numbers.bestEpoch)
        lastTopOne = numbers.lastTopOne
        state = isRunning ? .running : numbers.epochCount >= plan.epochCount ? .finished : .stopped
    }

    /// The runs in a folder and in those below it, by path; the folder itself may be one.
    static func all(below folder: String) throws -> [RunRow] {
        guard folderExists(folder) else {
            throw CommandError(operation: "list the runs", path: folder, cause: "there is no such folder")
        }
        return paths(below: folder).map(RunRow.init)
    }

    private static func paths(below folder: String) -> [String] {
        if isRun(folder) { return [folder] }
        let files = FileManager.default
        let names = ((try? files.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        return names.flatMap { name -> [String] in
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            let type = (try? files.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
            // Links are not followed: they may lead round in a circle.
            return type == .typeDirectory ? paths(below: path) : []
        }
    }

    /// Scans have a `plan.json` too, but neither metrics nor checkpoints.
    private static func isRun(_ folder: String) -> Bool {
        let has = { FileManager.default.fileExists(atPath: folder + "/" + $0) }
        return has("metrics.jsonl") || (has("plan.json") && has("checkpoints"))
    }
}

/// What of a plan is shown; plans of other versions of this program have it as well.
private struct PlannedRun: Decodable {
    var dataPath: String
    var architecture: Architecture
    var epochCount: Int

    init(in folder: SealedFolder) throws {
        let path = folder.path + "/plan.json"
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandError(operation: "read the plan", path: path, cause: "it is missing")
        }
        let data = try Data(folder.read(path))
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw CommandError(
                operation: "read the plan", path: path, cause: "it is not the plan of a training")
        }
    }
}
