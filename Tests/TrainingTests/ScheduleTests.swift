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
