import Engines
import Testing
import Training

@Test(arguments: UInt64(0)..<4) func mixesBytesAndTargetsByTheFormula(seed: UInt64) throws {
    let mixup = Mixup(alpha: 0.5, batchSize: 4, seed: seed, epoch: 2, batch: 3)
    let own = (0..<4 * 6).map { UInt8(truncatingIfNeeded: $0 * 37) }
    var pixels = own
    var targets = try Targets(labels: [0, 1, 2, 1], classCount: 3, smoothing: 0.1)
    let ownShares = targets.shares
    mixup.apply(toPixels: &pixels, targets: &targets)
    for (sample, partner) in mixup.partners.enumerated() {
        for byte in 0..<6 {
            let exact =
                mixup.keptFraction * Float(own[sample * 6 + byte])
                + (1 - mixup.keptFraction) * Float(own[partner * 6 + byte])
            #expect(abs(Float(pixels[sample * 6 + byte]) - exact) <= 0.5001)
        }
        for label in 0..<3 {
            let exact =
                mixup.keptFraction * ownShares[sample * 3 + label]
                + (1 - mixup.keptFraction) * ownShares[partner * 3 + label]
            #expect(abs(targets.shares[sample * 3 + label] - exact) < 1e-6)
        }
    }
    #expect(targets.labels == [0, 1, 2, 1])
}

/// A crop has a target for each of its windows.
@Test func mixesEachTargetOfASampleWithThatAtItsPlace() throws {
    let mixup = Mixup(alpha: 0.5, batchSize: 3, seed: 1, epoch: 2, batch: 3)
    var pixels = [UInt8](repeating: 0, count: 3 * 6)
    var targets = try Targets(labels: [0, 1, 2, 1, 0, 2], classCount: 3)
    let own = targets.shares
    mixup.apply(toPixels: &pixels, targets: &targets)
    for (sample, partner) in mixup.partners.enumerated() {
        for place in 0..<2 * 3 {
            let exact =
                mixup.keptFraction * own[sample * 6 + place] + (1 - mixup.keptFraction)
                * own[partner * 6 + place]
            #expect(abs(targets.shares[sample * 6 + place] - exact) < 1e-6)
        }
    }
    #expect(mixup.partners != [0, 1, 2])
}

@Test func isAFunctionOfSeedEpochAndBatch() {
    let made = { (seed: UInt64, epoch: Int, batch: Int) in
        Mixup(alpha: 1, batchSize: 32, seed: seed, epoch: epoch, batch: batch)
    }
    #expect(made(1, 2, 3) == made(1, 2, 3))
    #expect(Set([made(1, 2, 3), made(2, 2, 3), made(1, 3, 3), made(1, 2, 4), made(1, 3, 2)]).count == 5)
    #expect(made(1, 2, 3).partners.sorted() == Array(0..<32))
}

/// Beta(a, a) has the mean 1/2 and the variance 1 / (4 (2a + 1)).
@Test(arguments: [Float(0.01), 0.2, 1, 4]) func sharesAreDistributedAsBeta(alpha: Float) {
    let shares = (0..<20_000).map {
        Double(Mixup(alpha: alpha, batchSize: 1, seed: 5, epoch: 1, batch: $0).keptFraction)
    }
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let mean = shares.reduce(0, +) / 20_000
    let variance = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 20_000
    #expect(abs(mean - 0.5) < 0.015)
    #expect(abs(variance * 4 * (2 * Double(alpha) + 1) - 1) < 0.03)
}

/// Beta(1, 1) is uniform: each tenth holds a tenth.
@Test func anAlphaOfOneIsUniform() {
    var counts = [Int](repeating: 0, count: 10)
    for batch in 0..<20_000 {
        let share = Mixup(alpha: 1, batchSize: 1, seed: 6, epoch: 1, batch: batch).keptFraction
        counts[min(9, Int(share * 10))] += 1
    }
    #expect(counts.allSatisfy { (1800...2200).contains($0) }, "\(counts)")
}
