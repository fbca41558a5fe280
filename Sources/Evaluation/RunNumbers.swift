import Files
import Foundation

/// What a run's `metrics.jsonl` comes to, also while the run goes on.
package struct RunNumbers: Hashable, Sendable {
    /// Complete ones.
    package private(set) var epochCount = 0
    package private(set) var stepCount = 0
    /// Mean over the last complete epoch; before the first one's end that of the last step.
    package private(set) var loss: Double?
    package private(set) var bestTopOne: Double?
    /// The first epoch with `bestTopOne`.
    package private(set) var bestEpoch: Int?
    package private(set) var lastTopOne: Double?
    /// Over the last hundred steps.
    package private(set) var imagesPerSecond: Double?
    /// Of the complete epochs, with their validation.
    package private(set) var seconds = 0.0

    /// Lines with a `trainingTopOne` are ends of epochs, the others steps. A last line without its end is just being
    /// written, or was when the run was killed, and is left aside.
    ///
    /// - Throws: `FileError`, or `EvaluationError` with the number of the line that is malformed.
    package init(reading path: String) throws {
        let data = try Data(readFile(path, limit: SealedFolder.logByteLimit))
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        let decoder = JSONDecoder()
        var steps: [Int] = []
        for (index, line) in lines.enumerated() {
            guard line.range(of: Self.epochMark) != nil else {
                steps.append(index)
                continue
            }
            add(try Self.decode(Epoch.self, line, index, by: decoder, of: path))
        }
        let last = try steps.suffix(100).map {
            try Self.decode(Step.self, lines[$0], $0, by: decoder, of: path)
        }
        guard let step = last.last else { return }
        stepCount = step.step
        loss = loss ?? Double(step.loss)
        // Steps have as many images each, so that the mean is taken over their durations.
        let mean = Double(last.count) / last.reduce(0) { $0 + 1 / $1.imagesPerSecond }
        imagesPerSecond = mean.isFinite ? mean : nil
    }

    private static let epochMark = Data(#""trainingTopOne""#.utf8)

    private struct Step: Decodable {
        var step: Int
        var loss: Float
        var imagesPerSecond: Double
    }

    private struct Epoch: Decodable {
        var epoch: Int
        var trainingLoss: Double
        var validationTopOne: Double?
        var seconds: Double
    }

    private mutating func add(_ epoch: Epoch) {
        epochCount = epoch.epoch
        loss = epoch.trainingLoss
        seconds += epoch.seconds
        lastTopOne = epoch.validationTopOne
        guard let topOne = epoch.validationTopOne, topOne > bestTopOne ?? -1 else { return }
        (bestTopOne, bestEpoch) = (topOne, epoch.epoch)
    }

    private static func decode<Line: Decodable>(
        _: Line.Type, _ line: Data, _ index: Int, by decoder: JSONDecoder, of path: String
    ) throws(EvaluationError) -> Line {
        do {
            return try decoder.decode(Line.self, from: line)
        } catch {
            throw EvaluationError(
                code: .malformedLine, operation: "read the metrics on line \(index + 1)", path: path,
                cause: "it describes neither a step nor the end of an epoch")
        }
    }
}
