import Bytes
import Files
public import Networks
public import Pixels

/// What a `config.json` beside weights says of their network, its classes and how it looks at images.
///
/// timm's form, as it lies on Hugging Face's hub and as `save_for_hf` writes it, and that of transformers' ResNets with their
/// `preprocessor_config.json`.
///
/// - Source: `resolve_data_config` and `load_model_config_from_hf` of timm 1.0, `ResNetConfig` and `ConvNextImageProcessor` of
///   transformers 5.
public struct ForeignConfig: Hashable, Sendable {
    static let fileName = "config.json"
    static let preprocessorName = "preprocessor_config.json"
    static let weightsName = "model.safetensors"
    private static let byteCountLimit = 1 << 24

    /// Path of the file that this was read from.
    public let path: String
    /// What they call the network: `"resnet50.a1_in1k"`.
    public let network: String
    /// What we call it; `nil` where it is none of our networks.
    public let architecture: String?
    /// By label; `nil` where it names none.
    public let classes: [String]?
    public let preprocessing: Preprocessing
    /// Side of the input that it is to be scored with.
    public let testSize: Int
    /// Side of the input that it learnt from.
    public let trainedSize: Int
    private let testShare: Double
    private let trainedShare: Double
    private let mode: Framing.Mode
    public let filter: ResizeFilter

    /// Reads what lies beside a file of weights.
    ///
    /// - Returns: `nil` where nothing lies there, or the config of something else.
    /// - Throws: where it says what is not understood.
    public init?(beside weightsPath: String) throws(ModelFileError) {
        let folder = Address(weightsPath).folder ?? Address(".")
        let path = folder.appending(Self.fileName).unhidden
        guard let config = try Self.object(path) else { return nil }
        let preprocessor = try Self.object(folder.appending(Self.preprocessorName).unhidden)
        do throws(Malformed) {
            if config["model_type"]?.text == "resnet" {
                try self.init(transformers: config, preprocessor: preprocessor, path: path)
            } else if let name = config["architecture"]?.text {
                try self.init(timm: config, name: name, path: path)
            } else {
                return nil
            }
        } catch {
            throw ModelFileError(
                code: .wrongContract, operation: "take from it what the weights beside it are", path: path,
                cause: error.reason)
        }
    }

    /// How pictures become its input.
    ///
    /// - Parameter preprocessing: whose mean fills borders.
    public func framing(inputSize: Int, preprocessing: Preprocessing) -> Framing {
        let share = inputSize == trainedSize && inputSize != testSize ? trainedShare : testShare
        return Framing(
            mode, length: Int((Double(inputSize) / share).rounded(.down)), filter: filter,
            fill: mode == .border
                ? preprocessing.mean.map { UInt8(max(0, min(255, $0.rounded(.toNearestOrEven)))) } : nil)
    }

    private static func object(_ path: String) throws(ModelFileError) -> [String: JSON]? {
        let bytes: [UInt8]?
        do throws(FileError) {
            bytes = try readFileIfThere(path, limit: byteCountLimit)
        } catch {
            throw ModelFileError(
                code: .cannotRead, operation: error.operation, path: path, cause: error.cause)
        }
        guard let bytes else { return nil }
        do throws(JSONError) {
            guard case .object(let members) = try JSON(parsing: bytes) else { throw JSONError("no object") }
            return members
        } catch {
            throw ModelFileError(
                code: .malformed, operation: "read it as JSON", path: path, cause: "it is \(error.reason)")
        }
    }

    // MARK: timm

    private init(timm config: [String: JSON], name: String, path: String) throws(Malformed) {
        // An older form has all at the top.
        let own = config["pretrained_cfg"]?.members ?? config
        self.path = path
        network = name + (own["tag"]?.text.map { name.contains(".") ? "" : ".\($0)" } ?? "")
        try Self.checkArguments(of: config)
        architecture = Self.architecture(timm: name)
        classes = try Self.classes(
            config["label_names"] ?? own["label_names"] ?? config["labels"],
            count: (config["num_classes"] ?? own["num_classes"])?.whole)
        trainedSize = try Self.side(own["input_size"], "input_size") ?? 224
        testSize = try Self.side(own["test_input_size"], "test_input_size") ?? trainedSize
        trainedShare = try Self.share(own["crop_pct"], "crop_pct") ?? 0.875
        testShare = try Self.share(own["test_crop_pct"], "test_crop_pct") ?? trainedShare
        filter = try Self.filter(own["interpolation"]?.text ?? "bicubic")
        switch own["crop_mode"]?.text ?? "center" {
        case "center": mode = .centre
        case "squash": mode = .squash
        case "border": mode = .border
        case let other: throw Malformed("its crop_mode is \(other); center, squash and border are known")
        }
        preprocessing = try Self.preprocessing(own["mean"], own["std"])
        try checkFraming()
    }

