import Engines
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import TestSupport

extension TemporaryFolder {
    /// Writes a scene of noise and gives its path.
    func scene(width: Int, height: Int, seed: UInt64 = 1) throws -> (path: String, image: Image) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let image = Image(width: width, height: height, pixelsHWC: bytes)
        try image.writePNG(to: file("scene.png"))
        return (file("scene.png"), image)
    }

    /// Writes the image as an uncompressed TIFF in strips of 16 rows, all but the rows from `rowCount` on.
    func cutScene(_ image: Image, rowCount: Int) throws -> String {
        let stripCount = (image.height + 15) / 16
        let rowByteCount = image.width * 3
        let dataOffset = 8 + 2 + 10 * 12 + 4 + 6 + 8 * stripCount
        let valuesOffset = dataOffset - 6 - 8 * stripCount
        let offsets = (0..<stripCount).map { dataOffset + $0 * 16 * rowByteCount }
        let byteCounts = (0..<stripCount).map { min(16, image.height - $0 * 16) * rowByteCount }
        /// Tag, type (3 has two bytes, 4 has four), count, value or place of the values.
        let entries = [
            [256, 4, 1, image.width], [257, 4, 1, image.height], [258, 3, 3, valuesOffset], [259, 3, 1, 1],
            [262, 3, 1, 2], [273, 4, stripCount, valuesOffset + 6], [277, 3, 1, 3], [278, 4, 1, 16],
            [279, 4, stripCount, valuesOffset + 6 + 4 * stripCount], [284, 3, 1, 1],
        ]
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var tiff = Array("II".utf8) + bytes(42, 2) + bytes(8, 4) + bytes(entries.count, 2)
        for entry in entries {
            tiff += bytes(entry[0], 2) + bytes(entry[1], 2) + bytes(entry[2], 4) + bytes(entry[3], 4)
        }
        tiff += bytes(0, 4) + bytes(8, 2) + bytes(8, 2) + bytes(8, 2)
        tiff += (offsets + byteCounts).flatMap { bytes($0, 4) }
        tiff += image.pixelsHWC[..<(rowCount * rowByteCount)]
        try Data(tiff).write(to: URL(filePath: file("cut.tif")))
        return file("cut.tif")
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

/// An engine whose programs give `noiseScores`: exact ones of a window, dense ones of all that a network may see of a
/// window's block.
struct NoiseEngine: Engine {
    let description = "noise"
    let abilities = Abilities.denseScoring
    let numerics = Numerics(engine: "noise", precision: .fp32, library: "none")
    /// Of a block in a dense scan; a larger one does not fit its memory.
    var densePixelLimit = Int.max
    var blocksPerCall = 1

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

    func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram {
        guard blockSize.height * blockSize.width <= densePixelLimit else {
            throw EngineError(code: .outOfMemory, operation: "score", cause: "there is too little of it")
        }
        return try DenseNoiseProgram(
            network, blockSize: blockSize, stride: stride, blocksPerCall: blocksPerCall)
    }

    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
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

/// What a network may see of the window at `x`, `y`.
func seen(x: Int, y: Int, windowSize: Int, reach: Int, in image: Image) -> Image {
    let rect = PixelRect(
        x0: x - reach, y0: y - reach, x1: x + windowSize + reach, y1: y + windowSize + reach)
    return image.cropped(to: rect.intersection(image.bounds) ?? rect)
}

private final class DenseNoiseProgram: DenseScoringProgram {
    let blocksPerCall: Int
    private let blockSize: BlockSize
    private let stride: Int
    private let windowSize: Int
    private let classCount: Int
    private let reach: Int

    init(_ network: Network, blockSize: BlockSize, stride: Int, blocksPerCall: Int) throws(EngineError) {
        (self.blockSize, self.stride, self.blocksPerCall) = (blockSize, stride, blocksPerCall)
        (windowSize, classCount) = (network.architecture.inputSize, network.architecture.classCount)
        do {
            let geometry = try network.denseGeometry()
            precondition(
                [blockSize.height, blockSize.width, stride].allSatisfy {
                    $0.isMultiple(of: geometry.totalStride)
                })
            reach = geometry.reach
        } catch {
            throw EngineError(code: .unsupportedGraph, operation: "score", cause: error.description)
        }
    }

    func begin(_ blocks: [[UInt8]]) -> PendingScores {
        precondition((1...blocksPerCall).contains(blocks.count))
        let scores = blocks.map { bytes in
            let block = Image(width: blockSize.width, height: blockSize.height, pixelsHWC: bytes)
            return Swift.stride(from: 0, through: block.height - windowSize, by: stride).flatMap { y in
                Swift.stride(from: 0, through: block.width - windowSize, by: stride).flatMap { x in
                    let part = seen(x: x, y: y, windowSize: windowSize, reach: reach, in: block)
                    return noiseScores(of: part.pixelsHWC, classCount: classCount)
                }
            }
        }
        return PendingScores { scores }
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
