import ArgumentParser
import Files
import Foundation
import ModelFiles
import Networks
import Records

/// Brings in what other programs made.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring in images or weights that others made.",
        subcommands: [ImportCIFAR10.self, ImportWeights.self])
}

struct ImportCIFAR10: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cifar10",
        abstract: "Pack CIFAR-10's binary files as cifar10-train.tiles and cifar10-test.tiles.")

    @Argument(help: "The folder with data_batch_1.bin … test_batch.bin.")
    var folder: String
    @Option(help: ArgumentHelp("Where the two packs go; made where it is missing.", valueName: "folder"))
    var output = "."
    @Flag(help: "First fetch the official archive (170 MB) into the folder, unless the files are there.")
    var download = false

    func run() throws {
        Interruption.catchSignals()
        let cifar = CIFAR10(folder: folder)
        if download && !cifar.isComplete { try fetch(cifar) }
        try makeFolder(output)
        for (part, name) in [(CIFAR10.Part.train, "cifar10-train.tiles"), (.test, "cifar10-test.tiles")] {
            let path = URL(fileURLWithPath: output).appendingPathComponent(name).relativePath
            let count = try cifar.pack(part, to: path)
            print("\(path): \(count) tiles of 32x32")
        }
    }

    private func fetch(_ cifar: CIFAR10) throws {
        var line = ProgressLine()
        try cifar.download(
            progress: { line.show("downloading \(CIFAR10.archiveURL): \($0 / 1_000_000) MB") },
            shouldStop: { Interruption.isRequested })
        line.finish("downloaded and checked \(CIFAR10.archiveURL)")
    }
}

struct ImportWeights: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Make a model of weights in torchvision's names.")

    @Argument(help: "A safetensors file.")
    var file: String
    @Option(help: ArgumentHelp("Such as cifar-resnet20-v1a or resnet50-v1.5.", valueName: "name"))
    var architecture: String
    @Option(help: ArgumentHelp("Names of the classes, in the order of the outputs.", valueName: "a,b,c"))
    var classes: String
    @Option(help: ArgumentHelp("Side of the input; by default the architecture's own.", valueName: "pixels"))
    var inputSize: Int?
    @Option(help: ArgumentHelp("Of red, green, blue in 0...1; by default ImageNet's.", valueName: "r,g,b"))
    var mean: ChannelValues = .init(values: [0.485, 0.456, 0.406])
    @Option(
        help: ArgumentHelp("Of red, green, blue in 0.001...1; by default ImageNet's.", valueName: "r,g,b"))
    var deviation: ChannelValues = .init(values: [0.229, 0.224, 0.225])
    @Option(help: ArgumentHelp("The model's file.", valueName: "file"))
    var output: String

    private var classNames: [String] {
        classes.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    }

    private var resolvedArchitecture: Architecture? {
        Architecture(
            name: architecture, classCount: classNames.count, inputSize: inputSize,
            preprocessing: Preprocessing(
                mean: mean.values.map { $0 * 255 }, deviation: deviation.values.map { $0 * 255 }))
    }

    func validate() throws {
        guard mean.values.allSatisfy({ (0...1).contains($0) }) else {
            throw ValidationError("--mean must lie in 0...1: \(mean.defaultValueDescription)")
        }
        guard deviation.values.allSatisfy({ (0.001...1).contains($0) }) else {
            throw ValidationError("--deviation must lie in 0.001...1: \(deviation.defaultValueDescription)")
        }
        guard !classNames.contains("") else {
            throw ValidationError("--classes must not have an empty name: \(classes)")
        }
        guard (1...100_000).contains(inputSize ?? 1) else {
            throw ValidationError("--input-size must be between 1 and 100,000: \(inputSize ?? 1)")
        }
        guard resolvedArchitecture != nil else {
            throw ValidationError(
                "--architecture is unknown: \(architecture); "
                    + "known are such as cifar-resnet20-v1a, cifar-resnet20-v2, resnet18-v2 and resnet50-v1.5"
            )
        }
    }

    func run() throws {
        guard let architecture = resolvedArchitecture else { throw ExitCode.validationFailure }
        let model = try Model(importing: file, architecture: architecture, classes: classNames)
        try model.write(to: output)
        print("\(output): \(architecture.name), \(classNames.count) classes")
    }
}

/// Three numbers with commas between them.
struct ChannelValues: ExpressibleByArgument {
    var values: [Float]

    init(values: [Float]) { self.values = values }

    init?(argument: String) {
        let values = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
        let finite = values.compactMap { $0 }.filter(\.isFinite)
        guard finite.count == 3, values.count == 3 else { return nil }
        self.values = finite
    }

    var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}
