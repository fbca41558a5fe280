import Engines
import Foundation
import Networks
import Testing
import Training

/// CutMix against torchvision's, and the binary loss of mixed samples against timm's.
@Suite struct CutMixTests {
    /// `Golden/make_mixing.py` made it.
    private struct Golden: Decodable {
        struct Rectangle: Decodable {
            var share: Double
            var x: Int
            var y: Int
            var box: [Int]
            var kept: Float
        }
        struct LossCase: Decodable {
            var threshold: Float?
            var loss: Float
            var gradient: [Float]
        }
        var side: Int
        var rectangles: [Rectangle]
        var classCount: Int
        var labels: [Int32]
        var partners: [Int]
        var kept: Float
        var smoothing: Float
        var logits: [Float]
        var losses: [LossCase]
    }

    private func golden() throws -> Golden {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/mixing.json")
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }

    @Test func cutsTheRectanglesOfTorchvision() throws {
        let golden = try golden()
        #expect(golden.rectangles.count == 40)
        for row in golden.rectangles {
            let columns = CutMix.part(keeping: row.share, around: row.x, side: golden.side)
            let rows = CutMix.part(keeping: row.share, around: row.y, side: golden.side)
            #expect([columns.lowerBound, rows.lowerBound, columns.upperBound, rows.upperBound] == row.box)
            let area = Float(columns.count * rows.count)
            #expect(abs(1 - area / Float(golden.side * golden.side) - row.kept) < 1e-6)
        }
    }

    @Test(arguments: UInt64(0)..<6) func putsTheRectangleOfThePartnerIntoEachSample(seed: UInt64) throws {
        let (side, count) = (9, 5)
        let cut = CutMix(alpha: 1, batchSize: count, side: side, seed: seed, epoch: 2, batch: 3)
        let own = (0..<count * side * side * 3).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 243) }
        var pixels = own
        var targets = try Targets(labels: [0, 1, 2, 1, 0], classCount: 3, smoothing: 0.1)
        let ownShares = targets.shares
        cut.apply(toPixels: &pixels, targets: &targets)
        #expect(cut.partners.sorted() == Array(0..<count))
        for (sample, partner) in cut.partners.enumerated() {
            for y in 0..<side {
                for x in 0..<side {
                    let isInside = cut.columns.contains(x) && cut.rows.contains(y)
                    let from = ((isInside ? partner : sample) * side * side + y * side + x) * 3
                    let to = (sample * side * side + y * side + x) * 3
                    #expect(pixels[to..<to + 3] == own[from..<from + 3])
                }
            }
            for label in 0..<3 {
                let exact =
                    cut.keptFraction * ownShares[sample * 3 + label]
                    + (1 - cut.keptFraction) * ownShares[partner * 3 + label]
                #expect(abs(targets.shares[sample * 3 + label] - exact) < 1e-6)
            }
        }
    }

    @Test func isAFunctionOfSeedEpochAndBatch() {
        func made(_ seed: UInt64, _ epoch: Int, _ batch: Int) -> CutMix {
            CutMix(alpha: 1, batchSize: 32, side: 32, seed: seed, epoch: epoch, batch: batch)
        }
        #expect(made(1, 2, 3) == made(1, 2, 3))
        #expect(Set([made(1, 2, 3), made(2, 2, 3), made(1, 3, 3), made(1, 2, 4)]).count == 4)
        let taken = (0..<1000).count { CutMix.isTaken(seed: 1, epoch: 1, batch: $0) }
        #expect((430...570).contains(taken))
    }

    /// The graph's loss and gradient of mixed, smoothed targets.
    @Test func theBinaryLossIsTimms() throws {
        let golden = try golden()
        for expected in golden.losses {
            var targets = try Targets(
                labels: golden.labels, classCount: golden.classCount, smoothing: golden.smoothing)
            targets.mix(with: golden.partners, keeping: golden.kept)
            if let threshold = expected.threshold { targets.round(above: threshold) }
            let shape = [golden.labels.count, golden.classCount]
            var graph = Graph()
            let logits = try graph.add(.input(name: "logits", shape: shape))
            let wanted = try graph.add(.input(name: "targets", shape: shape))
            graph.outputs = [
                try graph.add(.sigmoidCrossEntropy, logits, wanted),
                try graph.add(.sigmoidCrossEntropyGradient, logits, wanted),
            ]
            let found = try ReferenceEngine().evaluate(
                graph,
                inputs: [
                    "logits": Tensor(shape: shape, values: golden.logits),
                    "targets": Tensor(shape: shape, values: targets.shares),
                ])
            #expect(abs(found[0].values[0] - expected.loss) < 1e-5)
            #expect(zip(found[1].values, expected.gradient).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }
}
