/// A job on slots that need not be there: pieces of work with known costs, given out in their order to whoever is free.
package struct Simulation: Hashable, Sendable {
    package struct Outcome: Hashable, Sendable, Codable {
        /// From the beginning to the last piece's end.
        package var seconds: Double
        /// In which slots worked on pieces.
        package var workSeconds: Double
        /// In which they were kept from it by what each piece costs beside.
        package var overheadSeconds: Double
        /// In which they waited for the last one.
        package var idleSeconds: Double
        /// The work over slots times seconds: 1 where nothing is lost.
        package var efficiency: Double
    }

    package var slotCount: Int
    /// What a scheduler takes for each piece, on its slot.
    package var overheadSeconds: Double

    package init(slotCount: Int, overheadSeconds: Double) {
        precondition(slotCount > 0 && overheadSeconds >= 0)
        (self.slotCount, self.overheadSeconds) = (slotCount, overheadSeconds)
    }

    /// - Parameter costs: in seconds, in the order in which they are given out.
    /// - Complexity: O(n log slots).
    package func run(_ costs: [Double]) -> Outcome {
        var slots = FreeSlots(count: slotCount)
        var end = 0.0
        for cost in costs {
            let done = slots.earliest + overheadSeconds + cost
            slots.replaceEarliest(with: done)
            end = max(end, done)
        }
        let work = costs.reduce(0, +)
        let overhead = Double(costs.count) * overheadSeconds
        let all = end * Double(slotCount)
        return Outcome(
            seconds: end, workSeconds: work, overheadSeconds: overhead,
            idleSeconds: max(0, all - work - overhead), efficiency: all > 0 ? work / all : 1)
    }
}

/// When each slot is free again: a binary heap with the earliest first.
private struct FreeSlots {
    private var times: [Double]

    init(count: Int) { times = Array(repeating: 0, count: count) }

    var earliest: Double { times[0] }

    mutating func replaceEarliest(with time: Double) {
        var place = 0
        while true {
            let left = 2 * place + 1
            guard left < times.count else { break }
            let right = left + 1
            let child = right < times.count && times[right] < times[left] ? right : left
            guard times[child] < time else { break }
            times[place] = times[child]
            place = child
        }
        times[place] = time
    }
}
