import Evaluation
import Files
import Foundation
import HTTPTypes

/// Trainings: the folders below the models' folder that hold a plan.
struct RunRoutes {
    let folder: String
    let threads: WorkThreads
    /// This program, whose `runs --json` lists trainings.
    let program: String

    var routes: [Route] {
        [
            Route(.get, "/v1/runs") { [self] request in
                try request.checkQuery([])
                let runs = try await threads.run { [self] in
                    try listed().map { RunRow($0.run, name: $0.name) }
                }
                return try .json(RunList(runs: runs))
            },
            Route(.get, "/v1/runs/{run}/curves") { [self] request in
                try request.checkQuery([])
                let name = request["run"]
                return try await threads.run { [self] in try .json(curves(of: run(name))) }
            },
            Route(.get, "/v1/runs/{run}/confusion") { [self] request in
                try request.checkQuery([])
                let name = request["run"]
                return try await threads.run { [self] in try .json(confusion(of: run(name))) }
            },
        ]
    }

    private func listed() throws -> [(run: ListedRun, name: String)] {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["runs", folder, "--json"]
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), FileHandle.nullDevice)
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Nothing else is awaited: Foundation takes the status, and to wait it would run a loop of timers on this thread.
        let lines = output.fileHandleForReading.readDataToEndOfFile()
        return try lines.split(separator: UInt8(ascii: "\n")).map { line in
            let run = try JSONDecoder().decode(ListedRun.self, from: line)
            return (run, name(of: run.path))
        }
    }

    /// A run's path below the folder, with dots for slashes, as models are named.
    private func name(of path: String) -> String {
        var name = path
        if name.hasPrefix(folder) { name.removeFirst(folder.count) }
        return name.split(separator: "/").joined(separator: ".")
    }

    /// - Returns: the folder of a run that is listed.
    private func run(_ name: String) throws -> String {
        guard let found = try listed().first(where: { $0.name == name }) else {
            throw Problem(.notFound, "no training has the name '\(name)'; /v1/runs lists them")
        }
        return found.run.path
    }

    // MARK: Curves

    private static let pointLimit = 2000

    private func curves(of path: String) throws -> RunCurves {
        let folder = SealedFolder(path: path)
        let history = try TrainingHistory(reading: folder.checked(path + "/metrics.jsonl"))
        let losses = history.averaged({ Double($0.loss) }, pointLimit: Self.pointLimit)
        let rates = history.averaged({ $0.learningRate.map { Double($0) } }, pointLimit: Self.pointLimit)
        let perEpoch = Double(history.stepsPerEpoch)
        return RunCurves(
            steps: losses.enumerated().map { index, point in
                RunCurves.Step(
                    step: Int((point.x * perEpoch).rounded()), epoch: point.x, loss: point.y,
                    learningRate: index < rates.count ? rates[index].y : nil)
            },
            epochs: history.epochs.map {
                RunCurves.Epoch(
                    epoch: $0.epoch, trainingTop1: $0.trainingTopOne, top1: $0.validationTopOne,
                    top5: $0.validationTopFive)
            })
    }

    // MARK: Confusion

    /// Where `tilescope evaluate` may have written, below the training's folder.
    private static let evaluationNames = ["evaluation", "seen", "evaluate"]

    private func confusion(of path: String) throws -> RunConfusion {
        let folder = SealedFolder(path: path)
        for name in [""] + Self.evaluationNames.map({ $0 + "/" }) {
            let file = path + "/" + name + "predictions.csv"
            guard FileManager.default.fileExists(atPath: file) else { continue }
            return try RunConfusion(folder.read(file, limit: SealedFolder.listByteLimit))
        }
        throw Problem(
            .notFound,
            "no evaluation stands in this training's folder: tilescope evaluate … --output \(path)/evaluation writes one"
        )
    }
}

/// What `tilescope runs --json` says of a training.
private struct ListedRun: Decodable {
    var path: String
    var state: String
    var fault: String?
    var architecture: String?
    var plannedEpochs: Int?
    var epochs: Int?
    var loss: Double?
    var bestTopOne: Double?
}

/// A training as clients see it.
private struct RunRow: Encodable {
    var name: String
    /// `running`, `finished`, `stopped` or `broken`.
    var state: String
    var isFinished: Bool
    var error: String?
    var architecture: String?
    var epochCount: Int
    var finishedEpochCount: Int
    var loss: Double?
    var top1: Double?

    init(_ run: ListedRun, name: String) {
        self.name = name
        state = run.state
        isFinished = run.state == "finished"
        error = run.fault.map(withoutSecrets)
        architecture = run.architecture
        epochCount = run.plannedEpochs ?? 0
        finishedEpochCount = run.epochs ?? 0
        loss = run.loss
        top1 = run.bestTopOne
    }
}

private struct RunList: Encodable {
    var runs: [RunRow]
}

private struct RunCurves: Encodable {
    struct Step: Encodable {
        var step: Int
        var epoch: Double
        var loss: Double
        var learningRate: Double?
    }
    struct Epoch: Encodable {
        var epoch: Int
        var trainingTop1: Float
        var top1: Float?
        var top5: Float?
    }

    var steps: [Step]
    var epochs: [Epoch]
}
