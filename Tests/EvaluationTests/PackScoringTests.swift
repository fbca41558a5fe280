import EndingJobs
import Engines
import Files
import Foundation
import Pixels
import Records
import TestSupport
import Testing

import Evaluation

/// Scores a tile by its first byte alone: 1 for the class of that number.
private final class FirstByteScoring: ScoringProgram {
    private let (tileByteCount, classCount): (Int, Int)
    private(set) var tileCounts: [Int] = []

    init(side: Int, classCount: Int) { (tileByteCount, self.classCount) = (side * side * 3, classCount) }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        tileCounts.append(pixelsNHWC.count / tileByteCount)
        for index in scores.indices {
            let (tile, label) = index.quotientAndRemainder(dividingBy: classCount)
            scores[index] = Int(pixelsNHWC[tile * tileByteCount]) == label ? 1 : 0
        }
    }
}

/// Cancels a job in one of its calls.
private final class EndingScoring: ScoringProgram {
    private let job: Job<Int>
    private var callsLeft: Int

    init(job: Job<Int>, lastCall: Int) { (self.job, callsLeft) = (job, lastCall) }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        callsLeft -= 1
        if callsLeft == 0 { job.cancellation.request() }
    }
}

private let names = ["car", "boat", "other"]

/// Lends a pack of 4×4 tiles; the first byte of each is `guesses[i]`, its label `labels[i]`.
private func withPack<Result>(
    guesses: [UInt8], labels: [Int], _ body: (TilePack) throws -> Result
) throws -> Result {
    try withTemporaryFile("") { path in
        let writer = try TilePackWriter(.replacing(path), tileWidth: 4, tileHeight: 4, classNames: names)
        for (guess, label) in zip(guesses, labels) {
            try writer.append([UInt8](repeating: guess, count: 48).span, label: label)
        }
        try writer.commit()
        return try body(TilePack(opening: path))
    }
}

@Test(arguments: [1, 2, 3, 256]) func scoresEverySampleWhateverTheBatch(batchSize: Int) throws {
    try withPack(guesses: [0, 1, 1, 2, 0], labels: [0, 0, 1, 2, 2]) { pack in
        let program = FirstByteScoring(side: 4, classCount: 3)
        let progress = Collected<Int>()
        let result = try PackScoring(pack, classNames: names, inputSize: 4).predictions(
            by: program, batchSize: batchSize, job: Job { progress.add($0) })
        #expect(result.count == 5)
        #expect(result.errorCount == 2)
        #expect(result.topFraction(1) == 0.6)
        #expect(result.samples == [0, 1, 2, 3, 4])
        #expect(result.truths == [0, 0, 1, 2, 2])
        #expect((0..<5).map(result.label) == [0, 1, 1, 2, 0])
        #expect(progress.values.last == 5)
        #expect(program.tileCounts.reduce(0, +) == 5)
        #expect(program.tileCounts.allSatisfy { $0 <= batchSize })
    }
}

@Test func scoresEachBatchWithEveryProgram() throws {
    try withPack(guesses: [0, 1, 1, 2, 0], labels: [0, 0, 1, 2, 2]) { pack in
        let programs = (0..<2).map { _ in FirstByteScoring(side: 4, classCount: 3) }
        var seen: [Int] = []
        let scoring = try PackScoring(pack, classNames: names, inputSize: 4)
        let results = try scoring.predictions(
            by: programs + [LeftHalfScoring()], batchSize: 2, seeing: { seen += Array($1.prefix($0.count)) })
        #expect(results[0] == results[1] && results[0] != results[2])
        #expect(results[0] == (try scoring.predictions(by: programs[0])))
        #expect(seen == [0, 1, 2, 3, 4])
    }
}

@Test func scoresOnlyTheFirstTilesWhereThereIsALimit() throws {
    try withPack(guesses: [0, 0, 0, 1, 1], labels: [0, 0, 0, 0, 0]) { pack in
        let program = FirstByteScoring(side: 4, classCount: 3)
        let scoring = try PackScoring(pack, classNames: names, inputSize: 4, limit: 3)
        let result = try scoring.predictions(by: program, batchSize: 2)
        #expect(scoring.count == 3)
        #expect(result.count == 3)
        #expect(result.errorCount == 0)
        #expect(program.tileCounts == [2, 1])
        #expect(try PackScoring(pack, classNames: names, inputSize: 4, limit: 99).count == 5)
    }
}

@Test func givesWhatItHasWhenItIsStopped() throws {
    try withPack(guesses: [0, 0, 0, 0, 0], labels: [0, 0, 0, 0, 0]) { pack in
        let program = FirstByteScoring(side: 4, classCount: 3)
        let result = try PackScoring(pack, classNames: names, inputSize: 4).predictions(
            by: program, batchSize: 2, job: .ending { $0 == 4 })
        #expect(result.count == 4 && result.wasCancelled)
    }
}

@Test func isNotCancelledWhereNothingIsMissing() throws {
    try withPack(guesses: [0, 0, 0], labels: [0, 0, 0]) { pack in
        let result = try PackScoring(pack, classNames: names, inputSize: 4).predictions(
            by: FirstByteScoring(side: 4, classCount: 3), batchSize: 2, job: .ending { $0 == 3 })
        #expect(result.count == 3 && !result.wasCancelled)
    }
}

@Test func aBatchCountsForAllProgramsOrForNone() throws {
    try withPack(guesses: [0, 0, 0, 0, 0], labels: [0, 0, 0, 0, 0]) { pack in
        let job = Job<Int>()
        let first = FirstByteScoring(side: 4, classCount: 3)
        let results = try PackScoring(pack, classNames: names, inputSize: 4).predictions(
            by: [first, EndingScoring(job: job, lastCall: 2), first], batchSize: 2, job: job)
        #expect(results.map(\.count) == [2, 2, 2])
        #expect(results.allSatisfy { $0.wasCancelled })
    }
}