    /// Names of timm 1.0, and those of older versions that had the origin in front.
    private static func architecture(timm name: String) -> String? {
        var name = String(name.prefix { $0 != "." })
        for prefix in ["tv_", "ssl_", "swsl_", "ig_", "gluon_"] where name.hasPrefix(prefix) {
            name.removeFirst(prefix.count)
            if prefix == "gluon_", name.hasSuffix("_v1b") { name.removeLast(4) }
        }
        return switch name {
        case "resnet18", "resnet26", "resnet34", "resnet50", "resnet101", "resnet152": "\(name)-v1.5"
        case "wide_resnet50_2": "wrn-50-2"
        case "wide_resnet101_2": "wrn-101-2"
        default: nil
        }
    }

    /// Refuses what changes the network without a trace in its tensors.
    private static func checkArguments(of config: [String: JSON]) throws(Malformed) {
        let harmless = [
            "num_classes", "in_chans", "img_size", "input_size", "drop_rate", "drop_path_rate",
            "drop_block_rate", "zero_init_last", "pretrained", "global_pool",
        ]
        let arguments = config["model_args"]?.members ?? [:]
        if let other = arguments.keys.sorted().first(where: { !harmless.contains($0) }) {
            throw Malformed("its model_args set \(other), which none of our networks has")
        }
        for pool in [arguments["global_pool"], config["global_pool"]].compactMap({ $0?.text })
        where !["avg", "fast", ""].contains(pool) {
            throw Malformed("its global_pool is \(pool); our networks take the mean")
        }
    }

    // MARK: transformers

    private init(
        transformers config: [String: JSON], preprocessor: [String: JSON]?, path: String
    ) throws(Malformed) {
        self.path = path
        let depths = config["depths"]?.elements?.compactMap(\.whole) ?? [3, 4, 6, 3]
        let kind = config["layer_type"]?.text ?? "bottleneck"
        network = "ResNet of \(kind) layers, \(depths)"
        architecture = try Self.architecture(transformers: config, depths: depths, kind: kind)
        let names = config["id2label"]?.members
        // What it writes where nobody has named them.
        let isNamed = names.map { !$0.allSatisfy { $1.text == "LABEL_\($0)" } } ?? false
        classes = try Self.classes(isNamed ? config["id2label"] : nil, count: names?.count)
        guard let preprocessor else {
            throw Malformed("\(Self.preprocessorName), which says how it looks at images, is not beside it")
        }
        guard preprocessor["image_mean"] != nil, preprocessor["image_std"] != nil else {
            throw Malformed("\(Self.preprocessorName) has no image_mean or no image_std")
        }
        preprocessing = try Self.preprocessing(preprocessor["image_mean"], preprocessor["image_std"])
        let processor =
            (preprocessor["image_processor_type"] ?? preprocessor["feature_extractor_type"])?.text ?? ""
        guard processor.hasPrefix("ConvNext") else {
            throw Malformed("its images are prepared by \(processor); only ConvNextImageProcessor is known")
        }
        let size = preprocessor["size"]
        let side = size?.whole ?? size?.members?["shortest_edge"]?.whole ?? 384
        guard Architecture.inputSizes.contains(side) else { throw Malformed("its size is \(side)") }
        (trainedSize, testSize) = (side, side)
        // From 384 pixels on it resizes both sides and cuts nothing off.
        let share = try Self.share(preprocessor["crop_pct"], "crop_pct") ?? 224.0 / 256
        (trainedShare, testShare) = side < 384 ? (share, share) : (1, 1)
        mode = side < 384 ? .centre : .squash
        filter = try Self.filter(preprocessor["resample"]?.whole == 2 ? "bilinear" : "bicubic")
        try checkFraming()
    }

