/// A small symmetric matrix.
package struct SymmetricMatrix {
    package let count: Int
    private var values: [Double]

    /// - Parameter lower: `count * count` numbers row by row; those above the diagonal are not read.
    package init(count: Int, lower: [Double]) {
        precondition(lower.count == count * count)
        self.count = count
        values = lower
        for i in 0..<count {
            for j in 0..<i { values[j * count + i] = values[i * count + j] }
        }
    }

    package subscript(row: Int, column: Int) -> Double { values[row * count + column] }

    /// All eigenvalues, each with its eigenvector of unit length. O(*count*³) for each of a few sweeps.
    ///
    /// - Source: Jacobi's cyclic method; Golub and Van Loan, Matrix computations, section 8.5.
    package func eigenpairs() -> (values: [Double], vectors: [[Double]]) {
        var a = values
        var vectors = (0..<count).map { i in (0..<count).map { $0 == i ? 1.0 : 0 } }
        for _ in 0..<50 {
            var off = 0.0
            for p in 0..<count {
                for q in 0..<p { off += a[p * count + q] * a[p * count + q] }
            }
            if off < 1e-22 { break }
            for p in 0..<count {
                for q in p + 1..<max(p + 1, count) { rotate(&a, &vectors, p, q) }
            }
        }
        return ((0..<count).map { a[$0 * count + $0] }, vectors)
    }

    /// Makes the element at `p`, `q` zero.
    private func rotate(_ a: inout [Double], _ vectors: inout [[Double]], _ p: Int, _ q: Int) {
        let element = a[p * count + q]
        guard element != 0 else { return }
        let tau = (a[q * count + q] - a[p * count + p]) / (2 * element)
        let tangent = (tau < 0 ? -1 : 1) / (abs(tau) + (1 + tau * tau).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        let sine = tangent * cosine
        for k in 0..<count {
            let (x, y) = (a[k * count + p], a[k * count + q])
            (a[k * count + p], a[k * count + q]) = (cosine * x - sine * y, sine * x + cosine * y)
        }
        for k in 0..<count {
            let (x, y) = (a[p * count + k], a[q * count + k])
            (a[p * count + k], a[q * count + k]) = (cosine * x - sine * y, sine * x + cosine * y)
            let (v, w) = (vectors[p][k], vectors[q][k])
            (vectors[p][k], vectors[q][k]) = (cosine * v - sine * w, sine * v + cosine * w)
        }
    }
}
