import Evaluation
import Files
import Foundation

/// Where the time of a training went, as its `metrics.jsonl` says.
struct RunTiming {
    private var computeSeconds = 0.0
    private var waitSeconds = 0.0
    private var epochSeconds = 0.0

    private struct Step: Decodable {
        var step: Int
        var imagesPerSecond: Double
        /// `nil` in what older versions wrote.
        var loaderWaitFraction: Double?
    }

    private struct Epoch: Decodable {
        var step: Int
        var trainingTopOne: Double
        var seconds: Double
    }

    /// - Returns: `nil` before the end of the first epoch. Lines that are no step and no epoch are passed over.
    init?(reading path: String) throws {
        let data = try Data(readFile(path, limit: SealedFolder.logByteLimit))
        let decoder = JSONDecoder()
        /// Of the steps of the epoch under way: relative, as a line does not say how many images a step has.
        var (shares, waits) = (0.0, 0.0)
        for line in data.split(separator: UInt8(ascii: "\n")) {
            if let epoch = try? decoder.decode(Epoch.self, from: line) {
                guard (0...1e15).contains(epoch.seconds) else { continue }
                epochSeconds += epoch.seconds
                guard shares > 0 else { continue }
                waitSeconds += epoch.seconds * waits / shares
                (shares, waits) = (0, 0)
            } else if let step = try? decoder.decode(Step.self, from: line), step.imagesPerSecond > 0,
                (0...1).contains(step.loaderWaitFraction ?? 0)
            {
                shares += 1 / step.imagesPerSecond
                waits += (step.loaderWaitFraction ?? 0) / step.imagesPerSecond
            }
        }
        guard epochSeconds > 0 else { return nil }
        computeSeconds = epochSeconds - waitSeconds
    }

    /// A bar, and the figures.
    var markup: Markup {
        bar(of: [
            ("steps and validation", computeSeconds, duration(computeSeconds)),
            ("wait for batches", waitSeconds, duration(waitSeconds)),
        ])
    }
}
