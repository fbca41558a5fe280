package import Scanning

/// What workers would take for a scene whose windows' costs are known: a replay of how windows are shared out, not of Spark.
package struct Simulation: Sendable {
    /// How windows are shared out.
    package enum Way: String, CaseIterable, Sendable {
        /// A horizontal strip of equal height for each worker, as in the post of 2017.
        case strips
        /// An equal block, as square as can be, for each worker.
        case blocks
        /// As `RangeSize` has it: many ranges, each given to whoever is free.
        case plan
    }
    package struct Piece: Hashable, Sendable {
        package var windows: WindowRange
        package var worker: Int
    }
    package let pieces: [Piece]
    /// Until the last worker is done.
    package let seconds: Double
    /// The share of all workers' time in which they score, in `0...1`.
    package let efficiency: Double

    /// - Parameter overheadSeconds: lost with each piece.
    package init(_ costs: CostMap, _ way: Way, workerCount: Int, overheadSeconds: Double) {
        precondition(workerCount > 0 && overheadSeconds >= 0)
        let windows = Self.windows(of: costs, way, workerCount)
        var workers = WorkerQueue(count: workerCount)
        pieces = windows.map { windows in
            Piece(windows: windows, worker: workers.giveFirst(overheadSeconds + costs.seconds(of: windows)))
        }
        seconds = workers.lastEnd
        efficiency = costs.seconds(of: costs.range) / (Double(workerCount) * seconds)
    }

    private static func windows(of costs: CostMap, _ way: Way, _ workerCount: Int) -> [WindowRange] {
        switch way {
        case .strips: return grid(costs, rows: workerCount, columns: 1)
        case .blocks:
            let rows = (1...workerCount).filter { workerCount.isMultiple(of: $0) }
            let flatness = { (rows: Int) in
                let height = Double(costs.rowCount) / Double(rows)
                let width = Double(costs.columnCount) / Double(workerCount / rows)
                return max(height / width, width / height)
            }
            let best = rows.min { flatness($0) < flatness($1) } ?? 1
            return grid(costs, rows: best, columns: workerCount / best)
        case .plan:
            let size = RangeSize(
                secondsPerWindow: max(
                    1e-12, costs.seconds(of: costs.range) / Double(costs.range.windowCount)),
                windowCount: costs.range.windowCount, slotCount: workerCount)
            let side = Double(size.windowCount).squareRoot()
            return grid(
                costs, rows: Int((Double(costs.rowCount) / side).rounded(.up)),
                columns: Int((Double(costs.columnCount) / side).rounded(.up)))
        }
    }

    /// Parts of about equal size; none where there are more parts than rows or columns.
    private static func grid(_ costs: CostMap, rows: Int, columns: Int) -> [WindowRange] {
        func bounds(_ count: Int, of length: Int) -> [Range<Int>] {
            (0..<count).map { length * $0 / count..<length * ($0 + 1) / count }.filter { !$0.isEmpty }
        }
        return bounds(rows, of: costs.rowCount).flatMap { rows in
            bounds(columns, of: costs.columnCount).map { WindowRange(rows: rows, columns: $0) }
        }
    }
}

/// Workers by when they are free: a binary heap.
private struct WorkerQueue {
    private var heap: [(end: Double, worker: Int)]
    private(set) var lastEnd = 0.0

    init(count: Int) { heap = (0..<count).map { (0, $0) } }

    /// Has the worker that is free first work for some seconds.
    ///
    /// - Returns: which one.
    mutating func giveFirst(_ seconds: Double) -> Int {
        let worker = heap[0].worker
        heap[0].end += seconds
        lastEnd = max(lastEnd, heap[0].end)
        var place = 0
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[place] else {
                return worker
            }
            heap.swapAt(place, least)
            place = least
        }
    }
}
