import EngineCases
import Engines
import Foundation
import Networks
import Testing
import XLAEngine

/// The text of every op and of a network, as it was read by a person. `Golden/make.sh` writes them anew.
struct GoldenTextTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Golden")

    /// One small graph for each op and the names of the files.
    private static var texts: [String: String] {
        get throws {
            var texts: [String: String] = [:]
            for (name, graph) in try GoldenGraphs.all { texts[name] = StableHLO.evaluating(graph) }
            let architecture = try #require(
                Architecture(name: "cifar-resnet8-v2", classCount: 4, inputSize: 8))
            let network = try Network(architecture)
            texts["scoring"] = try StableHLO.scoring(network, batchSize: 2, precision: .bf16)
            var configuration = TrainingConfiguration(batchSize: 4)
            configuration.optimizer.gradientClip = .norm(1)
            // All but the head is frozen, so that a person can read it.
            configuration.frozenStageCount = 4
            configuration.replicaCount = 2
            texts["training-of-the-head"] = try StableHLO.training(
                network, configuration, deviceCount: 2, heldTileCount: 10
            ).text
            // A whole step without what a frozen part leaves out: the last stage and the head, in bf16.
            configuration.frozenStageCount = 3
            configuration.replicaCount = 1
            configuration.optimizer = Optimizer(isNesterov: true)
            configuration.optimizer.averageDecay = 0.99
            texts["training-of-a-stage"] = try StableHLO.training(
                network, configuration, precision: .bf16
            ).text
            return texts
        }
    }

    @Test func textsAreThoseThatWereRead() throws {
        for (name, text) in try Self.texts {
            let url = Self.folder.appending(path: name + ".mlir")
            if ProcessInfo.processInfo.environment["TILESCOPE_WRITE_GOLDENS"] != nil {
                try Data(text.utf8).write(to: url)
            }
            let golden = try String(contentsOf: url, encoding: .utf8)
            #expect(text == golden, "\(name)")
        }
    }

    @Test(.enabled(if: JaxHarness.isThere)) func textsAreWellFormed() throws {
        let harness = try JaxHarness()
        for (name, text) in try Self.texts {
            #expect(try harness.objection(to: text) == nil, "\(name)")
        }
    }

    /// Whatever ops there are, some golden shows each.
    @Test func everyOpIsShown() throws {
        let shown = Set(
            try GoldenGraphs.all.values.flatMap { graph in
                graph.nodes.map { "\($0.op)".prefix { $0 != "(" } }
            })
        let used = Set(
            OpCase.all.flatMap { $0.graph.nodes.map { "\($0.op)".prefix { $0 != "(" } } })
        #expect(used.subtracting(shown).isEmpty, "\(used.subtracting(shown).sorted())")
    }
}

/// The smallest graphs that show what each op becomes.
private enum GoldenGraphs {
    static var all: [String: Graph] {
        get throws {
            [
                "normalize": try graph { g in
                    [try g.add(.normalize(.imageNet), g.input("pixels", 2, 3, 3, 3))]
                },
                "convolution": try graph { g in
                    let (x, w) = (try g.input("x", 2, 3, 5, 5), try g.parameter("w", 4, 3, 3, 3))
                    let y = try g.add(.conv2d(stride: 2, padding: 1), x, w)
                    let dx = Op.conv2dGradientInput(stride: 2, padding: 1, height: 5, width: 5)
                    let dw = Op.conv2dGradientWeights(stride: 2, padding: 1, size: 3)
                    return [y, try g.add(dx, y, w), try g.add(dw, x, y)]
                },
                "batch-norm": try graph { g in
                    let (x, dy) = (try g.input("x", 2, 3, 4, 4), try g.input("dy", 2, 3, 4, 4))
                    let (scale, shift) = (try g.add(.constant(1, shape: [3])), try g.parameter("shift", 3))
                    let moments = try g.add(.moments, x)
                    let y = try g.add(.batchNorm(epsilon: 1e-5), x, scale, shift, moments)
                    let sums = try g.add(.batchNormGradientSums(epsilon: 1e-5), dy, x, moments)
                    let dx = try g.add(.batchNormGradient(epsilon: 1e-5), dy, x, scale, moments, sums)
                    return [y, dx, try g.add(.row(1), sums)]
                },
                "folded-norm": try graph { g in
                    let (x, w) = (try g.input("x", 2, 3, 5, 5), try g.parameter("w", 4, 3, 1, 1))
                    let y = try g.add(.conv2d(stride: 1, padding: 0), x, w)
                    let moments = try g.add(.stack, g.parameter("mean", 4), g.parameter("variance", 4))
                    let (scale, shift) = (try g.parameter("scale", 4), try g.parameter("shift", 4))
                    return [try g.add(.batchNorm(epsilon: 1e-5), y, scale, shift, moments)]
                },
                "relu-and-add": try graph { g in
                    let x = try g.input("x", 2, 3, 4, 4)
                    let y = try g.add(.relu, x)
                    return [try g.add(.add, x, y), try g.add(.reluGradient, x, y)]
                },
                "padded-shortcut": try graph { g in
                    let y = try g.add(.paddedShortcut(stride: 2, channels: 6), g.input("x", 2, 4, 5, 5))
                    let op = Op.paddedShortcutGradient(stride: 2, channels: 4, height: 5, width: 5)
                    return [y, try g.add(op, y)]
                },
                "max-pool": try graph { g in
                    let x = try g.input("x", 2, 3, 5, 5)
                    let y = try g.add(.maxPool(size: 3, stride: 2, padding: 1), x)
                    return [y, try g.add(.maxPoolGradient(size: 3, stride: 2, padding: 1), y, x)]
                },
                "window-means": try graph { g in
                    let y = try g.add(.windowMeans(size: 3, stride: 2), g.input("x", 2, 4, 5, 7))
                    return [
                        y, try g.add(.windowMeansGradient(size: 3, stride: 2, height: 5, width: 7), y),
                    ]
                },
                "global-mean": try graph { g in
                    let y = try g.add(.globalMean, g.input("x", 2, 3, 4, 4))
                    return [y, try g.add(.globalMeanGradient(height: 4, width: 4), y)]
                },
                "dense": try graph { g in
                    let (x, w) = (try g.input("x", 2, 3), try g.parameter("w", 4, 3))
                    let y = try g.add(.dense, x, w, g.parameter("b", 4))
                    let (dx, dw) = (
                        try g.add(.denseGradientInput, y, w), try g.add(.denseGradientWeights, x, y)
                    )
                    return [y, dx, dw, try g.add(.denseGradientBias, y)]
                },
                "sigmoid": try graph { g in
                    let (x, targets) = (try g.input("x", 2, 4), try g.input("targets", 2, 4))
                    return [
                        try g.add(.sigmoidCrossEntropy, x, targets),
                        try g.add(.sigmoidCrossEntropyGradient, x, targets),
                    ]
                },
                "softmax": try graph { g in
                    let (x, targets) = (try g.input("x", 2, 4), try g.input("targets", 2, 4))
                    return [
                        try g.add(.softmax, x), try g.add(.softmaxCrossEntropy, x, targets),
                        try g.add(.softmaxCrossEntropyGradient, x, targets),
                        try g.add(.correctCount(highest: 2), x, g.input("labels", 2)),
                    ]
                },
            ]
        }
    }

    private static func graph(_ build: (inout Graph) throws -> [NodeID]) throws -> Graph {
        var graph = Graph()
        graph.outputs = try build(&graph)
        try graph.verify()
        return graph
    }
}
