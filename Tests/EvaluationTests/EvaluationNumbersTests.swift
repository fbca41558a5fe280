import Foundation
import Testing

import Evaluation

/// What scikit-learn and cleanlab say of the same scores; `Golden/evaluation.py` made it.
private struct Golden: Decodable {
    var labels: [Int]
    var scores: [[Float]]
    var topK: [String: Double]
    var loss: Double
    var precision: [Double]
    var recall: [Double]
    var f1: [Double]
    var support: [Int]
    var calibrationError: Double
    var topOneInterval: [Double]
    var labelErrors: [Int]

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Golden/evaluation.json")
        self = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }

    var predictions: Predictions {
        .make(zip(labels, scores).map { ($0, $1) }, keptCount: scores[0].count)
    }
}

@Test func agreesWithScikitLearn() throws {
    let golden = try Golden()
    let predictions = golden.predictions
    let numbers = EvaluationNumbers(predictions, k: 3, resampleCount: 2000)
    for (k, fraction) in golden.topK {
        #expect(abs((predictions.topFraction(try #require(Int(k))) ?? 0) - fraction) < 1e-12)
    }
    #expect(numbers.topOne?.value == predictions.topFraction(1))
    #expect(numbers.topK?.value == predictions.topFraction(3))
    #expect(abs((numbers.loss?.value ?? 0) - golden.loss) < 1e-5)
    #expect(abs((numbers.calibrationError?.value ?? 0) - golden.calibrationError) < 1e-6)
    #expect(numbers.calibration.error == numbers.calibrationError?.value)
    for (label, entry) in numbers.classes.enumerated() {
        #expect(entry.count == golden.support[label])
        #expect(abs((entry.precision ?? 0) - golden.precision[label]) < 1e-12)
        #expect(abs((entry.recall ?? 0) - golden.recall[label]) < 1e-12)
        #expect(abs((entry.f1 ?? 0) - golden.f1[label]) < 1e-12)
    }
    let interval = try #require(numbers.topOne?.interval)
    #expect(abs(interval.low - golden.topOneInterval[0]) < 0.01)
    #expect(abs(interval.high - golden.topOneInterval[1]) < 0.01)
}

@Test func agreesWithCleanlab() throws {
    let golden = try Golden()
    #expect(LabelErrors(golden.predictions).suspects.map(\.index) == golden.labelErrors)
}

@Test func binsHoldEverySampleOnce() throws {
    let predictions = Predictions.random(count: 500, classCount: 3, keptCount: 1, seed: 3)
    let calibration = Calibration(predictions, binCount: 10)
    #expect(calibration.bins.reduce(0) { $0 + $1.count } == 500)
    for bin in calibration.bins where bin.count > 0 {
        let mean = try #require(bin.meanScore)
        #expect(bin.low <= mean && mean <= bin.high)
    }
    #expect(Calibration(.make([(0, [1, 0]), (1, [0, 1])])).error == 0)
    #expect(Calibration(.make([(0, [0, 1]), (1, [1, 0])])).error == 1)
}

@Test func intervalsFollowFromTheSeedAlone() {
    let predictions = Predictions.random(count: 200, classCount: 4, keptCount: 2, seed: 9)
    func numbers(_ seed: UInt64) -> EvaluationNumbers {
        EvaluationNumbers(predictions, resampleCount: 100, seed: seed)
    }
    #expect(numbers(1) == numbers(1))
    #expect(numbers(1).loss?.interval != numbers(2).loss?.interval)
    #expect(EvaluationNumbers(predictions, resampleCount: 0).topOne?.interval == nil)
}

@Test func nothingScoredHasNoNumbers() {
    let numbers = EvaluationNumbers(Predictions(classNames: ["a", "b"], keptCount: 1))
    #expect(numbers.topOne == nil && numbers.loss == nil && numbers.macroF1 == nil)
    #expect(numbers.calibration.error == nil)
    #expect(numbers.classes.allSatisfy { $0.precision == nil && $0.recall == nil && $0.f1 == nil })
}
