import Engines
import Files
import Foundation
import Networks
import Records
import TestSupport
import Testing
import Training

/// Samples of 8 pixels in memory, some of which are wrong.
private final class Samples: SampleSource {
    let path = "samples"
    let classNames: [String]
    let labels: [Int]
    /// Samples that cannot be read.
    let unreadable: Set<Int>

    init(classNames: [String], labels: [Int], unreadable: Set<Int> = []) {
        (self.classNames, self.labels, self.unreadable) = (classNames, labels, unreadable)
    }

    var count: Int { labels.count }
    var squareSide: Int? { 8 }
    var evaluation: Augmentation { .none }
    func label(of sample: Int) -> Int { labels[sample] }
    func objection(toSide side: Int) -> String? { nil }

    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        guard !unreadable.contains(sample) else {
            throw RecordsError(
                code: .malformed, operation: "read sample \(sample)", path: path, cause: "it is torn")
        }
        for index in pixelsHWC.indices { pixelsHWC[index] = UInt8(sample) }
    }
}

private func plan(in folder: String, batchSize: Int) -> TrainingPlan {
    var plan = TrainingPlan(
        dataPath: "samples", outputPath: folder + "/run",
        architecture: Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 8), epochCount: 2,
        schedule: .constant, augmentation: .none)
    plan.batchSize = batchSize
    return plan
}

/// - Returns: the summary, and what was warned of.
private func train(
    _ source: Samples, batchSize: Int = 2
) throws -> (summary: TrainingSummary, warnings: [String]) {
    try withTemporaryFolder { folder in
        let warnings = Collected<String>()
        let summary = try train(
            plan(in: folder, batchSize: batchSize), source: source, engine: FakeEngine(),
            job: Job(warning: { warnings.add($0) }))
        return (summary, warnings.values)
    }
}

@Test func aClassWithoutSamplesIsNamed() throws {
    let (summary, warnings) = try train(Samples(classNames: ["a", "b", "c"], labels: [0, 2, 0, 2]))
    #expect(warnings == ["samples has no samples of b"])
    #expect(summary.stepCount == 4)
}

@Test(arguments: [3, -1]) func aLabelThatIsNoClassIsNamedWithItsSample(label: Int) {
    let error = #expect(throws: TrainingError.self) {
        try train(Samples(classNames: ["a", "b", "c"], labels: [0, 1, 2, label]))
    }
    #expect(error?.code == .wrongData)
    #expect(
        error?.description
            == "cannot train on sample 3 of samples: its label \(label) is not among 3 classes")
}

@Test func oneSampleIsAnEpochForABatchOfOneAndTooFewForTwo() throws {
    let source = Samples(classNames: ["a", "b", "c"], labels: [1])
    let (summary, warnings) = try train(source, batchSize: 1)
    #expect(summary.epochs.map(\.step) == [1, 2])
    #expect(warnings == ["samples has no samples of a, c"])
    let error = #expect(throws: TrainingError.self) { try train(source, batchSize: 2) }
    #expect(error?.cause == "its 1 samples are less than one batch of 2")
}

@Test func aSampleThatCannotBeReadIsToldOfOnce() throws {
    let source = Samples(classNames: ["a", "b", "c"], labels: [0, 1, 2, 0], unreadable: [2])
    let (summary, warnings) = try train(source)
    #expect(summary.stepCount == 4)
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("it is torn") == true)
    #expect(summary.unreadableCount == 1)
}

@Test func classesThatDifferBetweenTrainingAndValidationAreListed() throws {
    let plan = plan(in: "", batchSize: 2)
    let source = Samples(classNames: ["a", "b", "c"], labels: [0])
    for (classNames, words) in [
        (["a", "c"], "only in samples: b"),
        (["a", "d", "c", "e"], "only in samples: b; only in samples: d, e"),
        (["b", "a", "c"], "the order differs"),
    ] {
        let error = #expect(throws: TrainingError.self) {
            try plan.check(validation: Samples(classNames: classNames, labels: [0]), fits: source)
        }
        #expect(error?.code == .wrongData)
        #expect(error?.cause == "the classes are not those of samples: " + words)
    }
    try plan.check(validation: source, fits: source)
}
