/// Vectors in blocks of eight, transposed, so that one instruction works on eight of them. All dot products of this module are
/// computed here.
///
/// Each dot product is summed in the order of the numbers, product by product, in Float. It therefore has the same bits as a
/// plain loop, wherever its vector stands and whichever thread computes it.
///
/// - Source: the register block of a matrix product, as K. Goto and R. van de Geijn describe it (*Anatomy of high-performance
///   matrix multiplication*, 2008). Four queries by eight vectors are what the 16 registers of SSE hold.
package struct Panels: Sendable {
    package typealias Lanes = SIMD8<Float>

    /// Vectors.
    package let count: Int
    package let width: Int
    /// `[block][number of the vector]`; zeros where there are no more vectors.
    private let blocks: [Lanes]

    package var blockCount: Int { (count + 7) / 8 }

    package init(_ rows: FloatRows) {
        (count, width) = (rows.count, rows.width)
        var blocks = [Lanes](repeating: .zero, count: (rows.count + 7) / 8 * rows.width)
        for row in 0..<rows.count {
            for column in 0..<rows.width {
                blocks[row / 8 * rows.width + column][row % 8] = rows.values[row * rows.width + column]
            }
        }
        self.blocks = blocks
    }

    /// Computes the dot products of some rows with the vectors of some blocks.
    ///
    /// - Parameter queries: numbers of rows of `rows`.
    /// - Parameter body: gets the position of each query, in order, and its dot products, block by block. It may change them.
    package func forEachQuery(
        _ queries: some RandomAccessCollection<Int>, of rows: FloatRows, blocks range: Range<Int>,
        _ body: (Int, UnsafeMutableBufferPointer<Lanes>) -> Void
    ) {
        func query(_ position: Int) -> Int { queries[queries.index(queries.startIndex, offsetBy: position)] }
        let count = queries.count
        withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 4 * range.count) { dots in
            rows.values.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress else { return }
                for first in stride(from: 0, to: count, by: 4) {
                    // Where fewer than four are left, the last one is computed again.
                    let last = count - 1
                    write(
                        range, into: dots, values + query(first) * width,
                        values + query(min(first + 1, last)) * width,
                        values + query(min(first + 2, last)) * width,
                        values + query(min(first + 3, last)) * width)
                    for position in first..<min(first + 4, count) {
                        let part = (position - first) * range.count..<(position - first + 1) * range.count
                        body(position, UnsafeMutableBufferPointer(rebasing: dots[part]))
                    }
                }
            }
        }
    }

    /// The same for all blocks.
    package func forEachQuery(
        _ queries: some RandomAccessCollection<Int>, of rows: FloatRows,
        _ body: (Int, UnsafeMutableBufferPointer<Lanes>) -> Void
    ) {
        forEachQuery(queries, of: rows, blocks: 0..<blockCount, body)
    }

    /// Writes the dot products of four vectors, those of one behind those of the other.
    private func write(
        _ range: Range<Int>, into dots: UnsafeMutableBufferPointer<Lanes>, _ query0: UnsafePointer<Float>,
        _ query1: UnsafePointer<Float>, _ query2: UnsafePointer<Float>, _ query3: UnsafePointer<Float>
    ) {
        blocks.withUnsafeBufferPointer { blocks in
            guard let blocks = blocks.baseAddress, let dots = dots.baseAddress else { return }
            for block in range {
                let columns = blocks + block * width
                var (sum0, sum1, sum2, sum3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
                for index in 0..<width {
                    let values = columns[index]
                    sum0 += values * query0[index]
                    sum1 += values * query1[index]
                    sum2 += values * query2[index]
                    sum3 += values * query3[index]
                }
                let place = dots + (block - range.lowerBound)
                place[0] = sum0
                place[range.count] = sum1
                place[2 * range.count] = sum2
                place[3 * range.count] = sum3
            }
        }
    }
}
