import ArgumentParser
import Engines
import Evaluation
import Files
import Foundation
import ModelFiles
import Networks
import Records

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify images.",
        discussion: """
            Prints the classes with the highest scores, as `n02123045 tabby, tabby cat  0.83`. An image of exactly the \
            model's size is taken as it is. Any other is resized and cut as the model says; by default its shorter side \
            becomes input size × 256/224, and the square in the centre is cut out. evaluate does the same. Images are turned upright by \
            their EXIF orientation. Grey, CMYK, 16-bit and palette images become RGB, alpha is dropped, and of an animation the first \
            image counts. An image that cannot be read gets a row with the reason, and the exit code is 1.
            """)

    @Argument(help: ArgumentHelp("The model.", valueName: "model.safetensors")) var model: String
    @Argument(
        help: ArgumentHelp(
            """
            Images, folders of them, addresses (s3://…, https://…), or - for standard input: one image, or a list with \
            one of all these on each line. With --cluster one table of addresses: .txt, .csv or Parquet.
            """, valueName: "image"))
    var images: [String]
    @Option(help: ArgumentHelp("Classes to show for each image.", valueName: "count")) var top = 5
    @Option(
        help: ArgumentHelp(
            "A file with lines of a class and its words, such as `n02123045 tabby, tabby cat`.",
            valueName: "file"))
    var words: String?
    @Option(
        help: ArgumentHelp(
            "Squares of each image whose scores are averaged: 1, the centre, or 5, with the corners.",
            valueName: "count"))
    var crops = 1
    @Flag(help: "Average with the scores of the mirror image, too.") var mirror = false
    @Option(
        help: ArgumentHelp(
            "Resize the shorter side to this before cropping. Default: as the model says, else input size × 256/224.",
            valueName: "pixels"))
    var shorterSide: Int?
    @Flag(help: "Take the pixels as they are stored, as trainings do.") var ignoreOrientation = false
    @Flag(help: "Print one line of JSON for each image.") var json = false
    @OptionGroup var engineOptions: EngineOptions
    @OptionGroup var logOptions: LogOptions
    @OptionGroup(title: "Cluster") var clusterOptions: PredictionClusterOptions

    func validate() throws {
        guard !images.isEmpty else { throw ValidationError("name at least one image") }
        guard images.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("standard input can be named only once")
        }
        guard top > 0 else { throw ValidationError("--top must be positive: \(top)") }
        guard [1, 5].contains(crops) else { throw ValidationError("--crops must be 1 or 5: \(crops)") }
        if clusterOptions.spark.cluster != nil {
            guard images.count == 1, images[0] != "-" else {
                throw ValidationError(
                    "with --cluster, name one table: .txt, .csv or Parquet with an address in each row")
            }
            guard crops == 1, !mirror, shorterSide == nil, !ignoreOrientation, words == nil, !json else {
                throw ValidationError(
                    "--crops, --mirror, --shorter-side, --ignore-orientation, --words and --json cannot be combined with --cluster"
                )
            }
            try Address.refuseSecrets(in: images + [clusterOptions.output])
            guard engineOptions.deviceOptions.arguments.isEmpty, engineOptions.workers == 0 else {
                throw ValidationError(ClusterOptions.machineOptionsObjection)
            }
        }
        guard (1...1 << 16).contains(shorterSide ?? 1) else {
            throw ValidationError("--shorter-side must lie in 1...65536: \(shorterSide ?? 1)")
        }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        guard clusterOptions.spark.cluster == nil else {
            return try clusterOptions.run(
                images[0], model: self.model, top: top, numerics: engineOptions,
                cancellation: cancellation)
        }
        let model = try Model(reading: self.model)
        let size = model.architecture.inputSize
        guard shorterSide.map({ $0 >= size }) ?? true else {
            throw ValidationError(
                "--shorter-side must be at least the model's size, \(size): \(shorterSide ?? 0)")
        }
        let names = try ClassWords(of: model.classes, reading: words.map { Address($0) })
        let sources = PredictionSources(images)
        guard !sources.entries.isEmpty else {
            throw CommandError(
                operation: "predict", path: "-", cause: "standard input holds neither an image nor a list")
        }
        let readable = sources.entries.compactMap(\.picture)
        var views = crops == 5 ? PictureFiles.View.five : [.centre]
        if mirror { views += views.map(\.mirrored) }
        let files = PictureFiles(
            readable, views: views, framing: model.framing, shorterSide: shorterSide,
            turnsUpright: !ignoreOrientation)
        var printer = PredictionPrinter(
            names: names, top: top, asJSON: json, hasHeadings: sources.entries.count > 1)
        // Those before the next picture that are no pictures are told of in their place.
        var rest = sources.entries[...]
        func tellOfFailures() throws {
            while let entry = rest.first, let failure = entry.failure {
                try printer.printFailure(failure, of: entry.name)
                rest.removeFirst()
            }
        }
        func tellOfUnreadable() {
            guard printer.failureCount > 0 else { return }
            ProgressLine.tell("\(printer.failureCount) of \(sources.entries.count) could not be read")
        }
        try tellOfFailures()
        if !readable.isEmpty {
            let engine = try engineOptions.engine(scoring: model)
            let batchSize = min(PictureScoring.batchSize, files.count)
            let program = try engine.scoringProgram(
                for: Network(model.architecture), weights: model.weights, batchSize: batchSize)
            let scoring = PictureScoring(files, inputSize: size, classCount: model.classes.count)
            do {
                try scoring.run(
                    by: program, batchSize: batchSize, cancellation: cancellation
                ) { prediction in
                    try printer.print(prediction, of: readable[prediction.picture].name)
                    rest.removeFirst()
                    try tellOfFailures()
                }
            } catch is Cancelled {
                tellOfUnreadable()
                throw Cancelled(kept: "\(rest.count) of \(sources.entries.count) images are left")
            }
        }
        tellOfUnreadable()
        guard printer.failureCount == 0 else { throw ExitCode.failure }
    }
}
