import Files
package import Figures
import Foundation

/// How good a model was after each round of labelling, by how many labels it had learnt from; for one way of choosing or several.
package struct LearningCurve: Hashable, Sendable, Codable {
    package struct Point: Hashable, Sendable, Codable {
        package var labelCount: Int
        /// An average precision or an accuracy, in `0...1`.
        package var value: Double

        package init(labelCount: Int, value: Double) { (self.labelCount, self.value) = (labelCount, value) }
    }

    /// One way of choosing.
    package struct Arm: Hashable, Sendable, Codable {
        package var name: String
        /// By seed, the same seeds in all arms; by round.
        package var trials: [[Point]]

        package init(name: String, trials: [[Point]]) { (self.name, self.trials) = (name, trials) }
    }

    /// The mean over all trials at one number of labels.
    package struct Mean: Hashable, Sendable {
        package var labelCount: Int
        package var value: Double
        /// Standard error; 0 for a single trial.
        package var error: Double
    }

    /// What is measured: `"AP at IoU 0.3"`.
    package var measure: String
    /// The first one is what the others are compared with.
    package var arms: [Arm]

    package init(measure: String, arms: [Arm]) { (self.measure, self.arms) = (measure, arms) }

    /// The means of an arm at all numbers of labels that each of its trials has.
    package func means(of arm: Arm) -> [Mean] {
        counts(of: [arm]).map { count in
            let values = arm.trials.compactMap { Self.value(of: $0, at: count) }
            let (mean, error) = Self.meanAndError(values)
            return Mean(labelCount: count, value: mean, error: error)
        }
    }

    /// The mean difference of two arms, seed by seed, at all numbers of labels that both have.
    package func differences(of arm: Arm, from other: Arm) -> [Mean] {
        counts(of: [arm, other]).map { count in
            let pairs = zip(arm.trials, other.trials).compactMap { trial, otherTrial -> Double? in
                guard let value = Self.value(of: trial, at: count),
                    let otherValue = Self.value(of: otherTrial, at: count)
                else { return nil }
                return value - otherValue
            }
            let (mean, error) = Self.meanAndError(pairs)
            return Mean(labelCount: count, value: mean, error: error)
        }
    }

    /// How many labels an arm needs, on average, for a value that another one has with some; `nil` where it never has it. Between two
    /// rounds the curve is taken for straight.
    package func labelCount(of arm: Arm, for value: Double) -> Double? {
        let means = means(of: arm)
        guard let first = means.first else { return nil }
        if first.value >= value { return Double(first.labelCount) }
        for (before, after) in zip(means, means.dropFirst()) where after.value >= value {
            let share = (value - before.value) / (after.value - before.value)
            return Double(before.labelCount) + share * Double(after.labelCount - before.labelCount)
        }
        return nil
    }

    /// What so many more labels are likely to bring an arm: the value grows with the logarithm of the labels, as fast as over the last
    /// three rounds.
    ///
    /// - Returns: at least 0, and not more than what is left to 1; `nil` where there are fewer than two rounds.
    package func expectedGain(of arm: Arm, labels: Int) -> Double? {
        let last = means(of: arm).suffix(3)
        guard last.count >= 2, let end = last.last, last.allSatisfy({ $0.labelCount > 0 }) else { return nil }
        let xs = last.map { log(Double($0.labelCount)) }
        let ys = last.map(\.value)
        let (meanX, meanY) = (xs.reduce(0, +) / Double(xs.count), ys.reduce(0, +) / Double(ys.count))
        let spread = xs.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        guard spread > 0 else { return nil }
        let slope = zip(xs, ys).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
        let gain = slope * log(Double(end.labelCount + labels) / Double(end.labelCount))
        return max(0, min(gain, 1 - end.value))
    }

    /// What the curves say, for people.
    package var words: [String] {
        var lines: [String] = []
        guard let first = arms.first, let end = means(of: first).last else {
            return ["No round is complete yet."]
        }
        lines.append("\(first.name): \(measure) \(Self.text(end.value)) with \(end.labelCount) labels.")
        for other in arms.dropFirst() {
            guard let otherEnd = means(of: other).last, let last = differences(of: first, from: other).last
            else { continue }
            let seeds = min(first.trials.count, other.trials.count)
            lines.append(
                "\(other.name): \(Self.text(otherEnd.value)) with \(otherEnd.labelCount) labels. The difference with \(last.labelCount) labels is \(Self.signed(last.value)) ± \(Self.text(last.error)) (\(counted(seeds, "paired seed")))."
            )
            let verdict = Verdict(last, seeds: seeds)
            lines.append(verdict.words(first.name, other.name))
            let otherCount = Double(otherEnd.labelCount)
            if verdict == .better, let needed = labelCount(of: first, for: otherEnd.value),
                case let share = Int((100 * needed / otherCount).rounded()), share < 100
            {
                lines.append(
                    "\(first.name) reached what \(other.name) had with \(otherEnd.labelCount) labels with about \(Int(needed.rounded())): \(share) % of them."
                )
            }
        }
        if let gain = expectedGain(of: first, labels: 100) {
            let words = gain < Self.leastGain ? "nothing" : Self.signed(gain)
            lines.append("If it goes on as in the last rounds, 100 more labels bring about \(words).")
        }
        return lines
    }

    /// Forecasts below this are not worth a number.
    private static let leastGain = 0.002

    /// Whether choosing was worth it.
    private enum Verdict {
        case tooFewSeeds, better, worse, same

        /// Twice the standard error is what chance alone seldom brings.
        init(_ last: Mean, seeds: Int) {
            if seeds < 3 {
                self = .tooFewSeeds
            } else if last.value > 2 * last.error {
                self = .better
            } else {
                self = last.value < -2 * last.error ? .worse : .same
            }
        }

        func words(_ name: String, _ other: String) -> String {
            switch self {
            case .tooFewSeeds: "That is too few seeds to tell chance from a gain: give --seeds 5 or more."
            case .better: "\(name) was worth it."
            case .worse: "\(name) was worse than \(other): do not use it here."
            case .same: "No difference can be told from chance: \(other) is as good here."
            }
        }
    }

    private static func text(_ value: Double) -> String { String(format: "%.3f", value) }
    private static func signed(_ value: Double) -> String { String(format: "%+.3f", value) }

    // MARK: Picture

    /// The means as curves over the labels, with bands of one standard error up and down.
    package var grid: FigureGrid {
        let series = arms.enumerated().compactMap { index, arm -> LineChart.Series? in
            let means = means(of: arm)
            guard !means.isEmpty else { return nil }
            return LineChart.Series(
                name: arm.name, paint: .series(index),
                points: means.map { ChartPoint(x: Double($0.labelCount), y: $0.value) }, marksPoints: true,
                band: means.map { ($0.value - $0.error, $0.value + $0.error) }.map {
                    LineChart.Interval(low: $0.0, high: $0.1)
                })
        }
        let seeds = arms.map(\.trials.count).min() ?? 0
        let chart = LineChart(
            title: seeds > 1 ? "\(measure), mean of \(seeds) seeds" : measure, unit: .percent, series: series,
            xTitle: "labels")
        return FigureGrid(series.isEmpty ? [] : [chart.figure])
    }

    // MARK: Numbers

    private func counts(of arms: [Arm]) -> [Int] {
        let trials = arms.flatMap(\.trials)
        guard let first = trials.first else { return [] }
        return first.map(\.labelCount).filter { count in
            trials.allSatisfy { Self.value(of: $0, at: count) != nil }
        }
    }

    private static func value(of trial: [Point], at count: Int) -> Double? {
        trial.first { $0.labelCount == count }?.value
    }

    private static func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
        guard !values.isEmpty else { return (0, 0) }
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return (mean, 0) }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(values.count - 1) / Double(values.count)).squareRoot())
    }
}
