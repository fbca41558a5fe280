/// Indexes of scores, the highest first.
///
/// Radix sort: O(*n*), but for equal scores. Memory: 16 bytes for each score.
///
/// - Parameter scores: numbers, at most 2³² of them.
/// - Parameter isBefore: the order of two indexes with equal scores.
package func indexesBestFirst(_ scores: [Float], whereEqual isBefore: (Int, Int) -> Bool) -> [UInt32] {
    var pairs = scores.enumerated().map { index, score in
        UInt64(~ascendingBits(score)) << 32 | UInt64(UInt32(index))
    }
    var sorted = [UInt64](repeating: 0, count: pairs.count)
    // 11 bits at a time, above the index.
    for shift: UInt64 in [32, 43, 54] {
        var starts = [Int](repeating: 0, count: 2049)
        for pair in pairs { starts[Int(pair >> shift & 2047) + 1] += 1 }
        for digit in 1...2048 { starts[digit] += starts[digit - 1] }
        for pair in pairs {
            let digit = Int(pair >> shift & 2047)
            sorted[starts[digit]] = pair
            starts[digit] += 1
        }
        swap(&pairs, &sorted)
    }
    sortEqual(&pairs, isBefore)
    return pairs.map { UInt32(truncatingIfNeeded: $0) }
}

/// Sorts the pairs of each score. They come by index.
private func sortEqual(_ pairs: inout [UInt64], _ isBefore: (Int, Int) -> Bool) {
    func index(_ pair: UInt64) -> Int { Int(pair & 0xFFFF_FFFF) }
    var start = 0
    while start < pairs.count {
        var end = start + 1
        var isSorted = true
        while end < pairs.count, pairs[end] >> 32 == pairs[start] >> 32 {
            isSorted = isSorted && !isBefore(index(pairs[end]), index(pairs[end - 1]))
            end += 1
        }
        if !isSorted { pairs[start..<end].sort { isBefore(index($0), index($1)) } }
        start = end
    }
}

/// Numbers in the order of the scores; equal for both zeros.
private func ascendingBits(_ score: Float) -> UInt32 {
    let bits = (score + 0).bitPattern
    return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
}
