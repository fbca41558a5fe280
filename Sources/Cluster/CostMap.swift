package import Scanning

/// What the windows of a scene cost, from ranges that were measured: evenly spread within each of them.
package struct CostMap: Sendable {
    package let rowCount: Int
    package let columnCount: Int
    /// The measured part; the map repeats it.
    private let rowBounds: [Int]
    private let columnBounds: [Int]
    /// What the windows above a row bound and left of a column bound cost together, `[rowBounds.count][columnBounds.count]`.
    private let sums: [[Double]]

    private static let incomplete = ClusterError(
        "the costs do not cover a whole scene: scan it again with one command and --overwrite")

    /// - Parameter repeats: how often the scene stands beside itself in each direction, for one that is larger.
    /// - Throws: `ClusterError` where windows between the ranges were not measured, or were twice.
    package init(_ ranges: [ClusterAccount.Range], repeats: Int = 1) throws {
        precondition(repeats > 0)
        let bounds = { (values: [Swift.Range<Int>]) in
            Set(values.flatMap { [$0.lowerBound, $0.upperBound] }).sorted()
        }
        rowBounds = bounds(ranges.map(\.rows))
        columnBounds = bounds(ranges.map(\.columns))
        guard rowBounds.first == 0, columnBounds.first == 0, let height = rowBounds.last,
            let width = columnBounds.last,
            ranges.allSatisfy({ !$0.windows.isEmpty && $0.seconds >= 0 }),
            ranges.reduce(0, { $0 + $1.windows.windowCount }) == height * width
        else {
            throw Self.incomplete
        }
        var cells = [[Double]](
            repeating: [Double](repeating: 0, count: columnBounds.count), count: rowBounds.count)
        let rowPlaces = Dictionary(uniqueKeysWithValues: rowBounds.enumerated().map { ($1, $0) })
        let columnPlaces = Dictionary(uniqueKeysWithValues: columnBounds.enumerated().map { ($1, $0) })
        for range in ranges {
            let perWindow = range.seconds / Double(range.windows.windowCount)
            guard let top = rowPlaces[range.rows.lowerBound], let bottom = rowPlaces[range.rows.upperBound],
                let left = columnPlaces[range.columns.lowerBound],
                let right = columnPlaces[range.columns.upperBound]
            else { continue }
            for row in top..<bottom {
                for column in left..<right {
                    guard cells[row + 1][column + 1] == 0 else { throw Self.incomplete }
                    let windows =
                        (rowBounds[row + 1] - rowBounds[row])
                        * (columnBounds[column + 1] - columnBounds[column])
                    // What is 0 has not been measured.
                    cells[row + 1][column + 1] = max(.leastNormalMagnitude, perWindow * Double(windows))
                }
            }
        }
        for row in 1..<rowBounds.count {
            for column in 1..<columnBounds.count {
                cells[row][column] +=
                    cells[row - 1][column] + cells[row][column - 1] - cells[row - 1][column - 1]
            }
        }
        sums = cells
        (rowCount, columnCount) = (height * repeats, width * repeats)
    }

    package var range: WindowRange { WindowRange(rows: 0..<rowCount, columns: 0..<columnCount) }

    /// Seconds of one slot.
    package func seconds(of range: WindowRange) -> Double {
        let (rows, columns) = (range.rows, range.columns)
        let all =
            above(rows.upperBound, columns.upperBound) - above(rows.lowerBound, columns.upperBound)
            - above(rows.upperBound, columns.lowerBound) + above(rows.lowerBound, columns.lowerBound)
        return max(0, all)
    }

    /// What the windows above a row and left of a column cost together.
    private func above(_ row: Int, _ column: Int) -> Double {
        let (height, width) = (rowBounds[rowBounds.count - 1], columnBounds[columnBounds.count - 1])
        let (down, right) = (Double(row / height), Double(column / width))
        let (row, column) = (row % height, column % width)
        return down * right * measured(height, width) + down * measured(height, column)
            + right * measured(row, width) + measured(row, column)
    }

    private func measured(_ row: Int, _ column: Int) -> Double {
        let (i, y) = Self.place(row, in: rowBounds)
        let (j, x) = Self.place(column, in: columnBounds)
        let upper = sums[i][j] * (1 - x) + sums[i][j + 1] * x
        let lower = sums[i + 1][j] * (1 - x) + sums[i + 1][j + 1] * x
        return upper * (1 - y) + lower * y
    }

    /// The bound before a value, and how far it is on the way to the next.
    private static func place(_ value: Int, in bounds: [Int]) -> (index: Int, share: Double) {
        var (low, high) = (0, bounds.count - 2)
        while low < high {
            let middle = (low + high + 1) / 2
            if bounds[middle] <= value { low = middle } else { high = middle - 1 }
        }
        return (low, Double(value - bounds[low]) / Double(bounds[low + 1] - bounds[low]))
    }
}
