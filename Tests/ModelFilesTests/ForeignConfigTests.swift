import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import TestSupport
import Testing

/// `config.json` of timm and transformers beside weights.
@Suite struct ForeignConfigTests {
    /// `Golden/make_configs.py` made it.
    private struct GoldenFile: Decodable {
        /// What timm makes of a config, for scoring or as it was in training.
        struct Way: Decodable {
            var config: String
            var isTest: Bool
            var side: Int
            var length: Int
            var mode: String
            var filter: ResizeFilter
            var mean: [Float]
            var std: [Float]
        }
        var timm: [Way]
        var transformers: [String]
        var preprocessor: String
    }

    let folder: TemporaryFolder
    private let golden: GoldenFile

    init() throws {
        folder = try TemporaryFolder()
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/configs.json")
        golden = try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: file))
    }

    private func config(_ text: String, preprocessor: String? = nil) throws -> ForeignConfig? {
        _ = try folder.write(Array(text.utf8), to: "config.json")
        if let preprocessor { _ = try folder.write(Array(preprocessor.utf8), to: "preprocessor_config.json") }
        return try ForeignConfig(beside: folder.file("weights.safetensors"))
    }

    private func expectRefusal(
        _ text: String, _ reason: String, _ code: ModelFileError.Code = .wrongContract
    ) {
        let error = #expect(throws: ModelFileError.self) { _ = try config(text) }
        #expect(error?.code == code && error?.path == folder.file("config.json"))
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test func saysWhatTimmMakesOfIt() throws {
        for way in golden.timm {
            let config = try #require(try config(way.config))
            #expect((way.isTest ? config.testSize : config.trainedSize) == way.side)
            let framing = config.framing(inputSize: way.side, preprocessing: config.preprocessing)
            #expect(framing.length == way.length && framing.filter == way.filter)
            #expect(framing.mode.rawValue == (way.mode == "center" ? "centre" : way.mode))
            #expect(framing.objection(toSide: way.side) == nil)
            #expect(config.preprocessing.mean == way.mean.map { $0 * 255 })
            #expect(config.preprocessing.deviation == way.std.map { $0 * 255 })
        }
        let configs = try golden.timm.filter(\.isTest).map { try #require(try config($0.config)) }
        #expect(
            configs.map(\.network) == [
                "resnet50.a1_in1k", "resnet18.tv_in1k", "resnet152.a1h_in1k", "wide_resnet50_2.tv_in1k",
                "resnet18.a1_in1k", "resnet34.a1_in1k", "resnet50d.ra2_in1k",
            ])
        #expect(
            configs.map(\.architecture) == [
                "resnet50-v1.5", "resnet18-v1.5", "resnet152-v1.5", "wrn-50-2", "resnet18-v1.5",
                "resnet34-v1.5",
                nil,
            ])
        #expect(configs.map(\.classes) == [nil, nil, nil, nil, ["cat", "dog", "hen"], ["a", "b"], nil])
    }

    /// The colour of a border is the mean, rounded as Python does.
    @Test func aBorderHasTheMeansColour() throws {
        let way = try #require(golden.timm.first { $0.mode == "border" })
        let config = try #require(try config(way.config))
        let framing = config.framing(inputSize: way.side, preprocessing: config.preprocessing)
        #expect(framing.fill == [128, 102, 76])
    }

    /// All at the top, labels by number, and names with the origin in front.
    @Test func readsOlderForms() throws {
        let text = """
            {"architecture": "gluon_resnet50_v1b", "num_classes": 2, "labels": ["a", "b"], "input_size": [3, 96, 96],
             "crop_pct": 0.9, "mean": [0.1, 0.2, 0.3], "std": [0.5, 0.5, 0.5], "interpolation": "bilinear"}
            """
        let old = try #require(try config(text))
        #expect(old.architecture == "resnet50-v1.5" && old.classes == ["a", "b"] && old.testSize == 96)
        #expect(old.framing(inputSize: 96, preprocessing: old.preprocessing).length == 106)
        let numbered = try config(#"{"architecture": "resnet18", "label_names": {"1": "b", "0": "a"}}"#)
        #expect(numbered?.classes == ["a", "b"] && numbered?.testSize == 224)
        #expect(
            numbered?.framing(inputSize: 224, preprocessing: .imageNet)
                == Framing(.centre, length: 256, filter: .bicubic))
    }

    @Test func readsWhatTransformersWrites() throws {
        let large = try #require(try config(golden.transformers[0], preprocessor: golden.preprocessor))
        #expect(large.architecture == "resnet50-v1.5" && large.classes == ["tench", "cock, hen"])
        #expect(large.preprocessing.mean == [127.5, 127.5, 127.5] && large.testSize == 224)
        #expect(
            large.framing(inputSize: 224, preprocessing: large.preprocessing)
                == Framing(.centre, length: 256, filter: .bicubic))
        let small = try #require(try config(golden.transformers[1], preprocessor: golden.preprocessor))
        #expect(small.architecture == "resnet18-v1.5" && small.classes == nil)
        let warped = golden.preprocessor.replacing("224", with: "384")
        #expect(
            try config(golden.transformers[1], preprocessor: warped)?.framing(
                inputSize: 384, preprocessing: .imageNet) == Framing(.squash, length: 384, filter: .bicubic))
    }

    @Test func whatIsOfSomethingElseIsLeftAlone() throws {
        #expect(try ForeignConfig(beside: folder.file("w.safetensors")) == nil)
        #expect(try config(#"{"name": "my settings"}"#) == nil)
    }

    @Test func whatIsNotUnderstoodIsRefused() throws {
        func timm(_ rest: String) -> String { #"{"architecture": "resnet18", "pretrained_cfg": {\#(rest)}}"# }
        expectRefusal(timm(#""interpolation": "lanczos""#), "interpolation is lanczos")
        expectRefusal(timm(#""crop_mode": "top""#), "crop_mode is top")
        expectRefusal(timm(#""crop_pct": 0"#), "crop_pct")
        expectRefusal(timm(#""input_size": [1, 28, 28]"#), "input_size is not 3 channels of a square")
        expectRefusal(timm(#""input_size": [3, 224, 160]"#), "input_size is not 3 channels of a square")
        expectRefusal(timm(#""mean": [127, 127, 127]"#), "three numbers in 0...1")
        expectRefusal(timm(#""std": [0, 1, 1]"#), "deviation of it is 0")
        expectRefusal(timm(#""label_names": ["a"], "num_classes": 2"#), "names 1 classes for 2")
        expectRefusal(
            #"{"architecture": "resnet18", "model_args": {"output_stride": 8}}"#,
            "model_args set output_stride")
        expectRefusal(#"{"architecture": "resnet18", "global_pool": "max"}"#, "global_pool is max")
        expectRefusal(golden.transformers[0], "preprocessor_config.json")
        expectRefusal(
            golden.transformers[1].replacing(
                #""downsample_in_bottleneck": false"#, with: #""downsample_in_bottleneck": true"#),
            "downsample_in_bottleneck")
        expectRefusal("{\"architecture\"", "not JSON", .malformed)
    }
}
