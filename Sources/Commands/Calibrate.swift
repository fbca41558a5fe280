import ArgumentParser
import Devices
import Engines
import Files
import Foundation
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
    @Flag(
        help:
            "Replace a file that stands where the calibrated model goes; the model itself is replaced anyway."
    )
    var overwrite = false
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
        try checkOutput()
        var calibration = Calibration(
            network: try Network(model.architecture), weights: model.weights,
            engine: try Machine(workers: workers).engine(.fp32))
        let total = min(count, pack.count)
        for start in stride(from: 0, to: total, by: calibration.batchSize) {
            if cancellation.isRequested { throw Cancelled(kept: "nothing was written") }
            let end = min(start + calibration.batchSize, total)
            let pixels = (start..<end).flatMap { pack.tile($0 * pack.count / total).pixelsHWC }
            try calibration.add(pixels.span)
            line.show("scored \(end) of \(total) tiles")
        }
        line.finish("scored \(total) tiles")
        model.weights.merge(calibration.ranges) { $1 }
        try model.write(to: output)
        print("\(output): \(model.architecture.name) with \(calibration.ranges.count) input ranges")
    }

    /// Refuses, before any work, an output that cannot be made or that would cost a file somebody needs.
    private func checkOutput() throws {
        guard !isSameFile(output, data) else {
            throw CommandError(
                operation: "write the calibrated model", path: output,
                cause: "it is the pack of --data; give another --output")
        }
        var status = stat()
        guard
            overwrite || stat(output, &status) != 0 || status.st_mode & S_IFMT == S_IFDIR
                || isSameFile(output, model)
        else {
            throw CommandError(
                operation: "write the calibrated model", path: output,
                cause: "the file exists already; give another --output, or --overwrite to replace it")
        }
        // Created and removed again; it throws where there is no folder to write into, or a folder of this name.
        _ = try FileWriter(path: output)
    }
}

/// Whether two paths lead to one file that exists, over whatever links.
private func isSameFile(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    return stat(first, &one) == 0 && stat(second, &other) == 0 && one.st_dev == other.st_dev
        && one.st_ino == other.st_ino
}
