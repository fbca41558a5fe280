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
        abstract: "Measure how often a model is right on a pack of tiles or image records, and show it.",
        usage: """
            tilescope evaluate <model.safetensors> <data> [<options>]
            tilescope evaluate --checkpoints <run> <data> [<options>]
            """,
        discussion: """
            Prints top-1, top-k, loss and calibration with 95 % intervals, and precision, recall and F1 of each class. \
            --output makes all pictures and files of docs/evaluation.md.
            The data must have the model's classes in the same order. Tiles must have its input size. Images in records are \
            resized and cut as the model says; by default their shorter side becomes input size × 256/224, and the square in the centre is \
            cut out. Samples that cannot be read are named and left out, and the exit code is 1.
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
            "Write all numbers, predictions, figures and worst cases into this folder.", valueName: "folder")
    )
    var outputFolder: String?
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions
    @Flag(help: "Average the scores of each image and its mirror image.") var mirror = false
    @Flag(help: "Print one line of JSON for each model.") var json = false
    @Flag(help: "Compute with the plain reference engine: slow, to check the fast one.") var reference = false
    @OptionGroup(title: "Confusion matrix") var matrixOptions: MatrixOptions
    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    func validate() throws {
        guard paths.count == (checkpoints == nil ? 2 : 1) else {
            throw ValidationError(
                checkpoints == nil
                    ? "give a model and data"
                    : "with --checkpoints give only data, because the models come from the run"
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
                "--reference computes only in fp32, not with --precision \(engineOptions.numerics.precision)")
        }
        guard !reference || engineOptions.machine.device == .cpu else {
            throw ValidationError(
                "--reference computes only on the CPU, not on --device \(engineOptions.machine.device.name)")
        }
        try matrixOptions.check(keeping: top, hasCheckpoints: checkpoints != nil)
    }

    func run() throws {
        Cancellation.catchSignals()
        let run = try checkpoints.map { try FolderMirror($0, isOnlyRead: true) }
        try run?.fetch { $0.hasPrefix("checkpoints/") || $0 == "metrics.jsonl" || $0 == "plan.json" }
        let models = try EvaluatedModel.all(path: paths[0], run: run?.path)
        var outputs = overwriting.outputs(
            reading: models.map(\.path) + sampleFiles(of: data)
                + [matrixOptions.hierarchy, matrixOptions.names].compactMap(\.self))
        let predictionsFile = try predictions.map { try outputs.file($0) }
        let matrixFiles = try matrixOptions.matrix.map { try outputs.file($0) }
        let filmFile = try matrixOptions.film.map { try outputs.file($0) }
        if let outputFolder { try outputs.checkFolder(outputFolder, names: EvaluationFolder.names) }
        let first = try models[0].read()
        var scoring = try PackScoring(
            openSamples(data, framing: first.framing, remark: { ProgressLine.warn("\($0)") }),
            classNames: first.classes,
            inputSize: first.architecture.inputSize,
            limit: limit)
        scoring.averagesMirrored = mirror
        let styling = try MatrixStyling(matrixOptions, classNames: first.classes)
        let engine: any Engine = reference ? ReferenceEngine() : try engineOptions.engine(scoring: first)
        let place = try outputFolder.map { try FolderMirror($0) }
        let lock = try place?.lock(warn: { ProgressLine.warn("\($0)") })
        defer { withExtendedLifetime(lock) {} }
        try place?.fetch(EvaluationFolder.names.contains)
        let folder = try place.map { try EvaluationFolder(path: $0.path, replaces: overwriting.isGiven) }
        var pass = EvaluationPass(
            models: models, scoring: scoring, data: data, engine: engine, styling: styling)
        (pass.keptCount, pass.resampleCount, pass.seed) = (top, resamples, seed)
        pass.seeksDuplicates = outputFolder != nil
        let output = try pass.run()
        // First of all: whatever cannot be written after a long pass over the data, the numbers are there.
        for row in output.rows where json { say(try JSONText(row)) }
        if !json { say(output.text) }
        // A part of an evaluation is better than nothing, and worse than the older one that it would replace.
        let files = matrixFiles + [predictionsFile, filmFile].compactMap(\.self)
        let isOverOlder = try files.contains { try $0.isThere() } || folder?.holdsResults == true
        let olderStay = output.last.wasCancelled && isOverOlder
        if !olderStay {
            if let predictionsFile { try output.last.write(to: predictionsFile) }
            for file in matrixFiles { try output.writeMatrix(to: file) }
            if let filmFile { try output.writeFilm(to: filmFile) }
            try folder?.write(output, runFolder: run?.path, command: Tilescope.typedCommand)
            try place?.publish(
                EvaluationFolder.names, summary: EvaluationFolder.names[0],
                removing: EvaluationFolder.names.contains)
        }
        try sayWhatIsMissing(output.predictions[0], of: scoring.count, olderStay: olderStay)
    }

    private var data: String { paths[paths.count - 1] }

    private func sayWhatIsMissing(
        _ result: Predictions, of count: Int, olderStay: Bool
    ) throws {
        let line = ProgressLine()
        if result.wasCancelled {
            let seenCount = result.count + result.unreadable.count
            let kept: TerminalText = olderStay ? "; the older files stay" : ""
            line.finish(
                "interrupted: this is of the first \(seenCount) of \(counted(count, "sample"))\(kept)")
        }
        for unreadable in result.unreadable.prefix(10) { line.finish("\(unreadable.reason)") }
        if !result.unreadable.isEmpty {
            line.finish("not counted: \(counted(result.unreadable.count, "sample")) that could not be read")
        }
        guard result.count == count else { throw ExitCode.failure }
    }
}
