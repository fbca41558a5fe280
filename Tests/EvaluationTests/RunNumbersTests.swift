import Evaluation
import Figures
import Files
import Foundation
import TestSupport
import Testing

private func step(_ step: Int, epoch: Int, loss: Double, speed: Int = 100) -> String {
    #"{"step":\#(step),"epoch":\#(epoch),"loss":\#(loss),"correctFraction":0.5,"imagesPerSecond":\#(speed)}"#
}

private func epoch(_ epoch: Int, step: Int, loss: Double, topOne: Double?) -> String {
    let validation = topOne.map { #","validationTopOne":\#($0)"# } ?? ""
    return
        #"{"epoch":\#(epoch),"step":\#(step),"trainingLoss":\#(loss),"trainingTopOne":0.5\#(validation),"seconds":2}"#
}

private func numbers(_ lines: [String], end: String = "\n") throws -> RunNumbers {
    try withTemporaryFile(lines.joined(separator: "\n") + end) { try RunNumbers(reading: $0) }
}

@Test func sumsARunUp() throws {
    let numbers = try numbers([
        step(1, epoch: 1, loss: 2, speed: 50), epoch(1, step: 1, loss: 1.5, topOne: 0.5),
        step(2, epoch: 2, loss: 1), epoch(2, step: 2, loss: 1.25, topOne: 0.75),
        step(3, epoch: 3, loss: 1), epoch(3, step: 3, loss: 1.125, topOne: 0.625),
        step(4, epoch: 4, loss: 9),
    ])
    #expect(numbers.epochCount == 3 && numbers.stepCount == 4)
    #expect(numbers.loss == 1.125)
    #expect(numbers.bestTopOne == 0.75 && numbers.bestEpoch == 2 && numbers.lastTopOne == 0.625)
    #expect(numbers.seconds == 6)
    // Four steps in 1/50 + 3/100 of the time of an image.
    #expect(abs(try #require(numbers.imagesPerSecond) - 80) < 1e-9)
}

@Test func aRunInItsFirstEpochHasTheLossOfItsLastStep() throws {
    let begun = try numbers([step(1, epoch: 1, loss: 2), step(2, epoch: 1, loss: 1.75)])
    #expect(begun.loss == 1.75 && begun.epochCount == 0 && begun.bestTopOne == nil)
    let empty = try numbers([], end: "")
    #expect(empty.loss == nil && empty.imagesPerSecond == nil && empty.stepCount == 0)
}

@Test func aLineThatIsBeingWrittenIsLeftAside() throws {
    let numbers = try numbers([step(1, epoch: 1, loss: 2), #"{"step":2,"epo"#], end: "")
    #expect(numbers.stepCount == 1)
}

@Test(arguments: ["hello", "{}", #"{"trainingTopOne":"#]) func namesTheLineOfARunThatIsMalformed(line: String)
{
    let error = #expect(throws: EvaluationError.self) {
        try numbers([epoch(1, step: 0, loss: 1, topOne: nil), line])
    }
    #expect(error?.code == .malformedLine)
    #expect(error?.operation == "read the metrics on line 2")
}

@Test func drawsSeveralRunsWithTheirNames() throws {
    let text = [
        step(1, epoch: 1, loss: 2), epoch(1, step: 1, loss: 2, topOne: 0.5), step(2, epoch: 2, loss: 1),
    ].map { $0 + "\n" }.joined()
    let plain = step(1, epoch: 1, loss: 3) + "\n"
    let svg = try withTemporaryFile(text) { first in
        try withTemporaryFile(plain) { second in
            try trainingCurves(of: [
                NamedRun(name: "runs/a<b", metricsPath: first), NamedRun(name: "runs/c", metricsPath: second),
            ]).figure.svg().text
        }
    }
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
    for text in ["Loss", "Top-1, training", "Top-1, validation", "runs/a&lt;b", "runs/c"] {
        #expect(svg.contains(">\(text)<"))
    }
    // Of each run the loss, top-1 and images a second, and the validation of one.
    #expect(svg.split(separator: "<polyline").count - 1 == 7)
}
