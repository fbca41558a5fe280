import ArgumentParser
import Devices
import Engines
import Files
import ModelFiles
import Networks
import Pixels
import Records

/// Finds what a model needs to score in int8.
///
/// A command of its own rather than a flag of `train`: it takes seconds, and serves imported models as well.
struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a model that can score with --precision int8.",
        discussion: """
            Scores tiles in fp32 and writes a copy of the model that also holds how large the inputs of its \
            convolutions became. The tiles should be like those that the model was trained on, and not those that it \
            is measured on.
            """)

    @Argument(help: ArgumentHelp("The model.", valueName: "model.safetensors")) var model: String
    @Option(help: ArgumentHelp("A pack of tiles of the model's input size.", valueName: "data.tiles"))
    var data: String
    @Option(help: ArgumentHelp("Tiles to score, evenly from the whole pack.", valueName: "count"))
    var count = 512
    @Option(help: ArgumentHelp("The calibrated model's file.", valueName: "file")) var output: String
    @OptionGroup var overwriting: OverwriteOption
    @Option(help: ArgumentHelp("Threads that compute; 0 for one per core.", valueName: "count")) var workers =
        0

    func validate() throws {
        guard (1...1_000_000).contains(count) else {
            throw ValidationError("--count must be between 1 and 1,000,000: \(count)")
        }
        guard (0...1024).contains(workers) else {
            throw ValidationError("--workers must be between 0 and 1024: \(workers)")
        }
    }

    func run() throws {
        let line = ProgressLine()
        let cancellation = Cancellation.catchSignals()
        var outputs = overwriting.outputs(reading: [self.model, data])
        let file = try outputs.file(output)
        var model = try Model(reading: self.model)
        let pack = try TilePack(opening: data)
        let side = model.architecture.inputSize
        guard pack.count > 0, pack.tileWidth == side, pack.tileHeight == side else {
            throw CommandError(
                operation: "calibrate with its tiles", path: data,
                cause:
                    "there are \(pack.count) of \(pack.tileWidth)×\(pack.tileHeight) pixels, the model takes "
                    + "\(side)×\(side)")
        }
        var calibration = Calibration(
            network: try Network(model.architecture), weights: model.weights,
            engine: try Machine(workers: workers).engine(.fp32))
        let total = min(count, pack.count)
        for start in stride(from: 0, to: total, by: calibration.batchSize) {
            if cancellation.isRequested { throw Cancelled(kept: "nothing was written") }
            let end = min(start + calibration.batchSize, total)
            let pixels = try (start..<end).flatMap { try pack.tile($0 * pack.count / total).pixelsHWC }
            do throws(EngineError) {
                try calibration.add(pixels.span)
            } catch {
                throw CommandError(operation: error.operation, path: self.model, cause: error.cause)
            }
            line.show("scored \(end) of \(total) tiles")
        }
        line.finish("scored \(total) tiles")
        model.weights.merge(calibration.ranges) { $1 }
        try model.write(to: file)
        say("\(output): \(model.architecture.name) with \(calibration.ranges.count) input ranges")
    }
}
