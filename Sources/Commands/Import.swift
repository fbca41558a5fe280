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
        subcommands: [ImportCIFAR10.self, ImportWeights.self, ImportONNX.self])
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
    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        Cancellation.catchSignals()
        let line = ProgressLine()
        let cifar = CIFAR10(folder: folder)
        let place = Address(output)
        if let path = place.localPath { try makeFolder(path) }
        var outputs = overwriting.outputs(reading: cifar.paths)
        let packs = try [(CIFAR10.Part.train, "cifar10-train.tiles"), (.test, "cifar10-test.tiles")].map {
            part, name in
            let path =
                place.localPath.map { URL(fileURLWithPath: $0).appendingPathComponent(name).relativePath }
                ?? place.appending(name).unhidden
            return (part: part, file: try outputs.file(path))
        }
        if download && !cifar.isComplete { try fetch(cifar, line) }
        for (part, file) in packs {
            let count = try cifar.pack(part, to: file, job: Job(on: line) { "packed \($0) images" })
            say("\(file.path): \(counted(count, "tile")) of 32x32")
        }
    }

    private func fetch(_ cifar: CIFAR10, _ line: ProgressLine) throws {
        try cifar.download(
            job: Job(on: line) { "downloading \(CIFAR10.archiveURL): \($0 / 1_000_000) MB" })
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
    @OptionGroup var contract: ForeignModelOptions

    private func architecture(classCount: Int) -> Architecture? {
        Architecture(
            name: architecture, classCount: classCount, inputSize: contract.inputSize,
            preprocessing: contract.preprocessing ?? .imageNet)
    }

    func validate() throws {
        guard contract.areClassesGiven else { throw ValidationError("say the classes with --classes") }
        guard architecture(classCount: 1) != nil else {
            throw ValidationError(
                "--architecture is unknown: \(architecture); "
                    + "known are such as cifar-resnet20-v1a, cifar-resnet20-v2, resnet18-v2 and resnet50-v1.5"
            )
        }
    }

    func run() throws {
        let output = try contract.outputFile(madeOf: file)
        let names = try contract.classNames() ?? []
        guard let architecture = architecture(classCount: names.count) else {
            throw ExitCode.validationFailure
        }
        let model = try Model(importing: file, architecture: architecture, classes: names)
        try model.write(to: output)
        say("\(contract.output): \(architecture.name), \(counted(names.count, "class", "classes"))")
    }
}

struct ImportONNX: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "onnx",
        abstract: "Make a model of an ONNX file whose network is one of ours.",
        discussion: """
            The network is recognised by what it computes, whoever wrote the file, batch norms folded or not. A file of \
            `tilescope export` says everything itself. Any other takes pixels in 0...1, less --mean and over \
            --deviation; with an input of bytes it normalises them itself.
            """)

    @Argument(help: "An ONNX file.")
    var file: String
    @OptionGroup var contract: ForeignModelOptions

    func run() throws {
        let output = try contract.outputFile(madeOf: file)
        let given = ForeignContract(
            classes: try contract.classNames(), inputSize: contract.inputSize,
            preprocessing: contract.preprocessing)
        var otherFiles: [String] = []
        let model = try Model(importingONNX: file, contract: given) { otherFiles = $0 }
        try contract.check(output, madeOf: otherFiles)
        try model.write(to: output)
        if model.provenance[Model.sigmoidKey] != nil {
            ProgressLine.tell(
                "the file scores each class by itself (Sigmoid); here scores are a softmax over the classes: their order is the same, "
                    + "the numbers are not")
        }
        let (architecture, size) = (model.architecture, model.architecture.inputSize)
        say(
            "\(contract.output): \(architecture.name), \(counted(model.classes.count, "class", "classes")), \(size)x\(size) pixels"
        )
    }
}
