import CPUEngine
import Engines
import Foundation
import Networks
import TestSupport
import Testing

/// What torch computes in float64; `Golden/make_networks.py` made it.
struct GoldenFile: Decodable {
    struct Generator: Decodable {
        var firstOfConv1Weight: [Float]
        var pixelSum: Int
    }
    var generator: Generator
    var cases: [GoldenCase]

    static func read(_ here: String = #filePath) throws -> GoldenFile {
        let folder = URL(filePath: here).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Golden/networks.json"))
        return try JSONDecoder().decode(GoldenFile.self, from: data)
    }
}

/// One network: its scores, and three steps of training on one batch.
struct GoldenCase: Decodable, Sendable {
    var name: String
    var classCount: Int
    var inputSize: Int
    var batchSize: Int
    var learningRate: Float
    var momentum: Float
    var weightDecay: Float
    /// Before the first step, `[batchSize, classCount]`.
    var scores: [Float]
    /// After the last step.
    var scoresAfter: [Float]
    var losses: [Float]
    var correctCounts: [Int]
    /// After the first step, so the gradient and the weight decay.
    var firstMomenta: [GoldenTensor]
    var lastMomenta: [GoldenTensor]
    /// What three steps added to each parameter and running statistic.
    var changes: [GoldenTensor]

    var isSmall: Bool { name.hasPrefix("cifar") }

    func network() throws -> Network {
        let architecture = Architecture(
            name: name, classCount: classCount, inputSize: inputSize, preprocessing: .imageNet)
        return try Network(#require(architecture))
    }

    var pixels: [UInt8] { GoldenValues.pixels(batchSize: batchSize, size: inputSize) }
    var labels: [Int32] { (0..<batchSize).map { Int32($0 % classCount) } }
}

/// A tensor by its norm and four of its entries: the first, at a third, at two thirds, the last.
struct GoldenTensor: Decodable, Sendable {
    var name: String
    /// Root of the sum of squares.
    var norm: Double
    var samples: [Double]

    /// How far `found` is off, in root mean squares of the expected tensor; infinite where it is missing.
    ///
    /// Not in units below 1e-4: float32 does not resolve smaller changes of numbers near 1.
    func deviation(of found: Tensor?) -> Double {
        guard let values = found?.values, !values.isEmpty else { return .infinity }
        let root = Double(values.count).squareRoot()
        let foundNorm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        var worst = abs(foundNorm - norm) / root
        for (k, sample) in samples.enumerated() {
            let difference = abs(Double(values[k * (values.count - 1) / 3]) - sample)
            // Written so that a NaN counts as worst.
            if !(difference <= worst) { worst = difference }
        }
        return worst / max(norm / root, 1e-4)
    }
}

/// A golden case on one engine.
struct GoldenRun: Sendable, CustomTestStringConvertible {
    enum EngineKind: String, Sendable { case reference, cpu }
    var engineKind: EngineKind
    var golden: GoldenCase

    /// All cases on the CPU, of the large ones in short tests one of each block; the small ones on the reference engine, too, which
    /// is slow.
    static func all() throws -> [GoldenRun] {
        let usual = ["resnet18-v2", "resnet50-v1.5"]
        let cases = try GoldenFile.read().cases.filter {
            $0.isSmall || Effort.isLong || usual.contains($0.name)
        }
        return cases.flatMap { golden in
            let kinds: [EngineKind] = golden.isSmall ? [.reference, .cpu] : [.cpu]
            return kinds.map { GoldenRun(engineKind: $0, golden: golden) }
        }
    }

    var engine: any Engine {
        switch engineKind {
        case .reference: ReferenceEngine()
        case .cpu: CPUEngine(workerCount: 2, cacheFolder: nil)
        }
    }

    /// For `GoldenTensor.deviation`.
    ///
    /// The reference engine computes in double precision, but keeps its weights in single. With float32 a number near
    /// 0 may fall on the other side of a ReLU, which moves a few entries of deep gradients: torch's own float32 is
    /// off by up to 2e-2 in these networks of 50 layers (`float32Deviation` in the golden file).
    var tensorTolerance: Double {
        switch engineKind {
        case .reference: 2e-4
        // Winograd's convolutions round three times as coarsely as direct ones.
        case .cpu: golden.isSmall ? 3e-3 : 0.1
        }
    }

    var testDescription: String { "\(golden.name) on \(engineKind.rawValue)" }
}
