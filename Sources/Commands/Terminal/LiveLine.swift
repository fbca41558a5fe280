import Files
import Foundation
import Training

/// What is shown of a training, or of several from one stream, while it goes on. Fits 100 columns for one.
struct LiveLine {
    private var processor = ProcessorUse()
    private var waitSum = 0.0
    private var stepCount = 0
    private var latest: [TrainingProgress] = []

    /// Whether no step has been taken.
    var isEmpty: Bool { latest.isEmpty }

    /// Takes a step in.
    mutating func add(_ progress: [TrainingProgress]) {
        latest = progress
        stepCount += 1
        waitSum += progress.first?.step.loaderWaitFraction ?? 0
    }

    /// How far it is; the waiting and the use of the processor are those since this was asked last.
    mutating func text() -> TerminalText {
        guard let first = latest.first else { return "" }
        let step = (first.step.step - 1) % first.stepsPerEpoch + 1
        let wait = waitSum / Double(max(1, stepCount))
        (waitSum, stepCount) = (0, 0)
        let accuracies = latest.map { percents($0.topOne) + "/" + percents($0.topFive) }
        let parts: [TerminalText] = [
            "epoch \(first.step.epoch)/\(first.epochCount)", "step \(step)/\(first.stepsPerEpoch)",
            "loss \(latest.map { $0.step.loss.fixed(3) }.joined(separator: " "))",
            "top-1/5 \(accuracies.joined(separator: " "))%", speed, "wait \(wholePercents(wait))%",
            "cpu \(wholePercents(processor.sinceLast()))%", "\(timeLeft) left",
        ]
        return parts.joined(separator: " ")
    }

    /// A line for each training whose epoch has ended.
    func epochLines() -> [TerminalText] {
        latest.compactMap { progress in
            progress.finishedEpoch.map { epoch -> TerminalText in
                let name = latest.count > 1 ? "\(progress.outputPath)  " : ""
                let topFive = epoch.validationTopFive.map { "/" + ($0 * 100).fixed(2) } ?? ""
                let validation = epoch.validationTopOne.map {
                    "  validation \(($0 * 100).fixed(2))\(topFive) %"
                }
                return "\(name)epoch \(epoch.epoch)/\(progress.epochCount)  "
                    + "loss \(epoch.trainingLoss.fixed(3))  "
                    + "top-1/5 \((epoch.trainingTopOne * 100).fixed(2))/\((epoch.trainingTopFive * 100).fixed(2)) %"
                    + "\(validation ?? "")  \(speed)  \(timeLeft) left"
            }
        }
    }

    /// Takes the end of an epoch in.
    mutating func end(_ progress: [TrainingProgress]) { latest = progress }

    /// Of all trainings together.
    private var speed: TerminalText {
        let unit = latest.contains { $0.countsWindows } ? "windows/s" : "img/s"
        return "\(whole(latest.reduce(0) { $0 + $1.imagesPerSecond })) \(unit)"
    }
    private var timeLeft: String { duration(latest.map(\.secondsLeft).max() ?? 0) }
    private func percents(_ fraction: Double) -> String { (fraction * 100).fixed(1) }
    private func wholePercents(_ fraction: Double) -> String { (fraction * 100).fixed(0) }
}

/// How busy this process keeps the processors.
private struct ProcessorUse {
    private var last = ContinuousClock.now
    private var lastSeconds = ProcessUsage.cpuSeconds

    /// Processor seconds over seconds times processors since the last call, or since the beginning: in `0...1`.
    mutating func sinceLast() -> Double {
        let (now, seconds) = (ContinuousClock.now, ProcessUsage.cpuSeconds)
        defer { (last, lastSeconds) = (now, seconds) }
        let passed = (now - last) / .seconds(1) * Double(ProcessInfo.processInfo.activeProcessorCount)
        return passed > 0 ? min(1, max(0, (seconds - lastSeconds) / passed)) : 0
    }
}
