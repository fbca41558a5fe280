/// A matrix `[N, width]` of numbers, row after row.
package struct FloatRows: Sendable {
    package var values: [Float]
    /// Numbers in a row, at least 1.
    package let width: Int

    /// - Parameter values: as many as fill whole rows.
    package init(_ values: [Float], width: Int) {
        precondition(
            width > 0 && values.count.isMultiple(of: width), "\(values.count) values are no rows of \(width)")
        (self.values, self.width) = (values, width)
    }

    package var count: Int { values.count / width }
}

/// Feature vectors with the factors that give each the length 1. The vectors themselves are not copied.
package struct UnitFeatures: Sendable {
    package let rows: FloatRows
    /// 1 / length; 0 for a vector of zeros, NaN for one with a number that is not finite.
    package let factors: [Float]

    package init(_ rows: FloatRows, threads: Int) {
        self.rows = rows
        factors = concurrentArray(rows.count, repeating: 0, size: 4096, threads: threads) { range, factors in
            rows.values.withUnsafeBufferPointer { values in
                for item in range {
                    var sum = 0.0
                    for value in values[item * rows.width..<(item + 1) * rows.width] {
                        sum += Double(value) * Double(value)
                    }
                    factors[item - range.lowerBound] = Self.factor(length: sum.squareRoot())
                }
            }
        }
    }

    /// Vectors whose length is 1 already.
    init(ofUnitLength rows: FloatRows) {
        self.rows = rows
        factors = [Float](repeating: 1, count: rows.count)
    }

    private static func factor(length: Double) -> Float {
        guard length <= Double(Float.greatestFiniteMagnitude) else { return .nan }
        let factor = Float(1 / length)
        // A length of almost 0 has no direction that means something.
        return factor.isFinite ? factor : 0
    }

    /// The vectors of some items, scaled to the length 1.
    package func gathered(_ items: some Collection<UInt32>) -> FloatRows {
        var values: [Float] = []
        values.reserveCapacity(items.count * rows.width)
        for item in items {
            let (item, factor) = (Int(item), factors[Int(item)])
            for value in rows.values[item * rows.width..<(item + 1) * rows.width] {
                values.append(value * factor)
            }
        }
        return FloatRows(values, width: rows.width)
    }
}
