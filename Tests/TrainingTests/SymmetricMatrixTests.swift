import Bytes
import Testing
import Training

@Suite struct SymmetricMatrixTests {
    @Test(arguments: UInt64(0)..<10) func eigenpairsBelongToTheMatrix(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = 1 + Int(seed)
        let matrix = SymmetricMatrix(
            count: count, lower: (0..<count * count).map { _ in .random(in: -1...1, using: &random) })
        let (values, vectors) = matrix.eigenpairs()
        for (value, vector) in zip(values, vectors) {
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-9)
            for row in 0..<count {
                let product = (0..<count).reduce(0.0) { $0 + matrix[row, $1] * vector[$1] }
                #expect(abs(product - value * vector[row]) < 1e-9)
            }
        }
        #expect(abs(values.reduce(0, +) - (0..<count).reduce(0) { $0 + matrix[$1, $1] }) < 1e-9)
    }
}
