/// For each place of a resized line: where in the source it begins to take, and with which weights.
///
/// - Source: `precompute_coeffs` and `normalize_coeffs_8bpc` of PIL's `Resample.c`.
struct ResampleWeights {
    /// Bits behind the point of a weight.
    private static let precision: Int32 = 22

    /// The first source place of each result.
    private var starts: [Int]
    /// Source places of each result.
    private var counts: [Int]
    /// `tapCount` for each result, of which the first of `counts` are in use.
    private var weights: [Int32]
    private let tapCount: Int
    /// Every result is the source at the same place.
    let isIdentity: Bool

    /// - Parameter sourceCount: places of the source; `start` and `end` lie in it.
    init(from start: Double, to end: Double, of sourceCount: Int, resultCount: Int, filter: ResizeFilter) {
        isIdentity = start == 0 && end == Double(resultCount) && sourceCount == resultCount
        let scale = (end - start) / Double(resultCount)
        // Where the result is finer than the source, the filter is as wide as it is for the same size.
        let filterScale = max(scale, 1)
        let radius = filter.radius * filterScale
        tapCount = Int(radius.rounded(.up)) * 2 + 1
        (starts, counts) = ([], [])
        weights = [Int32](repeating: 0, count: tapCount * resultCount)
        starts.reserveCapacity(resultCount)
        counts.reserveCapacity(resultCount)
        var taps = [Double](repeating: 0, count: tapCount)
        for result in 0..<resultCount {
            let centre = start + (Double(result) + 0.5) * scale
            // Towards zero, as C's cast does it.
            let first = max(0, Int(centre - radius + 0.5))
            let count = min(sourceCount, Int(centre + radius + 0.5)) - first
            var sum = 0.0
            for tap in 0..<count {
                taps[tap] = filter.weight((Double(tap + first) - centre + 0.5) * (1 / filterScale))
                sum += taps[tap]
            }
            for tap in 0..<count {
                let weight = (sum == 0 ? taps[tap] : taps[tap] / sum) * Double(Int32(1) << Self.precision)
                weights[result * tapCount + tap] = Int32(weight + (weight < 0 ? -0.5 : 0.5))
            }
            starts.append(first)
            counts.append(count)
        }
    }

    /// Source places that have a part in any result.
    var sourceRange: Range<Int> { starts[0]..<(starts[starts.count - 1] + counts[counts.count - 1]) }

    /// Resizes each row of pixels by itself.
    ///
    /// - Parameter target: as many rows as `source` has.
    func combinePixels(
        _ source: UnsafeBufferPointer<UInt8>, rowByteCount: Int,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        let (rowCount, resultCount) = (source.count / rowByteCount, starts.count)
        precondition(target.count == rowCount * resultCount * 3 && sourceRange.upperBound * 3 <= rowByteCount)
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        let half = Int32(1) << (Self.precision - 1)
        weights.withUnsafeBufferPointer { weights in
            starts.withUnsafeBufferPointer { starts in
                counts.withUnsafeBufferPointer { counts in
                    guard let weights = weights.baseAddress else { return }
                    for row in 0..<rowCount {
                        let from = source + row * rowByteCount
                        var to = target + row * resultCount * 3
                        for result in 0..<resultCount {
                            var pixel = from + starts[result] * 3
                            let taps = weights + result * tapCount
                            var (red, green, blue) = (half, half, half)
                            for tap in 0..<counts[result] {
                                red &+= Int32(pixel[0]) &* taps[tap]
                                green &+= Int32(pixel[1]) &* taps[tap]
                                blue &+= Int32(pixel[2]) &* taps[tap]
                                pixel += 3
                            }
                            (to[0], to[1], to[2]) = (Self.byte(red), Self.byte(green), Self.byte(blue))
                            to += 3
                        }
                    }
                }
            }
        }
    }

    /// Makes each row of the result from rows of the source.
    ///
    /// - Parameter firstRow: the place of the first row in `source`.
    func combineRows(
        _ source: UnsafeBufferPointer<UInt8>, firstRow: Int, rowByteCount: Int,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(target.count == starts.count * rowByteCount && sourceRange.lowerBound >= firstRow)
        precondition((sourceRange.upperBound - firstRow) * rowByteCount <= source.count)
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        let half = Int32(1) << (Self.precision - 1)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: rowByteCount) { sums in
            guard let sums = sums.baseAddress else { return }
            for result in 0..<starts.count {
                let first = source + (starts[result] - firstRow) * rowByteCount
                let to = target + result * rowByteCount
                // Two rows at a time, so that the sums are fetched and put away half as often.
                sums.update(repeating: half, count: rowByteCount)
                for pair in stride(from: 0, to: counts[result], by: 2) {
                    let upper = first + pair * rowByteCount
                    // The last of an odd number has nothing below it; its partner counts nothing.
                    let isPair = pair + 1 < counts[result]
                    let lower = isPair ? upper + rowByteCount : upper
                    let upperWeight = weights[result * tapCount + pair]
                    let lowerWeight = isPair ? weights[result * tapCount + pair + 1] : 0
                    for place in 0..<rowByteCount {
                        sums[place] &+=
                            Int32(upper[place]) &* upperWeight &+ Int32(lower[place]) &* lowerWeight
                    }
                }
                for place in 0..<rowByteCount { to[place] = Self.byte(sums[place]) }
            }
        }
    }

    @inline(__always)
    private static func byte(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(255, max(0, sum >> precision)))
    }
}
