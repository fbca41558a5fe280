import ArgumentParser
import Devices
import Engines
import Evaluation
import Files
import ModelFiles
import Networks
import Pixels
import Rasters
import Records
import Scanning

/// Measures on data what a model needs besides its weights: the ranges of int8, and the threshold of its detections.
///
/// A command of its own rather than a flag of `train`: it takes seconds, and serves imported models as well.
struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a model that can score with --precision int8, or choose its threshold by a scene.",
        discussion: """
            With --data, scores tiles in fp32 and writes a copy of the model that also holds how large the inputs of its \
            convolutions became. With --scene and --truth, scans a scene whose objects are known and writes a copy whose \
            contract has the threshold with the best F1; scan obeys it. Tiles and scene should be like those that the model \
            will see, and not those that it is measured on.
            """)

    @Argument(help: ArgumentHelp("The model.", valueName: "model.safetensors")) var model: String
    @Option(help: ArgumentHelp("A pack of tiles of the model's input size.", valueName: "data.tiles"))
    var data: String?
    @Option(help: ArgumentHelp("A scene to choose the threshold by.", valueName: "scene")) var scene: String?
    @OptionGroup var truthOptions: TruthOptions
    @Option(
        help: """
            How boxes of the scene that overlap are merged when the threshold is chosen: nms, nmm or wbf; also written into the \
            contract. Default: as the contract says.
            """)
    var method: MergeRule.Method?
    @Option(
        help: ArgumentHelp(
            "IoU above which two boxes are one object; also written into the contract.", valueName: "0...1"))
    var iou: Float?
    @Option(
        help: ArgumentHelp("Tiles to score, evenly from the whole pack; 512 by default.", valueName: "count"))
    var count: Int?
    @Option(help: ArgumentHelp("The calibrated model's file.", valueName: "file")) var output: String
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions
    @Option(help: ArgumentHelp("Threads that compute; 0 for one per core.", valueName: "count")) var workers =
        0

    func validate() throws {
        guard (1...1_000_000).contains(count ?? 1) else {
            throw ValidationError("--count must be between 1 and 1,000,000: \(count ?? 0)")
        }
        guard count == nil || data != nil else { throw ValidationError("--count needs --data") }
        guard (scene == nil) == (truthOptions.truth == nil) else {
            throw ValidationError("--scene and --truth must be given together")
        }
        guard scene != nil || (method == nil && iou == nil) else {
            throw ValidationError("--method and --iou need --scene")
        }
        guard (0...1).contains(iou ?? 0) else {
            throw ValidationError("--iou must lie in 0...1: \(iou ?? 0)")
        }
        guard data != nil || scene != nil else {
            throw ValidationError("give --data for int8, or --scene and --truth for the threshold, or both")
        }
        guard (0...1024).contains(workers) else {
            throw ValidationError("--workers must be between 0 and 1024: \(workers)")
        }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        let inputs = [Address(self.model)] + [data, truthOptions.truth].compactMap { $0.map { Address($0) } }
        let sceneFiles = try scene.map { try Scene(opening: Address($0)).files } ?? []
        var outputs = OutputFiles(inputs: inputs + sceneFiles, replaces: overwriting.isGiven)
        let file = try outputs.file(output)
        var model = try Model(reading: self.model)
        let engine = try Machine(workers: workers).engine(.fp32)
        let pack = try data.map { try tiles(at: $0, for: model) }
        var best: BestThreshold?
        if let scene, let truth = truthOptions.source {
            var reading = model.reading ?? .usual
            reading.method = method ?? reading.method
            reading.iou = iou ?? reading.iou
            model.reading = reading
            let search = ThresholdSearch(scene: scene, truth: truth)
            best = try search.best(for: model, engine: engine, tellsOfTruth: true)
        }
        var rangeCount = 0
        if let pack {
            let ranges = try ranges(of: pack, for: model, engine: engine, cancellation)
            model.weights.merge(ranges) { $1 }
            rangeCount = ranges.count
        }
        if let best { model.take(best) }
        try model.write(to: file)
        if let best { say(best.text) }
        let words = rangeCount > 0 ? " with \(rangeCount) input ranges" : ""
        say("\(output): \(model.architecture.name)\(words)")
    }

    private func tiles(at path: String, for model: Model) throws -> TilePack {
        let pack = try TilePack(opening: path)
        let side = model.architecture.inputSize
        guard pack.count > 0, pack.tileWidth == side, pack.tileHeight == side else {
            throw CommandError(
                operation: "calibrate with its tiles", path: path,
                cause:
                    "there are \(pack.count) of \(pack.tileWidth)×\(pack.tileHeight) pixels, but the model takes "
                    + "\(side)×\(side)")
        }
        return pack
    }

    /// How large the inputs of the convolutions become.
    private func ranges(
        of pack: TilePack, for model: Model, engine: any Engine, _ cancellation: Cancellation
    ) throws -> Weights {
        let line = ProgressLine()
        var calibration = Calibration(
            network: try Network(model.architecture), weights: model.weights, engine: engine)
        let total = min(count ?? 512, pack.count)
        for start in stride(from: 0, to: total, by: calibration.batchSize) {
            if cancellation.isRequested { throw Cancelled(kept: "nothing was written") }
            let end = min(start + calibration.batchSize, total)
            let pixels = try (start..<end).flatMap { try pack.tile($0 * pack.count / total).pixelsHWC }
            do throws(EngineError) {
                try calibration.add(pixels.span)
            } catch {
                throw CommandError(operation: error.operation, path: self.model, cause: error.cause)
            }
            line.show("scored \(end) of \(counted(total, "tile"))")
        }
        line.finish("scored \(counted(total, "tile"))")
        return calibration.ranges
    }
}
