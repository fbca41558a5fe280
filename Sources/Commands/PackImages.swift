import ArgumentParser
import Files
import Foundation
import Rasters
import Records
import Synchronization

/// Makes one file of many images.
struct PackImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Pack labelled images as records, as a WebDataset or as tiles.",
        discussion: """
            The input is a folder with a folder for each class; ImageNet's train and val folders; an im2rec list \
            (.lst); a WebDataset (.tar, or a folder of them); CIFAR-10's binary files; or records (.rec). It may lie \
            in an object store: s3://…, gs://…, az://…, abfs://…, webhdfs://…, https://… or one of GDAL's /vsi… paths.

            The output's ending says what is made: .rec (MXNet's RecordIO), .tar (WebDataset) or .tiles. A source of \
            several parts makes NAME-train.rec and NAME-val.rec. Images that cannot be read are listed in \
            NAME.quarantine.jsonl. Ctrl-C ends after the images under way; the same command goes on from there.
            """)

    @Argument(
        help: ArgumentHelp(
            "Where the images are; several .tar are one WebDataset, also as a pattern such as 'train-{000..127}.tar'.",
            valueName: "input"))
    var inputs: [String]
    @Option(help: ArgumentHelp("The file to write: NAME.rec, NAME.tar or NAME.tiles.", valueName: "file"))
    var output: String
    @Option(help: "How the images are stored. Default: recognised by names and folders.") var format:
        PackInput.Layout?
    @Option(
        help: ArgumentHelp(
            "Where the paths of a .lst begin; by default the folder of the list.", valueName: "folder"))
    var root: String?
    @Option(
        help: ArgumentHelp(
            "Readable names of the classes: on each line a folder and its name.", valueName: "file"))
    var synsets: String?
    @Option(
        help: ArgumentHelp(
            "The classes in their order, one on each line; by default by name. It may name classes without images.",
            valueName: "file"))
    var classList: String?
    @OptionGroup var imageOptions: PackImageOptions
    @Option(
        help: ArgumentHelp(
            "Put this share of each class into NAME-val, the rest into NAME-train.", valueName: "0...1"))
    var validationFraction: Double?
    @Flag(
        inversion: .prefixedNo,
        help: "Mix the images; by default those of folders, while lists, .tar, .rec and CIFAR-10 keep theirs."
    )
    var shuffle: Bool?
    @Option(help: "The same seed gives the same order and the same parts.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("Begin a new .tar after so many images.", valueName: "count"))
    var shardSize: Int?
    @Option(help: ArgumentHelp("Threads; by default one for each core.", valueName: "count"))
    var workers: Int?
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        guard !inputs.isEmpty else { throw ValidationError("name a folder, list or archive of images") }
        guard let form = PackOutput(path: output), output.count > form.rawValue.count + 1 else {
            throw ValidationError("--output must end in .rec, .tar or .tiles: \(output)")
        }
        try imageOptions.validate(for: form)
        guard (0...1).contains(validationFraction ?? 0) else {
            throw ValidationError("--validation-fraction must lie in 0...1: \(validationFraction ?? 0)")
        }
        guard shardSize ?? 1 > 0 else {
            throw ValidationError("--shard-size must be positive: \(shardSize ?? 0)")
        }
        guard shardSize == nil || form == .tar else {
            throw ValidationError("--shard-size needs an output that ends in .tar: \(output)")
        }
        guard (1...1024).contains(workers ?? 1) else {
            throw ValidationError("--workers must be between 1 and 1024: \(workers ?? 0)")
        }
    }

    func run() throws {
        Cancellation.catchSignals()
        let input = try PackInput(
            inputs.map { Address($0) }, layout: format, root: root.map { Address($0) })
        let collections = try parts(of: input)
        let plan = PackPlan(
            input: input, transform: imageOptions.transform(for: input, collections),
            isShuffled: isShuffled(input),
            seed: seed, validationFraction: validationFraction ?? 0)
        if collections.contains(where: \.holdsBoxes), PackOutput(path: output) != .records {
            throw CommandError(
                operation: "pack the images by their classes", path: input.path,
                cause:
                    "their labels are boxes for detection, not classes; only .rec can keep such labels"
            )
        }
        let files = try outputFiles(of: collections, input)
        for (collection, file) in zip(collections, files) { try pack(collection, to: file, plan: plan) }
    }

    /// Checks the packed files and what will lie beside them.
    private func outputFiles(of collections: [ImageCollection], _ input: PackInput) throws -> [OutputFile] {
        var outputs = OutputFiles(
            inputs: input.addresses + [synsets, classList].compactMap { $0.map { Address($0) } },
            replaces: overwriting.isGiven)
        let paths = collections.map(outputPath)
        let sidecars = paths.flatMap { PackOutput(path: $0)?.sidecarPaths(of: $0) ?? [] }
        for sidecar in sidecars {
            // Where something else than a file is in its place, now rather than at the end.
            _ = try OutputFile.replacing(sidecar).target()
            try outputs.checkIsNoInput(sidecar)
        }
        for collection in collections { try outputs.check(paths + sidecars, areNotAmong: collection.files) }
        return try paths.map { try outputs.file($0, isResumable: true) }
    }

    private func pack(_ collection: ImageCollection, to file: OutputFile, plan: PackPlan) throws {
        let start = ContinuousClock.now
        let line = ProgressLine()
        let firstCount = Mutex(Int?.none)
        let result = try Records.pack(
            collection, to: file, plan: plan,
            threads: workers ?? ProcessInfo.processInfo.activeProcessorCount,
            job: Job(on: line) { progress in
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let first = firstCount.withLock { firstCount in
                    let first = firstCount ?? progress.finishedCount - 1
                    firstCount = first
                    return first
                }
                return progress.text(seconds: seconds, first: first)
            })
        line.finish(result.text(seconds: (ContinuousClock.now - start) / .seconds(1)))
        say(
            "\(file.path): \(counted(result.packedCount, "image")) of \(counted(collection.classNames.count, "class", "classes"))"
        )
    }

    private func parts(of input: PackInput) throws -> [ImageCollection] {
        var parts = try input.collections()
        func text(of path: String) throws -> String {
            String(decoding: try StoredFile.bytes(of: Address(path), limit: 1 << 28), as: UTF8.self)
        }
        if let classList {
            let text = try text(of: classList)
            parts = try parts.map { try $0.ordered(byClassList: text, of: Address(classList).description) }
        }
        for remark in parts.flatMap(\.remarks) { ProgressLine.tell("\(remark)") }
        if let synsets {
            let text = try text(of: synsets)
            parts = try parts.map { try $0.named(bySynsets: text, of: Address(synsets).description) }
        }
        if let validationFraction {
            guard parts.count == 1 else {
                throw CommandError(
                    operation: "split the images", path: input.path,
                    cause: "they are already divided into parts; leave out --validation-fraction")
            }
            parts = parts[0].split(validationFraction: validationFraction, seed: seed).filter { $0.count > 0 }
        }
        if isShuffled(input) { parts = parts.map { $0.shuffled(seed: seed) } }
        if let shardSize { parts = parts.flatMap { $0.shards(of: shardSize) } }
        return parts
    }

    private func isShuffled(_ input: PackInput) -> Bool {
        shuffle ?? (input.layout == .folders || input.layout == .imagenet)
    }

    /// `NAME.rec`, or `NAME-train.rec` for a part.
    private func outputPath(_ collection: ImageCollection) -> String {
        guard let part = collection.part, let dot = output.lastIndex(of: ".") else { return output }
        return "\(output[..<dot])-\(part)\(output[dot...])"
    }
}

