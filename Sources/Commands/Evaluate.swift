import ArgumentParser
import Devices
import Engines
import Evaluation
import Files
import Foundation
import ModelFiles
import Networks
import Records

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what a model knows of a pack of tiles or of image records, and show it.",
        usage: """
            tilescope evaluate <model.safetensors> <data> [<options>]
            tilescope evaluate --checkpoints <run> <data> [<options>]
            """,
        discussion: """
            Prints top-1, top-k, loss and calibration with 95 % intervals, and precision, recall and F1 of each class. \
            --output makes all pictures and files of docs/evaluation.md.
            The data must have the model's classes in the same order. Tiles must have its input size; of pictures in \
            records the centre is taken: 224 of 256, at the network's size. What cannot be read is left out, named, and \
            makes the exit code 1.
            """)

    @Argument(help: ArgumentHelp("The model, and the pack or records to measure on.", valueName: "path"))
    var paths: [String]
    @Option(
        help: ArgumentHelp(
            "Measure all checkpoints that this run has kept, in one pass over the data, instead of one model.",
            valueName: "run"))
    var checkpoints: String?
    @Option(help: ArgumentHelp("Only the first samples.", valueName: "count")) var limit: Int?
    @Option(help: ArgumentHelp("Labels kept of each sample, the k of top-k.", valueName: "k")) var top = 5
    @Option(
        help: ArgumentHelp(
            "Sets of samples drawn for the intervals; 0 for no intervals.", valueName: "count"))
    var resamples = 1000
    @Option(help: ArgumentHelp("Seed of these draws.", valueName: "number")) var seed: UInt64 = 1
    @Option(
        help: ArgumentHelp(
            "Write every prediction, as CSV or JSON Lines.", valueName: "file.csv|file.jsonl"))
    var predictions: String?
    @Option(
        name: .customLong("output"),
        help: ArgumentHelp(
            "Write all numbers, predictions, pictures and worst cases into this folder.", valueName: "folder")
    )
    var outputFolder: String?
    @Flag(help: "Replace the evaluation that is in the output folder.") var overwrite = false
    @Flag(help: "Average the scores of each picture and its mirror image.") var mirror = false
    @Flag(help: "Print one line of JSON for each model.") var json = false
    @Flag(help: "Compute with the plain reference engine: slow, to check the fast one.") var reference = false
    @OptionGroup(title: "Confusion matrix") var matrixOptions: MatrixOptions
    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    func validate() throws {
        guard paths.count == (checkpoints == nil ? 2 : 1) else {
            throw ValidationError(
                checkpoints == nil
                    ? "give a model and data" : "give data alone with --checkpoints: the models are the run's"
            )
        }
        guard limit.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--limit must be positive: \(limit ?? 0)")
        }
        if let predictions, !predictions.hasSuffix(".csv"), !predictions.hasSuffix(".jsonl") {
            throw ValidationError("--predictions must end in .csv or .jsonl: \(predictions)")
        }
        guard (1...1000).contains(top) else { throw ValidationError("--top must be in 1...1000: \(top)") }
        guard (0...100_000).contains(resamples) else {
            throw ValidationError("--resamples must be in 0...100000: \(resamples)")
        }
        guard !reference || engineOptions.numerics.precision == .fp32 else {
            throw ValidationError(
                "--reference computes in fp32, not with --precision \(engineOptions.numerics.precision)")
        }
        guard !reference || engineOptions.machine.device == .cpu else {
            throw ValidationError(
                "--reference computes on the CPU, not on --device \(engineOptions.machine.device.name)")
        }
        try matrixOptions.check(keeping: top, hasCheckpoints: checkpoints != nil)
    }

    func run() throws {
        Cancellation.catchSignals()
        let models = try EvaluatedModel.all(path: paths[0], run: checkpoints)
        let first = try models[0].read()
        var scoring = try PackScoring(
            openSamples(data), classNames: first.classes, inputSize: first.architecture.inputSize,
            limit: limit)
        scoring.averagesMirrored = mirror
        let styling = try MatrixStyling(matrixOptions, classNames: first.classes)
        let engine: any Engine = reference ? ReferenceEngine() : try engineOptions.engine(scoring: first)
        try checkOutputs()
        var pass = EvaluationPass(
            models: models, scoring: scoring, data: data, engine: engine, styling: styling)
        (pass.keptCount, pass.resampleCount, pass.seed) = (top, resamples, seed)
        pass.seeksDuplicates = outputFolder != nil
        let output = try pass.run()
        // First of all: whatever cannot be written after a long pass over the data, the numbers are there.
        for row in output.rows where json { print(try row.jsonLine()) }
        if !json { print(output.text) }
        if let predictions { try output.last.write(to: predictions) }
        try output.writeMatrices(matrixOptions)
        if let outputFolder {
            for file in try EvaluationOutput.files(in: outputFolder) { unlink(file) }
            try output.write(
                into: outputFolder, runFolder: checkpoints, command: Self.typedCommand)
        }
        try sayWhatIsMissing(output.predictions[0], of: scoring.count)
    }

    /// As a shell takes it.
    private static var typedCommand: String {
        let words = CommandLine.arguments.dropFirst().map { word in
            word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:+@%".contains($0) }
                ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }
        return (["tilescope"] + words).joined(separator: " ")
    }

    private var data: String { paths[paths.count - 1] }

    /// Before anything is scored: a file that cannot be made shall not be noticed at the end.
    private func checkOutputs() throws {
        for path in matrixOptions.matrix + [predictions, matrixOptions.film].compactMap(\.self) {
            _ = try FileWriter(path: path)
        }
        guard let outputFolder else { return }
        try makeFolder(outputFolder)
        let old = try EvaluationOutput.files(in: outputFolder)
        guard old.isEmpty || overwrite else {
            throw CommandError(
                operation: "write into the folder", path: outputFolder,
                cause: "it holds an evaluation already; give another --output, or --overwrite to replace it")
        }
    }

    private func sayWhatIsMissing(_ result: Predictions, of count: Int) throws {
        let line = ProgressLine()
        if result.wasCancelled {
            let seenCount = result.count + result.unreadable.count
            line.finish("interrupted: this is of the first \(seenCount) of \(count) samples")
        }
        for unreadable in result.unreadable.prefix(10) { line.finish(unreadable.reason) }
        if !result.unreadable.isEmpty {
            line.finish("\(result.unreadable.count) samples could not be read and do not count")
        }
        guard result.count == count else { throw ExitCode.failure }
    }
}