    private static func architecture(
        transformers config: [String: JSON], depths: [Int], kind: String
    ) throws(Malformed) -> String? {
        for (key, usual) in [
            ("hidden_act", JSON.string("relu")), ("downsample_in_first_stage", .bool(false)),
            ("downsample_in_bottleneck", .bool(false)), ("num_channels", .number("3")),
        ] {
            guard let value = config[key], value != usual else { continue }
            throw Malformed("its \(key) is not what our networks have")
        }
        return switch (kind, depths) {
        case ("basic", [2, 2, 2, 2]): "resnet18-v1.5"
        case ("basic", [3, 4, 6, 3]): "resnet34-v1.5"
        case ("bottleneck", [2, 2, 2, 2]): "resnet26-v1.5"
        case ("bottleneck", [3, 4, 6, 3]): "resnet50-v1.5"
        case ("bottleneck", [3, 4, 23, 3]): "resnet101-v1.5"
        case ("bottleneck", [3, 8, 36, 3]): "resnet152-v1.5"
        default: nil
        }
    }

    // MARK: Values

    /// - Parameter names: a list, or an object of names by label.
    private static func classes(_ names: JSON?, count: Int?) throws(Malformed) -> [String]? {
        guard let names, names != .null else { return nil }
        var list = names.elements?.map(\.text) ?? []
        if let members = names.members {
            list = (0..<members.count).map { members["\($0)"]?.text }
        }
        let classes = list.compactMap(\.self)
        guard classes.count == list.count, !classes.isEmpty else {
            throw Malformed("its names of classes are no list and no object with a name for each label")
        }
        guard count.map({ $0 == classes.count }) ?? true else {
            throw Malformed("it names \(classes.count) classes for \(count ?? 0)")
        }
        return classes
    }

    /// - Parameter size: channels, height, width.
    private static func side(_ size: JSON?, _ key: String) throws(Malformed) -> Int? {
        guard let size, size != .null else { return nil }
        let numbers = size.elements?.compactMap(\.whole) ?? []
        guard numbers.count == 3, numbers[0] == 3, numbers[1] == numbers[2],
            Architecture.inputSizes.contains(numbers[1])
        else { throw Malformed("its \(key) is not 3 channels of a square") }
        return numbers[1]
    }

    private static func share(_ value: JSON?, _ key: String) throws(Malformed) -> Double? {
        guard let value, value != .null else { return nil }
        guard let share = value.number, (0.1...2).contains(share) else {
            throw Malformed("its \(key) is no share of an image's side")
        }
        return share
    }

    private static func filter(_ name: String) throws(Malformed) -> ResizeFilter {
        guard let filter = ResizeFilter(rawValue: name) else {
            throw Malformed("its interpolation is \(name); bilinear and bicubic are known")
        }
        return filter
    }

    private static func preprocessing(_ mean: JSON?, _ deviation: JSON?) throws(Malformed) -> Preprocessing {
        func values(_ value: JSON?, _ usual: [Float]) throws(Malformed) -> [Float] {
            guard let value, value != .null else { return usual }
            let numbers = value.elements?.compactMap(\.number) ?? []
            guard numbers.count == 3, numbers.allSatisfy({ (0...1).contains($0) }) else {
                throw Malformed("its mean or its deviation is not three numbers in 0...1")
            }
            return numbers.map { Float($0) * 255 }
        }
        let (mean, deviation) = (
            try values(mean, Preprocessing.imageNet.mean),
            try values(deviation, Preprocessing.imageNet.deviation)
        )
        guard deviation.allSatisfy({ $0 > 0 }) else { throw Malformed("a deviation of it is 0") }
        return Preprocessing(mean: mean, deviation: deviation)
    }

    private func checkFraming() throws(Malformed) {
        for side in [testSize, trainedSize] {
            let framing = framing(inputSize: side, preprocessing: preprocessing)
            if let objection = framing.objection(toSide: side) { throw Malformed(objection) }
        }
    }
}

extension JSON {
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    fileprivate var members: [String: JSON]? { if case .object(let members) = self { members } else { nil } }
    fileprivate var number: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }
    fileprivate var whole: Int? { number.flatMap { Int(exactly: $0) } }
}

/// The file of weights that a path names: of a folder as Hugging Face's hub has it, the one in it.
public func weightsFile(at path: String) -> String {
    let address = Address(path)
    return address.isFolder ? address.appending(ForeignConfig.weightsName).unhidden : path
}
