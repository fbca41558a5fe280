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
        let data = try MappedFile(path: path).withBytes { bytes in bytes.withUnsafeBytes { Data($0) } }
        let decoder = JSONDecoder()
        /// Of the steps of the epoch under way: relative, as a line does not say how many images a step has.
        var (shares, waits) = (0.0, 0.0)
        for line in data.split(separator: UInt8(ascii: "\n")) {
            if let epoch = try? decoder.decode(Epoch.self, from: line) {
                epochSeconds += epoch.seconds
                guard shares > 0 else { continue }
                waitSeconds += epoch.seconds * waits / shares
                (shares, waits) = (0, 0)
            } else if let step = try? decoder.decode(Step.self, from: line), step.imagesPerSecond > 0 {
                shares += 1 / step.imagesPerSecond
                waits += (step.loaderWaitFraction ?? 0) / step.imagesPerSecond
            }
        }
        guard epochSeconds > 0 else { return nil }
        computeSeconds = epochSeconds - waitSeconds
    }

    /// A bar, and the figures.
    var html: String {
        let parts = [("steps and validation", computeSeconds), ("wait for batches", waitSeconds)]
        let total = max(epochSeconds, .leastNormalMagnitude)
        let bar = parts.enumerated().map { index, part in
            #"<span class="part\#(index)" style="width:\#((100 * part.1 / total).fixed(2))%"></span>"#
        }.joined()
        let keys = parts.enumerated().map { index, part in
            #"<li><i class="part\#(index)"></i>\#(part.0) \#(duration(part.1))</li>"#
        }.joined()
        return #"<div class="bar">\#(bar)</div><ul class="keys">\#(keys)</ul>"#
    }
}
