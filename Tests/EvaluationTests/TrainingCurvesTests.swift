import Foundation
import TestSupport
import Testing

import Evaluation
import Figures
import Files

private func step(_ step: Int, epoch: Int, loss: Float) -> String {
    #"{"step":\#(step),"epoch":\#(epoch),"loss":\#(loss),"correctFraction":0.5,"learningRate":0.1}"#
}

/// Two epochs of two steps.
private let metrics = [
    step(1, epoch: 1, loss: 2), step(2, epoch: 1, loss: 1),
    #"{"epoch":1,"step":2,"trainingLoss":1.5,"trainingTopOne":0.5,"validationTopOne":0.55,"seconds":1}"#,
    step(3, epoch: 2, loss: 0.5), step(4, epoch: 2, loss: 0.25),
    #"{"epoch":2,"step":4,"trainingLoss":0.4,"trainingTopOne":0.5,"validationTopOne":0.625,"seconds":1}"#,
].map { $0 + "\n" }.joined()

@Test func drawsLossAndTopOne() throws {
    let svg = try withTemporaryFile(metrics) { try trainingCurves(reading: $0).figure.svg().text }
    #expect(svg.hasPrefix("<svg"))
    #expect(svg.hasSuffix("</svg>\n"))
    for text in [
        "Loss", "Top-1", "Learning rate", "training 0.25", "training 50.00 %", "validation 62.50 %", "epoch",
    ] {
        #expect(svg.contains(">\(text)<"))
    }
    #expect(svg.split(separator: "<polyline").count - 1 == 4)
}

@Test func drawsNoValidationWhereThereIsNone() throws {
    let svg = try withTemporaryFile(step(1, epoch: 1, loss: 2) + "\n") {
        try trainingCurves(reading: $0).figure.svg().text
    }
    #expect(!svg.contains("validation"))
    #expect(svg.split(separator: "<polyline").count - 1 == 3)
}

@Test func averagesNeighbouringSteps() throws {
    let history = try withTemporaryFile(metrics) { try TrainingHistory(reading: $0) }
    #expect(history.stepsPerEpoch == 2)
    #expect(
        history.averaged({ Double($0.loss) }, pointLimit: 2) == [
            ChartPoint(x: 0.75, y: 1.5), ChartPoint(x: 1.75, y: 0.375),
        ])
    #expect(history.averaged({ Double($0.loss) }, pointLimit: 100).count == 4)
}

@Test(arguments: ["hello", "{}", #"{"step":1}"#]) func namesTheMetricsLineThatIsMalformed(line: String) {
    let error = #expect(throws: EvaluationError.self) {
        try withTemporaryFile(metrics + line + "\n") { try trainingCurves(reading: $0).figure.svg().text }
    }
    #expect(error?.code == .malformedLine)
    #expect(error?.operation == "read the metrics on line 7")
}

@Test(arguments: ["{", #"{"step":5,"epo"#]) func leavesALineAsideThatIsBeingWritten(line: String) throws {
    let complete = try withTemporaryFile(metrics) { try TrainingHistory(reading: $0) }
    #expect(try withTemporaryFile(metrics + line) { try TrainingHistory(reading: $0) } == complete)
}

@Test func metricsWithoutStepsHaveNoCurves() {
    let error = #expect(throws: EvaluationError.self) {
        try withTemporaryFile("") { try trainingCurves(reading: $0).figure.svg().text }
    }
    #expect(error?.code == .empty)
}

@Test(arguments: [
    [0, 30.0], [0.12, 0.45], [2.3, 2.3], [0.9991, 0.9999], [-3, 1e6], [0, 1], [7], [1e30], [-1e30, -1e30],
    [1e30, 1.000_000_000_1e30], [0, 3e38], [123_456_789], [1e-30],
])
func ticksAreRoundAndCoverTheValues(values: [Double]) throws {
    let axis = Axis(covering: values, from: 0, to: 100)
    let (first, last) = (try #require(axis.ticks.first), try #require(axis.ticks.last))
    #expect((2...9).contains(axis.ticks.count))
    let tolerance = 1e-9 * max(1, abs(first))
    #expect(values.allSatisfy { first <= $0 + tolerance && $0 - tolerance <= last })
    #expect(axis.position(of: first) == 0)
    #expect(axis.position(of: last) == 100)
    let texts = axis.ticks.map { String(format: "%.\(axis.decimals)f", $0) }
    #expect(Set(texts).count == texts.count)
    #expect(zip(texts, axis.ticks).allSatisfy { abs((Double($0) ?? .nan) - $1) < 1e-9 * max(1, abs($1)) })
}

/// Of percents none is drawn above 100.
@Test(arguments: [[1.0], [0.95, 1], [0.2, 0.999], [0, 1], [0.9999, 1], [0.37]])
func ticksEndAtTheLimit(values: [Double]) throws {
    let axis = Axis(covering: values, from: 0, to: 100, limit: 1)
    #expect(try #require(axis.ticks.last) <= 1 + 1e-9)
    #expect(axis.ticks.count >= 2)
    #expect(values.allSatisfy { (-1e-6...100 + 1e-6).contains(axis.position(of: $0)) })
}

/// A metrics file may be somebody else's.
@Test(arguments: ["1e300", "-1e300", "1e308", "5e-324", "1e38", "9223372036854775807", "0"])
func drawsAbsurdNumbersOrLeavesThemOut(number: String) throws {
    let line =
        #"{"step":1,"epoch":1,"loss":1,"correctFraction":0.5,"learningRate":0.1,"imagesPerSecond":\#(number)}"#
        + "\n"
    let other =
        #"{"step":9223372036854775807,"epoch":1,"loss":-3e38,"correctFraction":3e38,"learningRate":0,"imagesPerSecond":-1e308}"#
        + "\n"
    for text in [line + other + line, line] {
        let svg = try withTemporaryFile(text) { try trainingCurves(reading: $0).figure.svg() }
        #expect(svg.text.contains("</svg>"))
        let numbers = try withTemporaryFile(text) { try RunNumbers(reading: $0) }
        #expect(numbers.imagesPerSecond?.isFinite != false)
    }
}
