import Bytes
package import Engines
import Foundation
import Records

/// How the samples of one batch are mixed by pairs: a function of the seed, the epoch and the batch alone.
///
/// - Source: Zhang et al., mixup: beyond empirical risk minimization, 2018: one share for the whole batch, from
///   Beta(alpha, alpha), and partners by a permutation of it.
package struct Mixup: Hashable, Sendable {
    /// What each sample keeps of itself, in `0...1`.
    package let keptFraction: Float
    /// The sample that is mixed into each.
    package let partners: [Int]

    /// - Parameter alpha: positive; the larger, the more often both halves weigh the same.
    /// - Parameter batch: within the epoch, from 0 on.
    package init(alpha: Float, batchSize: Int, seed: UInt64, epoch: Int, batch: Int) {
        precondition(alpha > 0)
        var random = SplitMix64(seed: seed, stream: epoch, batch, Self.stream)
        partners = Self.partners(batchSize: batchSize, epoch: epoch, using: &random)
        keptFraction = Float(random.nextBeta(alpha))
    }

    static func partners(batchSize: Int, epoch: Int, using random: inout SplitMix64) -> [Int] {
        let order = SampleOrder(count: batchSize, seed: random.next(), epoch: epoch)
        return (0..<batchSize).map { order[$0] }
    }

    /// Keeps these numbers apart from those of the augmentation.
    private static let stream = 0x6D69_7875

    /// Mixes the pixels, as bytes rounded to the nearest, and the targets, of which each sample may have several.
    ///
    /// Bytes rather than floats, because bytes are what a program takes; the rounding is at most half of a 255th.
    package func apply(toPixels pixelsNHWC: inout [UInt8], targets: inout Targets) {
        let byteCount = pixelsNHWC.count / partners.count
        let own = pixelsNHWC
        own.withUnsafeBufferPointer { own in
            pixelsNHWC.withUnsafeMutableBufferPointer { mixed in
                for (sample, partner) in partners.enumerated() {
                    for byte in 0..<byteCount {
                        let (a, b) = (own[sample * byteCount + byte], own[partner * byteCount + byte])
                        let value = keptFraction * Float(a) + (1 - keptFraction) * Float(b)
                        mixed[sample * byteCount + byte] = UInt8(value + 0.5)
                    }
                }
            }
        }
        // Of a crop, each window is mixed with that at its place in the other.
        let labelCount = targets.labels.count / partners.count
        let others = partners.flatMap { $0 * labelCount..<($0 + 1) * labelCount }
        targets.mix(with: others, keeping: keptFraction)
    }
}

extension SplitMix64 {
    /// In `0..<1`, never 0 itself, so that it has a logarithm.
    private mutating func nextFraction() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

    /// Box and Muller.
    private mutating func nextNormal() -> Double {
        (-2 * log(nextFraction())).squareRoot() * cos(2 * .pi * nextFraction())
    }

    /// From Beta(alpha, alpha).
    mutating func nextBeta(_ alpha: Float) -> Double {
        let logs = (0..<2).map { _ in nextLogGamma(shape: Double(alpha)) }
        return 1 / (1 + exp(logs[1] - logs[0]))
    }

    /// The logarithm of a number from the gamma distribution of scale 1. A logarithm, because numbers of a small
    /// shape are too small for a `Double`.
    ///
    /// - Source: Marsaglia and Tsang, A simple method for generating gamma variables, 2000.
    fileprivate mutating func nextLogGamma(shape: Double) -> Double {
        guard shape >= 1 else { return nextLogGamma(shape: shape + 1) + log(nextFraction()) / shape }
        let d = shape - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = nextNormal()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            guard v > 0 else { continue }
            if log(nextFraction()) < x * x / 2 + d - d * v + d * log(v) { return log(d) + log(v) }
        }
    }
}
