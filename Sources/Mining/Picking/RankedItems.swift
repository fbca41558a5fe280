import Foundation

/// Items in the order of a number; the strategies `random`, `margin` and `entropy`.
struct RankedItems: PickSource {
    /// One queue for each class, or one for all.
    private var queues: [[UInt32]]
    private var positions: [Int]
    /// For each candidate; empty where the order is all there is.
    private let values: [Float]
    private var peaks: Peaks?

    /// - Parameter values: for each candidate, no NaN among those of `items`.
    /// - Parameter peaks: only these are picked; `nil` for all.
    init(
        _ items: [UInt32], by values: [Float], among peaks: Peaks? = nil, _ turns: ClassTurns,
        largestFirst: Bool = false
    ) {
        let ordered = items.sorted(by: values, largestFirst: largestFirst)
        self.init(inOrder: ordered, values: values, among: peaks, turns)
    }

    init(inOrder items: [UInt32], values: [Float] = [], among peaks: Peaks? = nil, _ turns: ClassTurns) {
        self.values = values
        self.peaks = peaks
        queues = .init(repeating: [], count: turns.queueCount)
        for item in items { queues[turns.queueIndex(of: item)].append(item) }
        positions = .init(repeating: 0, count: turns.queueCount)
    }

    mutating func next(ofClass turn: Int32?, _ taken: TakenObjects) -> Pick? {
        let queue = Int(turn ?? 0)
        while positions[queue] < queues[queue].count {
            let item = Int(queues[queue][positions[queue]])
            positions[queue] += 1
            if !taken.contains(item), peaks?.contains(item) ?? true {
                return Pick(item: item, value: values.isEmpty ? nil : values[item])
            }
        }
        return nil
    }
}

extension [UInt32] {
    /// The items in the order of their values, then of their numbers.
    ///
    /// - Parameter values: no NaN among those of the items.
    func sorted(by values: [Float], largestFirst: Bool = false) -> [UInt32] {
        var keys = map { item in
            // Numbers in the order of the values; equal for both zeros.
            let bits = (values[Int(item)] + 0).bitPattern
            let ascending = bits >> 31 == 0 ? bits | 1 << 31 : ~bits
            return UInt64(largestFirst ? ~ascending : ascending) << 32 | UInt64(item)
        }
        keys.sort()
        return keys.map { UInt32(truncatingIfNeeded: $0) }
    }
}

extension FloatRows {
    /// The best score minus the second best of each row; the best where there is one class.
    ///
    /// - Source: T. Scheffer, C. Decomain, S. Wrobel, *Active hidden Markov models for information extraction*, 2001.
    package func margins(threads: Int) -> [Float] {
        mapRows(threads: threads) { scores in
            var (best, second): (Float, Float) = (-.infinity, -.infinity)
            for score in scores {
                second = max(second, min(best, score))
                best = max(best, score)
            }
            return width == 1 ? best : best - second
        }
    }

    /// The entropy of each row, −Σ p · ln p, in nats.
    ///
    /// - Source: C. Shannon, *A mathematical theory of communication*, 1948.
    package func entropies(threads: Int) -> [Float] {
        mapRows(threads: threads) { scores in
            var sum: Float = 0
            for score in scores where score > 0 { sum -= score * log(score) }
            return sum
        }
    }

    private func mapRows(
        threads: Int, _ value: @Sendable (Slice<UnsafeBufferPointer<Float>>) -> Float
    ) -> [Float] {
        concurrentArray(count, repeating: 0, size: 8192, threads: threads) { range, result in
            values.withUnsafeBufferPointer { values in
                for row in range {
                    result[row - range.lowerBound] = value(values[row * width..<(row + 1) * width])
                }
            }
        }
    }
}

/// The class with the best score in each row, the first of equal ones; -1 where a score is not finite.
func predictedClasses(_ scores: FloatRows, threads: Int) -> [Int32] {
    let width = scores.width
    return concurrentArray(scores.count, repeating: -1, size: 8192, threads: threads) { range, classes in
        scores.values.withUnsafeBufferPointer { values in
            for row in range {
                var best = 0
                var areFinite = true
                for label in 0..<width {
                    let score = values[row * width + label]
                    areFinite = areFinite && score.isFinite
                    if score > values[row * width + best] { best = label }
                }
                if areFinite { classes[row - range.lowerBound] = Int32(best) }
            }
        }
    }
}
