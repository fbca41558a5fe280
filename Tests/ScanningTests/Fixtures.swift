import Engines
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning

/// A folder of a test's own, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "scanning-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path(percentEncoded: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { path + "/" + name }

    /// Writes a scene of noise and gives its path.
    func scene(width: Int, height: Int, seed: UInt64 = 1) throws -> (path: String, image: Image) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let image = Image(width: width, height: height, pixelsHWC: bytes)
        try image.writePNG(to: path("scene.png"))
        return (path("scene.png"), image)
    }
}

/// Scores that depend on nothing but an image's own pixels: noise that is the same for the same bytes.
func noiseScores(of pixelsHWC: some Sequence<UInt8>, classCount: Int) -> [Float] {
    let seed = pixelsHWC.reduce(14_695_981_039_346_656_037 as UInt64) {
        ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    var random = SplitMix64(seed: seed)
    let values = (0..<classCount).map { _ in Float.random(in: 0...1, using: &random) }
    return values.map { $0 / values.reduce(0, +) }
}

/// An engine whose one program gives `noiseScores`.
struct NoiseEngine: Engine {
    let description = "noise"

    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        throw EngineError(code: .unsupportedGraph, operation: "evaluate", cause: "this engine only scores")
    }

    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        NoiseProgram(
            byteCount: network.architecture.inputSize * network.architecture.inputSize * 3,
            classCount: network.architecture.classCount)
    }

    func trainingProgram(
        for network: Network, state: TrainingState, batchSize: Int, optimizer: Optimizer
    ) throws(EngineError) -> any TrainingProgram {
        throw EngineError(code: .unsupportedGraph, operation: "train", cause: "this engine only scores")
    }
}

private final class NoiseProgram: ScoringProgram {
    private let byteCount: Int
    private let classCount: Int

    init(byteCount: Int, classCount: Int) { (self.byteCount, self.classCount) = (byteCount, classCount) }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        for window in 0..<pixelsNHWC.count / byteCount {
            let bytes = (window * byteCount..<(window + 1) * byteCount).map { pixelsNHWC[$0] }
            for (label, score) in noiseScores(of: bytes, classCount: classCount).enumerated() {
                scores[window * classCount + label] = score
            }
        }
    }
}

/// A model of three classes that takes 8×8 pixels; `NoiseEngine` needs no weights.
let tinyModel = Model(
    architecture: Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 8),
    classes: ["boat", "car", "other"], weights: [:], provenance: [:])

/// A plan for `tinyModel` that finds a few dozen objects in a scene of noise.
func tinyPlan(scenePath: String) -> ScanPlan {
    var plan = ScanPlan(scenePath: scenePath, modelPath: "tiny.safetensors")
    (plan.windowSize, plan.stride) = (8, 4)
    plan.scoreThreshold = 0.5
    plan.classes = ["car", "boat"]
    return plan
}
