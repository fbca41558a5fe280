import Bytes
import Mining
import Testing

@Suite struct PanelsTests {
    @Test(arguments: UInt64(0)..<60) func equalsPlainDotProductsToTheLastBit(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let width = random.int(1...70)
        let vectors = FloatRows.random(random.int(1...50), width: width, &random)
        let queries = FloatRows.random(random.int(1...10), width: width, &random)
        let panels = Panels(vectors)
        let first = random.int(0...panels.blockCount - 1)
        let blocks = first..<random.int(first + 1...panels.blockCount)
        var visited: [Int] = []
        panels.forEachQuery(0..<queries.count, of: queries, blocks: blocks) { query, dots in
            visited.append(query)
            for vector in blocks.lowerBound * 8..<min(blocks.upperBound * 8, vectors.count) {
                let dot = dots[vector / 8 - blocks.lowerBound][vector % 8]
                #expect(dot == plainDot(queries.row(query), vectors.row(vector)))
            }
        }
        #expect(visited == Array(0..<queries.count))
    }
}

func plainDot(_ a: [Float], _ b: [Float]) -> Float {
    var sum: Float = 0
    for (x, y) in zip(a, b) { sum += x * y }
    return sum
}