@Test func showsASampleAsTheNetworkSeesIt() throws {
    try withPack(guesses: [7, 9], labels: [0, 1]) { pack in
        let scoring = try PackScoring(pack, classNames: names, inputSize: 4)
        #expect(try scoring.picture(of: 1, cancellation: Cancellation()) == pack.tile(1))
        #expect(scoring.label(of: 1) == 1)
    }
}

@Test(arguments: [
    (["boat", "car", "other"], "class 0 is car in the data and boat in the model"),
    (["car", "boat"], "the data has 3 classes, the model 2"),
])
func refusesOtherClasses(modelClasses: [String], cause: String) throws {
    try withPack(guesses: [0], labels: [0]) { pack in
        let error = #expect(throws: EvaluationError.self) {
            try PackScoring(pack, classNames: modelClasses, inputSize: 4)
        }
        #expect(error?.code == .classesDiffer)
        #expect(error?.cause == cause)
    }
}

@Test func refusesTilesOfAnotherSize() throws {
    try withPack(guesses: [0], labels: [0]) { pack in
        let error = #expect(throws: EvaluationError.self) {
            try PackScoring(pack, classNames: names, inputSize: 32)
        }
        #expect(error?.code == .sizesDiffer)
        #expect(error?.cause == "its tiles have 4×4 pixels, not 32×32")
    }
}

@Test func refusesAnEmptyPack() throws {
    try withPack(guesses: [], labels: []) { pack in
        let error = #expect(throws: EvaluationError.self) {
            try PackScoring(pack, classNames: names, inputSize: 4)
        }
        #expect(error?.code == .empty)
    }
}

/// Says of a 4×4 picture how light its left half is.
private final class LeftHalfScoring: ScoringProgram {
    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        for tile in 0..<pixelsNHWC.count / 48 {
            let sum = (0..<48).reduce(0) { $1 % 12 < 6 ? $0 + Int(pixelsNHWC[tile * 48 + $1]) : $0 }
            for label in 0..<3 { scores[tile * 3 + label] = label == 0 ? Float(sum) : label == 1 ? 1500 : 0 }
        }
    }
}

@Test func averagesTheScoresOfMirrorImages() throws {
    try withTemporaryFile("") { path in
        let writer = try TilePackWriter(.replacing(path), tileWidth: 4, tileHeight: 4, classNames: names)
        // All light on the left: 2400 there, 0 in the mirror image, 1200 in the mean.
        let pixels = (0..<48).map { UInt8($0 % 12 < 6 ? 100 : 0) }
        try writer.append(pixels.span, label: 1)
        try writer.commit()
        var scoring = try PackScoring(TilePack(opening: path), classNames: names, inputSize: 4)
        #expect(try scoring.predictions(by: LeftHalfScoring()).errorCount == 1)
        scoring.averagesMirrored = true
        #expect(try scoring.predictions(by: LeftHalfScoring()).errorCount == 0)
    }
}

/// Samples of which some cannot be read; each shows its number.
private final class TornSource: SampleSource {
    let path = "torn"
    let classNames = names
    let squareSide: Int? = 4
    let evaluation = Augmentation.none
    let count: Int
    private let torn: Set<Int>

    init(count: Int, torn: Set<Int>) { (self.count, self.torn) = (count, torn) }

    func label(of sample: Int) -> Int { sample % 3 }
    func objection(toSide side: Int) -> String? { nil }

    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        guard !torn.contains(sample) else {
            throw RecordsError(
                code: .malformed, operation: "read", path: path, cause: "sample \(sample) is torn")
        }
        for index in pixelsHWC.indices { pixelsHWC[index] = UInt8(sample % 3) }
    }
}

@Test(arguments: [[], [0], [0, 1, 2, 3], [5, 9], [9], [3, 4, 5, 6, 7]])
func predictionsKeepTheNumbersOfTheirSamples(torn: [Int]) throws {
    let source = TornSource(count: 10, torn: Set(torn))
    let scoring = try PackScoring(source, classNames: names, inputSize: 4)
    let result = try scoring.predictions(by: FirstByteScoring(side: 4, classCount: 3), batchSize: 2)
    #expect(result.samples.map(Int.init) == (0..<10).filter { !torn.contains($0) })
    #expect(result.unreadable.map(\.sample) == torn)
    #expect(result.errorCount == 0)
    #expect(result.truths.map(Int.init) == result.samples.map { Int($0) % 3 })
}

/// Gives scores that are no numbers from some call on.
private final class BrokenScoring: ScoringProgram {
    private var callsLeft: Int
    private let score: Float

    init(goodCallCount: Int, then score: Float) { (callsLeft, self.score) = (goodCallCount, score) }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        callsLeft -= 1
        for index in scores.indices {
            scores[index] = callsLeft < 0 && index == scores.count - 1 ? score : 0.5
        }
    }
}

@Test(arguments: [Float.nan, .infinity]) func scoresThatAreNoNumbersAreAnErrorThatNamesModelAndSample(
    score: Float
) throws {
    try withPack(guesses: [0, 0, 0, 0, 0], labels: [0, 0, 0, 0, 0]) { pack in
        let good = FirstByteScoring(side: 4, classCount: 3)
        let error = #expect(throws: UnusableScores.self) {
            try PackScoring(pack, classNames: names, inputSize: 4).predictions(
                by: [good, BrokenScoring(goodCallCount: 1, then: score)], batchSize: 2)
        }
        #expect(error == UnusableScores(model: 1, sample: 3, path: pack.path))
    }
}
