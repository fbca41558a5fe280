import Bytes
package import Engines

/// How each sample of a batch gets a rectangle of another one, at its place: a function of the seed, the epoch and the batch alone.
///
/// - Source: Yun et al., CutMix, 2019, as torchvision's `CutMix`: one rectangle for the whole batch, of a share of the area from
///   Beta(alpha, alpha), its centre anywhere, cut off at the edges; targets are mixed by the area that is left of it.
package struct CutMix: Hashable, Sendable {
    /// What is replaced, in pixels of the square.
    package let columns: Range<Int>
    package let rows: Range<Int>
    /// What each sample keeps of itself, in `0...1`.
    package let keptFraction: Float
    /// The sample whose rectangle goes into each.
    package let partners: [Int]
    private let side: Int

    /// - Parameter alpha: positive; 1 for shares of which each is as likely.
    /// - Parameter side: of the samples.
    /// - Parameter batch: within the epoch, from 0 on.
    package init(alpha: Float, batchSize: Int, side: Int, seed: UInt64, epoch: Int, batch: Int) {
        precondition(alpha > 0)
        var random = SplitMix64(seed: seed, stream: epoch, batch, Self.stream)
        partners = Mixup.partners(batchSize: batchSize, epoch: epoch, using: &random)
        let share = random.nextBeta(alpha)
        let (x, y) = (Int.random(in: 0..<side, using: &random), Int.random(in: 0..<side, using: &random))
        columns = Self.part(keeping: share, around: x, side: side)
        rows = Self.part(keeping: share, around: y, side: side)
        keptFraction = 1 - Float(columns.count * rows.count) / Float(side * side)
        self.side = side
    }

    /// The columns of a rectangle, or its rows.
    ///
    /// - Parameter share: of the area that stays, before the rectangle is cut off at the edges.
    /// - Parameter centre: of the rectangle.
    package static func part(keeping share: Double, around centre: Int, side: Int) -> Range<Int> {
        let half = Int(0.5 * (1 - share).squareRoot() * Double(side))
        return max(0, centre - half)..<min(side, centre + half)
    }

    /// Keeps these numbers apart from those of mixup and of the augmentation.
    private static let stream = 0x6375_746D

    package func apply(toPixels pixelsNHWC: inout [UInt8], targets: inout Targets) {
        let own = pixelsNHWC
        for (sample, partner) in partners.enumerated() {
            for y in rows {
                let row = (y * side + columns.lowerBound) * 3
                let (to, from) = (sample * side * side * 3 + row, partner * side * side * 3 + row)
                pixelsNHWC.replaceSubrange(
                    to..<to + columns.count * 3, with: own[from..<from + columns.count * 3])
            }
        }
        targets.mix(with: partners, keeping: keptFraction)
    }
}

extension CutMix {
    /// Whether a batch is cut rather than mixed, where both are asked for: every second one, by chance.
    ///
    /// - Source: `RandomChoice` of both in torchvision's reference training, `mixup_switch_prob` 0.5 in timm.
    package static func isTaken(seed: UInt64, epoch: Int, batch: Int) -> Bool {
        var random = SplitMix64(seed: seed, stream: epoch, batch, stream + 1)
        return random.next() >> 63 == 1
    }
}