extension PackInput.Layout: ExpressibleByArgument {}

/// What is done to each image.
struct PackImageOptions: ParsableArguments {
    enum Encoding: String, ExpressibleByArgument, CaseIterable { case jpg, png }

    @Option(
        help: ArgumentHelp(
            "Resize each image so that its shorter side has so many pixels.", valueName: "pixels"))
    var resize: Int?
    @Flag(help: "Keep the square in the middle.") var centerCrop = false
    @Option(help: "Encode all images again. Default: only those that other options change, as jpg.")
    var encoding: Encoding?
    @Option(help: ArgumentHelp("Quality of jpg. Default: 95.", valueName: "1...100")) var quality: Int?
    @Flag(help: "Keep the bytes of the images. This is the default if no option changes them.")
    var passThrough = false
    @Option(
        help: ArgumentHelp(
            "Side of the tiles of a .tiles file, made by a crop in the middle and a resize.",
            valueName: "pixels"))
    var tileSize: Int?
    @Option(
        help: ArgumentHelp(
            "Which bands are red, green and blue, counted from 1; one number for grey. Default: what each image says.",
            valueName: "4,3,2"))
    var bands: BandList?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Which samples are black and white, the same for all images: one pair for all bands, or three. Default: the whole \
            range of 8 or 16 bits. A pack of tiles keeps it, and so does the model: its scans use it.
            """, valueName: "MIN,MAX"))
    var range: SampleRangeOption?
    @Option(
        help: ArgumentHelp(
            """
            The side of a pixel of the packed tiles in metres, or with a unit: 25cm, 0.5um. The pack keeps it, and so does the \
            model: its scans choose their resolution by it. Default: what georeferenced TIFF files say.
            """, valueName: "size"))
    var pixelSize: LengthOption?

    /// Whether pixels are made anew.
    private var isChanged: Bool {
        resize != nil || centerCrop || encoding != nil || quality != nil || bands != nil || range != nil
    }

    /// What the range says, for all images.
    private var ranges: [SampleRange]? {
        if case .samples(let ranges) = range { ranges } else { nil }
    }

    func validate(for output: PackOutput) throws {
        if case .percent = range {
            throw ValidationError(
                "--range 2% works only for a single scene; a pack needs the same MIN,MAX for all images")
        }
        guard pixelSize == nil || output == .tiles else {
            throw ValidationError("--pixel-size needs .tiles: other packs cannot store it")
        }
        guard (1...16_384).contains(resize ?? 1) else {
            throw ValidationError("--resize must be between 1 and 16384: \(resize ?? 0)")
        }
        guard (1...100).contains(quality ?? 1) else {
            throw ValidationError("--quality must be between 1 and 100: \(quality ?? 0)")
        }
        guard (1...16_384).contains(tileSize ?? 1) else {
            throw ValidationError("--tile-size must be between 1 and 16384: \(tileSize ?? 0)")
        }
        guard !passThrough || !isChanged else {
            throw ValidationError(
                "--pass-through keeps the bytes: leave out --resize, --center-crop, --encoding, --quality, --bands and "
                    + "--range")
        }
        guard quality == nil || encoding != .png else {
            throw ValidationError("--quality works only with jpg: leave it out with --encoding png")
        }
        if output == .tiles {
            guard tileSize != nil else { throw ValidationError("a .tiles file needs --tile-size") }
            guard resize == nil, !centerCrop, encoding == nil, quality == nil, !passThrough else {
                throw ValidationError(
                    "with .tiles, only --tile-size, --bands and --range can change images")
            }
        } else if tileSize != nil {
            throw ValidationError("--tile-size needs an output that ends in .tiles")
        }
    }

    func transform(for input: PackInput, _ collections: [ImageCollection]) -> ImageTransform {
        if let tileSize {
            var transform = ImageTransform(
                encoding: .raw, isCropped: true, shorterSide: tileSize, bands: bands?.numbers, ranges: ranges)
            transform.pixelSize = pixelSize?.metres ?? Self.pixelSize(of: collections, tileSide: tileSize)
            return transform
        }
        guard isChanged else { return ImageTransform() }
        return ImageTransform(
            encoding: encoding == .png ? .png : .jpg, quality: quality ?? 95, isCropped: centerCrop,
            shorterSide: resize, bands: bands?.numbers, ranges: ranges)
    }
}

extension PackImageOptions {
    /// What georeferenced images say, where all have about the same; tells what it found.
    fileprivate static func pixelSize(of collections: [ImageCollection], tileSide: Int) -> Double? {
        // Parts are of one source.
        switch collections.first?.pixelSize(ofTilesWithSide: tileSide) {
        case .one(let size):
            ProgressLine.tell(
                "a pixel of a tile has a side of \(size.significant(4)) m, as the georeference of the images says; "
                    + "--pixel-size says otherwise")
            return size
        case .several(let sizes):
            ProgressLine.warn(
                "the images have pixels of different sizes, \(sizes.lowerBound.significant(4)) to "
                    + "\(sizes.upperBound.significant(4)) m as tiles, so the model will not store a pixel size: give --pixel-size, "
                    + "or resample them to one size")
            return nil
        case nil: return nil
        }
    }
}

extension PackProgress {
    /// - Parameter first: images that an earlier run had finished.
    fileprivate func text(seconds: Double, first: Int) -> TerminalText {
        let rate = Double(finishedCount - first) / max(seconds, 0.001)
        let remaining = Double(imageCount - finishedCount) / max(rate, 0.001)
        let rejected = rejectedCount > 0 ? "  \(rejectedCount) quarantined" : ""
        return
            "packed \(finishedCount) of \(imageCount)  \(Int(rate)) images/s  \(duration(remaining)) left\(rejected)"
    }
}

extension PackResult {
    fileprivate func text(seconds: Double) -> TerminalText {
        if wasThere { return "\(path) is there already, made of the same images with the same settings" }
        var text: TerminalText =
            "packed \(counted(packedCount, "image")), \(byteCount / 1000) kB, in \(seconds.fixed(1)) s"
        if resumedCount > 0 { text = text + ", \(resumedCount) of them by an earlier run" }
        if let quarantinePath { text = text + "; \(rejectedCount) could not be read: \(quarantinePath)" }
        return text
    }
}
