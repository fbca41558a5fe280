import Foundation

/// Which level between few and many a count has: the same for all matrices that are shown side by side or in a film.
public struct ColourScale: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// By the logarithm of the count.
        case log
        /// So that each level is as frequent: by the part of the cells with a lower count.
        case equalised
    }

    public let kind: Kind
    /// The count with the highest level; at least 1.
    public let largest: Int
    /// By count, from 1 on, where levels are equalised.
    private var levels: [Double] = []

    /// - Parameter counts: of all cells that are to be told apart; zeros are left aside.
    public init(_ kind: Kind, of counts: some Sequence<Int>) {
        self.kind = kind
        let counts = counts.filter { $0 > 0 }
        largest = max(1, counts.max() ?? 1)
        guard kind == .equalised else { return }
        var frequencies = [Int](repeating: 0, count: largest)
        for count in counts { frequencies[count - 1] += 1 }
        // Half of the cells with the count itself lie below it; then all is stretched over 0...1.
        var below = 0.0
        levels = frequencies.map { frequency in
            defer { below += Double(frequency) }
            return below + Double(frequency) / 2
        }
        let (low, high) = (levels[0], levels[largest - 1])
        levels = levels.map { high > low ? ($0 - low) / (high - low) : 1 }
    }

    /// In `0...1`.
    ///
    /// - Parameter count: positive; above the largest it has the largest's level.
    public func level(of count: Int) -> Double {
        precondition(count > 0)
        let count = min(count, largest)
        return switch kind {
        case .log: largest == 1 ? 1 : Foundation.log(Double(count)) / Foundation.log(Double(largest))
        case .equalised: levels[count - 1]
        }
    }

    /// Counts of 1, 2 or 5 times a power of ten, and the largest.
    package var ticks: [Int] {
        var ticks: [Int] = []
        var power = 1
        while power <= largest {
            ticks += [1, 2, 5].map { $0 * power }.filter { $0 < largest }
            power *= 10
        }
        return ticks + [largest]
    }
}
