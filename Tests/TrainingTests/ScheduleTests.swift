import Foundation
import Testing
import Training

/// Multipliers at the first step of each of six epochs of ten steps.
private func multipliers(_ schedule: Schedule) -> [Float] {
    (0..<6).map { schedule.multiplier(step: $0 * 10, stepsPerEpoch: 10, epochCount: 6) }
}

private func isNear(_ a: Float, _ b: Float) -> Bool { abs(a - b) <= 1e-6 * max(1, abs(b)) }

@Test func constantStaysAsItIs() {
    #expect(multipliers(.constant) == [1, 1, 1, 1, 1, 1])
}

@Test func factorPerEpochMultipliesAtEachEpochsEnd() {
    let schedule = Schedule.factorPerEpoch(0.94)
    let expected: [Float] = [1, 0.94, 0.8836, 0.830584, 0.78074896, 0.7339040224]
    #expect(zip(multipliers(schedule), expected).allSatisfy(isNear))
    #expect(isNear(schedule.multiplier(step: 19, stepsPerEpoch: 10, epochCount: 6), 0.94))
    // The post's run: 30 epochs end at 0.94^29 of the first rate.
    #expect(isNear(schedule.multiplier(step: 299, stepsPerEpoch: 10, epochCount: 30), Float(pow(0.94, 29.0))))
}

@Test func multiStepDropsAfterEachOfItsEpochsAndAlsoAfterTheLast() {
    let schedule = Schedule.multiStep(epochs: [2, 3, 5], factor: 0.1)
    #expect(zip(multipliers(schedule), [1, 1, 0.1, 0.01, 0.01, 0.001]).allSatisfy(isNear))
    #expect(schedule.multiplier(step: 19, stepsPerEpoch: 10, epochCount: 6) == 1)
}

@Test func cosineFallsFromOneToZero() {
    let schedule = Schedule.cosine
    let expected: [Float] = [1, 0.9330127, 0.75, 0.5, 0.25, 0.0669873]
    #expect(zip(multipliers(schedule), expected).allSatisfy(isNear))
    let last = schedule.multiplier(step: 59, stepsPerEpoch: 10, epochCount: 6)
    #expect(isNear(last, Float(0.5 * (1 + cos(Double.pi * 59 / 60)))))
    #expect(last > 0)
}

/// What torch's `OneCycleLR` gives at each step: see `Golden/make_one_cycle.py`.
private struct GoldenCycle: Decodable {
    var risingFraction: Double
    var startFactor: Double
    var endFactor: Double
    var curve: Schedule.Curve
    var multipliers: [Float]
}

@Test func oneCycleIsTorchs() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/one_cycle.json")
    for golden in try JSONDecoder().decode([GoldenCycle].self, from: Data(contentsOf: path)) {
        let schedule = Schedule.oneCycle(
            risingFraction: golden.risingFraction, startFactor: golden.startFactor,
            endFactor: golden.endFactor, curve: golden.curve)
        for (step, expected) in golden.multipliers.enumerated() {
            let found = schedule.multiplier(
                step: step, stepsPerEpoch: golden.multipliers.count, epochCount: 1)
            #expect(abs(found - expected) < 1e-6, "\(golden.curve), step \(step)")
        }
    }
}

@Test(arguments: [0, 0.1, 1]) func anyRisingFractionStaysInItsBounds(fraction: Double) {
    let schedule = Schedule.oneCycle(
        risingFraction: fraction, startFactor: 0.1, endFactor: 0.01, curve: .linear)
    for stepCount in [1, 2, 10] {
        let all = (0..<stepCount).map {
            schedule.multiplier(step: $0, stepsPerEpoch: stepCount, epochCount: 1)
        }
        #expect(all.allSatisfy { (0.0099...1).contains($0) }, "\(all)")
    }
}
