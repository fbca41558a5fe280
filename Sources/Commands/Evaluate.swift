import ArgumentParser
import Engines
import Evaluation
import Foundation
import ModelFiles
import Networks
import Records

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model's top-1 on a pack of tiles or on image records.",
        discussion: """
            The data must have the model's classes in the same order. Tiles must have its input size; of pictures in \
            records the centre is taken: 224 of 256, at the network's size. What cannot be read is left out, named, and \
            makes the exit code 1.
            """)

    @Argument(help: ArgumentHelp("The model.", valueName: "model.safetensors")) var model: String
    @Argument(help: ArgumentHelp("The pack or records to measure on.", valueName: "data")) var data: String
    @Option(help: ArgumentHelp("Only the first samples.", valueName: "count")) var limit: Int?
    @Flag(help: "Average the scores of each picture and its mirror image.") var mirror = false
    @Flag(help: "Print one line of JSON.") var json = false
    @Flag(help: "Compute with the plain reference engine: slow, to check the fast one.") var reference = false
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        guard limit.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--limit must be positive: \(limit ?? 0)")
        }
        guard !reference || engineOptions.precision == .fp32 else {
            throw ValidationError(
                "--reference computes in fp32, not with --precision \(engineOptions.precision)")
        }
        guard !reference || engineOptions.place.isCPU else {
            throw ValidationError(
                "--reference computes on the CPU, not on --device \(engineOptions.place.device)")
        }
    }

    func run() throws {
        Interruption.catchSignals()
        let model = try Model(reading: self.model)
        var scoring = try PackScoring(
            openSamples(data), classNames: model.classes,
            inputSize: model.architecture.inputSize, limit: limit)
        scoring.averagesMirrored = mirror
        let count = scoring.count
        let engine: any Engine = reference ? ReferenceEngine() : try engineOptions.engine(scoring: model)
        let program = try engine.scoringProgram(
            for: Network(model.architecture), weights: model.weights, batchSize: PackScoring.batchSize)
        let start = ContinuousClock.now
        var line = ProgressLine()
        let result = try scoring.topOne(
            by: program, progress: { line.show("scored \($0) of \(count) samples") },
            shouldStop: { Interruption.isRequested })
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        line.finish("scored \(result.count) samples on the engine \(engine.description)")
        try report(result, imagesPerSecond: Double(result.count) / seconds, engine: engine)
        let seenCount = result.count + result.unreadable.count
        if seenCount < scoring.count {
            line.finish("interrupted: this is of the first \(seenCount) of \(scoring.count) samples")
        }
        for unreadable in result.unreadable.prefix(10) { line.finish(unreadable.reason) }
        if !result.unreadable.isEmpty {
            line.finish("\(result.unreadable.count) samples could not be read and do not count")
        }
        guard result.count == scoring.count else { throw ExitCode.failure }
    }

    private func report(_ result: TopOne, imagesPerSecond: Double, engine: any Engine) throws {
        guard !json else {
            let line = EvaluationLine(
                model: model, data: data, engine: engine.description, topOne: result.fraction,
                topFive: result.topFiveFraction, count: result.count, errorCount: result.errorCount,
                imagesPerSecond: imagesPerSecond,
                classes: result.classes)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(line), as: UTF8.self))
            return
        }
        let topFive = result.classes.count > 5 ? "  top-5 \(percent(result.topFiveFraction))" : ""
        print(
            "top-1 \(percent(result.fraction))\(topFive)  errors \(result.errorCount)/\(result.count)  "
                + "\(Int(imagesPerSecond)) images/s")
        let width = result.classes.map(\.name.count).max() ?? 0
        for entry in result.classes {
            let name = entry.name.padding(toLength: width, withPad: " ", startingAt: 0)
            print("  \(name)  \(percent(entry.fraction))  errors \(entry.errorCount)/\(entry.count)")
        }
    }

    private func percent(_ fraction: Double?) -> String {
        fraction.map { ($0 * 100).fixed(2) + " %" } ?? "-"
    }
}

/// What `evaluate --json` prints.
private struct EvaluationLine: Encodable {
    var model: String
    var data: String
    var engine: String
    var topOne: Double?
    var topFive: Double?
    var count: Int
    var errorCount: Int
    var imagesPerSecond: Double
    var classes: [TopOne.ClassResult]
}
