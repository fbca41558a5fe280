public import ArgumentParser
import Files
import ModelFiles
import Networks
public import Pixels

/// What a file of another program does not say of its model, and where the model goes.
struct ForeignModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Names of the classes, in the order of the outputs.", valueName: "a,b,c"))
    var classes: String?
    @Option(
        help: ArgumentHelp(
            "A file with the names of the classes, one on each line, instead of --classes.", valueName: "file"
        ))
    var classFile: String?
    @Option(
        help: ArgumentHelp(
            "Side of the input; by default the file's or the architecture's own.", valueName: "pixels"))
    var inputSize: Int?
    @Option(
        help: ArgumentHelp(
            "The mean of red, green and blue, in 0...1. Default: ImageNet's.", valueName: "r,g,b"))
    var mean: ChannelValues?
    @Option(
        help: ArgumentHelp(
            "The standard deviation of red, green and blue, in 0.001...1. Default: ImageNet's.",
            valueName: "r,g,b"))
    var deviation: ChannelValues?
    @Option(
        help: ArgumentHelp(
            "Resize the shorter side of images to this before cropping, such as 232; by default input size × 256/224.",
            valueName: "pixels"))
    var shorterSide: Int?
    @Option(help: "How images are resized: bilinear, by default, or bicubic.")
    var interpolation: ResizeFilter?
    @Option(help: ArgumentHelp("The model's file.", valueName: "file"))
    var output: String
    @OptionGroup var overwriting: OverwriteOption

    var areClassesGiven: Bool { classes != nil || classFile != nil }

    /// As given; `nil` where neither of its parts is.
    var preprocessing: Preprocessing? {
        mean == nil && deviation == nil ? nil : preprocessing(insteadOf: .imageNet)
    }

    /// As given, the rest as in `base`.
    func preprocessing(insteadOf base: Preprocessing) -> Preprocessing {
        Preprocessing(
            mean: mean?.values.map { $0 * 255 } ?? base.mean,
            deviation: deviation?.values.map { $0 * 255 } ?? base.deviation)
    }

    /// As given, the rest as in `base`.
    ///
    /// - Throws: where no square of that size can be cut so.
    func framing(inputSize: Int, insteadOf base: Framing?) throws -> Framing? {
        guard shorterSide != nil || interpolation != nil else { return base }
        var framing = base ?? .usual(toSide: inputSize)
        if let shorterSide { framing = Framing(.centre, length: shorterSide, filter: framing.filter) }
        framing.filter = interpolation ?? framing.filter
        if let objection = framing.objection(toSide: inputSize) { throw ValidationError(objection) }
        return framing
    }

    func validate() throws {
        guard mean?.values.allSatisfy({ (0...1).contains($0) }) ?? true else {
            throw ValidationError("--mean must lie in 0...1: \(mean?.defaultValueDescription ?? "")")
        }
        guard deviation?.values.allSatisfy({ (0.001...1).contains($0) }) ?? true else {
            throw ValidationError(
                "--deviation must lie in 0.001...1: \(deviation?.defaultValueDescription ?? "")")
        }
        guard classes == nil || classFile == nil else {
            throw ValidationError("--classes and --class-file cannot both be given")
        }
        guard !(classes.map(Self.names)?.contains("") ?? false) else {
            throw ValidationError("--classes must not have an empty name: \(classes ?? "")")
        }
        guard Architecture.inputSizes.contains(inputSize ?? 1) else {
            throw ValidationError(
                "--input-size must be between 1 and \(Architecture.inputSizes.upperBound): \(inputSize ?? 1)")
        }
    }

    /// Checks the model's file before any work.
    ///
    /// - Parameter files: of the other program.
    func outputFile(madeOf files: [String]) throws(FileError) -> OutputFile {
        var outputs = overwriting.outputs(reading: files + [classFile].compactMap(\.self))
        return try outputs.file(output)
    }

    /// Checks the model's file once more when other files are known that the model was read from.
    func check(_ file: OutputFile, madeOf otherFiles: [String]) throws(FileError) {
        try overwriting.outputs(reading: otherFiles).checkIsNoInput(file.path)
    }

    /// By label; `nil` where none are given.
    func classNames() throws -> [String]? {
        guard let classFile else { return classes.map(Self.names) }
        let bytes = try StoredFile.bytes(of: Address(classFile), limit: 1 << 26)
        var lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if lines.last == "" { lines.removeLast() }
        if let empty = lines.firstIndex(of: "") {
            throw CommandError(
                operation: "read the names of classes", path: Address(classFile).description,
                cause: "line \(empty + 1) is empty")
        }
        return lines.map { String($0) }
    }

    private static func names(_ list: String) -> [String] {
        list.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    }
}

extension ResizeFilter: ExpressibleByArgument {}

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
