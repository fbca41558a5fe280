import ArgumentParser
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Records

/// Brings in what other programs made.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Import images, or weights of other programs.",
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
        commandName: "weights", abstract: "Make a model of weights in torchvision's or timm's names.",
        discussion: """
            A config.json beside the file, as timm and Hugging Face's hub have it, states the network, its classes, its input, and how \
            images are resized and cut. Options override it. Without a config.json, give --architecture, and --classes or --class-file.
            """)

    @Argument(help: "A safetensors file, or a folder with model.safetensors and config.json.")
    var file: String
    @Option(
        help: ArgumentHelp(
            "Such as cifar-resnet20-v1a, resnet50-v1.5 or wrn-50-2; by default what config.json says.",
            valueName: "name"))
    var architecture: String?
    @OptionGroup var contract: ForeignModelOptions

    func validate() throws {
        guard let architecture, Architecture(name: architecture, classCount: 1) == nil else { return }
        throw ValidationError(
            "--architecture is unknown: \(architecture); known are such as cifar-resnet20-v1a, cifar-resnet20-v2, "
                + "cifar-wrn-28-10, resnet18-v2, resnet50-v1.5 and wrn-50-2")
    }

    func run() throws {
        let file = weightsFile(at: self.file)
        let config = try ForeignConfig(beside: file)
        let output = try contract.outputFile(madeOf: [file] + [config?.path].compactMap(\.self))
        let architecture = try named(config)
        guard let names = try contract.classNames() ?? config?.classes else {
            throw ValidationError("say the classes with --classes or --class-file: no config.json names them")
        }
        let size = contract.inputSize ?? config?.testSize
        let preprocessing = contract.preprocessing(insteadOf: config?.preprocessing ?? .imageNet)
        guard
            let described = Architecture(
                name: architecture, classCount: names.count, inputSize: size, preprocessing: preprocessing)
        else { throw ExitCode.validationFailure }
        let framing = try contract.framing(
            inputSize: described.inputSize,
            insteadOf: config?.framing(inputSize: described.inputSize, preprocessing: preprocessing))
        var model = try Model(
            importing: file, architecture: described, classes: names, framing: framing)
        if let config {
            model.provenance["network"] = config.network
            ProgressLine.tell(
                "\(Address(config.path).description) says: \(config.network)\(Self.sizes(config, described))")
        }
        try model.write(to: output)
        say("\(contract.output): \(model.summary)")
    }

    private func named(_ config: ForeignConfig?) throws -> String {
        if let architecture { return architecture }
        guard let config else {
            throw ValidationError("say the network with --architecture: there is no config.json that does")
        }
        guard let name = config.architecture else {
            throw CommandError(
                operation: "make a model of it", path: Address(config.path).description,
                cause:
                    "it is of the network \(config.network), which is none of ours: those of timm that are, are resnet18, 26, 34, "
                    + "50, 101 and 152, wide_resnet50_2 and wide_resnet101_2")
        }
        return name
    }

    /// What is worth knowing where a network is scored at another size than it was trained at.
    private static func sizes(_ config: ForeignConfig, _ architecture: Architecture) -> String {
        guard config.testSize != config.trainedSize else { return "" }
        return "; it learnt from \(config.trainedSize)x\(config.trainedSize) pixels, is best scored with "
            + "\(config.testSize)x\(config.testSize), and here gets \(architecture.inputSize)x\(architecture.inputSize) "
            + "(--input-size)"
    }
}

extension Model {
    /// For people: the network, its classes, and what it sees of a picture.
    fileprivate var summary: String {
        let size = architecture.inputSize
        let text =
            "\(architecture.name), \(counted(classes.count, "class", "classes")), \(size)x\(size) pixels"
        guard let framing else { return text }
        let kind =
            switch framing.mode {
            case .centre: "the centre of images whose shorter side is made"
            case .squash: "the centre of images whose both sides are made"
            case .border: "images with a border whose longer side is made"
            }
        return "\(text): \(kind) \(framing.length), \(framing.filter.rawValue)"
    }
}

struct ImportONNX: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "onnx",
        abstract: "Make a model of an ONNX file whose network is one of ours.",
        discussion: """
            The network is recognised by what it computes: names do not matter, and batch norms may be folded. A file of \
            `tilescope export` needs no options. Other files expect pixels in 0...1 from which --mean was subtracted, divided by \
            --deviation. If their input is bytes, they normalise it themselves.
            """)

    @Argument(help: "An ONNX file.")
    var file: String
    @OptionGroup var contract: ForeignModelOptions

    func run() throws {
        let output = try contract.outputFile(madeOf: [file])
        let given = ForeignContract(
            classes: try contract.classNames(), inputSize: contract.inputSize,
            preprocessing: contract.preprocessing)
        var otherFiles: [String] = []
        var model = try Model(importingONNX: file, contract: given) { otherFiles = $0 }
        model.framing = try contract.framing(
            inputSize: model.architecture.inputSize, insteadOf: model.framing)
        try contract.check(output, madeOf: otherFiles)
        try model.write(to: output)
        if model.provenance[Model.sigmoidKey] != nil {
            ProgressLine.tell(
                "the file scores each class by itself (Sigmoid); here scores are a softmax over the classes: their order is the same, "
                    + "the numbers are not")
        }
        say("\(contract.output): \(model.summary)")
    }
}
