import Files
import Foundation

/// What a run's `metrics.jsonl` says of how the training went.
///
/// Lines with a `loss` and a `step` are steps, lines with a `trainingTopOne` are ends of epochs; keys that are not
/// named here are left aside. So is a last line without its end: it is just being written, or was when the run was killed.
package struct TrainingHistory: Equatable {
    /// One training step.
    package struct Step: Decodable, Equatable {
        /// Steps done with this one.
        package var step: Int
        /// From 1 on.
        package var epoch: Int
        package var loss: Float
        /// Of the step's batch, in `0...1`.
        var correctFraction: Float
        /// `nil` in what older versions of the program wrote, as the next two.
        var topFiveFraction: Float?
        package var learningRate: Float?
        var imagesPerSecond: Double?
    }

    /// The end of an epoch.
    package struct Epoch: Decodable, Equatable {
        package var epoch: Int
        package var trainingTopOne: Float
        /// `nil` when the run has no validation tiles.
        package var validationTopOne: Float?
        package var validationTopFive: Float?
    }

    package var steps: [Step] = []
    package var epochs: [Epoch] = []

    /// - Throws: `FileError`, or `EvaluationError` with the number of the line that is malformed.
    package init(reading path: String) throws {
        let data = try Data(readFile(path, limit: SealedFolder.logByteLimit))
        let decoder = JSONDecoder()
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        for (index, line) in lines.enumerated() {
            do {
                if let epoch = try? decoder.decode(Epoch.self, from: line) {
                    epochs.append(epoch)
                } else {
                    steps.append(try decoder.decode(Step.self, from: line))
                }
            } catch {
                throw EvaluationError(
                    code: .malformedLine, operation: "read the metrics on line \(index + 1)", path: path,
                    cause: "it describes neither a step nor the end of an epoch")
            }
        }
        guard !steps.isEmpty else {
            throw EvaluationError(
                code: .empty, operation: "draw the curves", path: path, cause: "there are no steps in it")
        }
    }

    /// Steps of a whole epoch; of the longest one, should the last have been interrupted.
    package var stepsPerEpoch: Int {
        Dictionary(grouping: steps, by: \.epoch).values.map(\.count).max() ?? 1
    }

    /// A value of the validation samples over epochs done; empty without them.
    package func validation(_ value: (Epoch) -> Float?) -> [ChartPoint] {
        epochs.compactMap { epoch in
            value(epoch).map { ChartPoint(x: Double(epoch.epoch), y: Double($0)) }
        }.filter(\.canBeDrawn)
    }

    /// A value of the steps over epochs done, averaged so that at most `pointLimit` points are left; empty where a step
    /// has none.
    package func averaged(_ value: (Step) -> Double?, pointLimit: Int) -> [ChartPoint] {
        let values = steps.compactMap(value)
        guard values.count == steps.count else { return [] }
        let perPoint = (steps.count + pointLimit - 1) / pointLimit
        let perEpoch = Double(stepsPerEpoch)
        return stride(from: 0, to: steps.count, by: perPoint).map { start in
            let part = start..<min(start + perPoint, steps.count)
            let count = Double(part.count)
            return ChartPoint(
                x: part.reduce(0) { $0 + Double(steps[$1].step) } / count / perEpoch,
                y: part.reduce(0) { $0 + values[$1] } / count)
        }.filter(\.canBeDrawn)
    }
}
