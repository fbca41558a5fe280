import Bytes
import Devices
import Engines
import Files
import Foundation
import HTTPTypes
import ModelFiles
import Scanning
import Synchronization

/// The models of a folder, by name. Each is read at start; its weights stay in memory from its first use on.
final class ModelShelf: Sendable {
    /// One model, or why it cannot be used.
    struct Entry: Sendable {
        var name: String
        var path: String
        var byteCount: Int
        /// What tells the file from a later one of the same name.
        var version: FileGuard?
        var model: ServedModel?
        var error: String?
    }

    /// How deep models are looked for.
    private static let depth = 3

    private let folder: SealedFolder
    private let settings: ServedModel.Settings
    private let entries = Mutex<[String: Entry]>([:])

    /// - Throws: where the folder cannot be read.
    init(folder: String, settings: ServedModel.Settings) throws {
        guard folderExists(folder) else {
            throw ServiceError(
                description: "\(folder): there is no such folder; name one that holds models (.safetensors)")
        }
        self.folder = SealedFolder(path: folder)
        self.settings = settings
        try reload()
    }

    /// In the order of their names.
    var all: [Entry] { entries.withLock { $0.values.sorted { isNaturallyBefore($0.name, $1.name) } } }

    /// - Throws: 404 where there is none, 422 where it cannot be used.
    func model(_ name: String) throws(Problem) -> ServedModel {
        guard let entry = entries.withLock({ $0[name] }) else {
            throw Problem(.notFound, "no model has the name '\(name)'; /v1/models lists them")
        }
        guard let model = entry.model else {
            throw Problem(.unprocessableContent, "the model '\(name)' cannot be used: \(entry.error ?? "")")
        }
        return model
    }

    /// The queue of a model that was used already.
    func loadedQueue(of name: Substring) -> PredictionQueue? {
        entries.withLock { $0[String(name)]?.model }?.loadedQueue
    }

    func entry(_ name: String) throws(Problem) -> Entry {
        guard let entry = entries.withLock({ $0[name] }) else {
            throw Problem(.notFound, "no model has the name '\(name)'; /v1/models lists them")
        }
        return entry
    }

    /// Looks at the folder again. Models whose files are the same stay as they are; requests keep the model that they have.
    func reload() throws {
        let known = entries.withLock { $0 }
        var found: [String: Entry] = [:]
        for (name, path) in try files() {
            let version = FileGuard(path: path)
            if let entry = known[name], entry.version == version, entry.model != nil {
                found[name] = entry
                continue
            }
            var entry = Entry(name: name, path: path, byteCount: version?.byteCount ?? 0, version: version)
            do {
                entry.model = try ServedModel(name: name, path: folder.checked(path), settings: settings)
            } catch {
                entry.error = withoutSecrets("\(error)")
            }
            found[name] = entry
        }
        entries.withLock { $0 = found }
    }

    /// Files of models: those of the folder, and `model.safetensors` of the trainings in it under the training's name.
    private func files() throws -> [(name: String, path: String)] {
        var files: [(String, String)] = []
        func look(in path: String, name: String, depth: Int) throws {
            let manager = FileManager.default
            for child in try manager.contentsOfDirectory(atPath: path).sorted() where !child.hasPrefix(".") {
                let childPath = path + "/" + child
                if folderExists(childPath) {
                    // Checkpoints are states of a training, not models to use.
                    guard depth > 0, child != "checkpoints", (try? folder.checked(childPath)) != nil else {
                        continue
                    }
                    try look(in: childPath, name: name.isEmpty ? child : name + "." + child, depth: depth - 1)
                } else if child.hasSuffix(".safetensors") {
                    let stem = String(child.dropLast(".safetensors".count))
                    let isOfRun = stem == "model" && !name.isEmpty
                    files.append((isOfRun ? name : name.isEmpty ? stem : name + "." + stem, childPath))
                }
            }
        }
        try look(in: folder.path, name: "", depth: Self.depth)
        return files
    }
}

/// A model that answers: its contract, and its queue from the first picture on.
final class ServedModel: Sendable {
    /// What all models of a service share.
    struct Settings: Sendable {
        var machine: Machine
        var numerics: NumericsChoice
        var limits: ServiceLimits
        var threads: WorkThreads
        var metrics: ServiceMetrics
    }

    let name: String
    let path: String
    let contract: ModelContract
    private let settings: Settings
    private let queue = Mutex<PredictionQueue?>(nil)
    /// Held while the model is read, which takes long; an event loop never waits for it.
    private let reading = Mutex(())
    private let digest = Mutex<String?>(nil)

    /// Reads the contract; the weights are read when they are needed.
    init(name: String, path: String, settings: Settings) throws {
        self.name = name
        self.path = path
        self.settings = settings
        contract = try ModelContract(reading: path)
        // Whether this machine can do what was asked for shows only with the weights.
        if settings.numerics.precision == .int8 || settings.machine.device != .cpu {
            try predictionQueue().compile()
        }
    }

    /// Pictures that wait; none where nobody has asked yet.
    var waitingCount: Int { queue.withLock { $0?.waitingCount ?? 0 } }

    /// The precision in which it is scored; `nil` before its first use.
    var precision: Precision? { queue.withLock { $0?.precision } }

    /// Read from the disk at the first call, which therefore blocks.
    func predictionQueue() throws -> PredictionQueue {
        try reading.withLock { _ in
            if let loadedQueue { return loadedQueue }
            let model = try Model(reading: path)
            let engine = try settings.machine.engine(
                settings.numerics, scoring: model.architecture, weights: model.weights)
            var single = settings.machine
            if single.device == .cpu { single.workers = 1 }
            let new = try PredictionQueue(
                model, name: name, engine: engine,
                singleEngine: single == settings.machine
                    ? engine : single.engine(engine.numerics.precision, kernels: settings.numerics.kernels),
                limits: settings.limits, threads: settings.threads, metrics: settings.metrics)
            queue.withLock { $0 = new }
            return new
        }
    }

    /// The queue if it is there already.
    var loadedQueue: PredictionQueue? { queue.withLock { $0 } }

    /// SHA-256 of the file; read at the first call.
    func sha256() throws -> String {
        try digest.withLock { digest in
            if let digest { return digest }
            let new = try ScannedModel.digest(of: FileReader(path: path))
            digest = new
            return new
        }
    }
}
