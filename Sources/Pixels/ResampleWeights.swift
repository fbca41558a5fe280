internal import CPixels

/// For each place of a resized line: where in the source it begins to take, and with which weights.
///
/// - Source: `precompute_coeffs` and `normalize_coeffs_8bpc` of PIL's `Resample.c`.
struct ResampleWeights {
    /// The first source place of each result.
    private var starts: [UInt32] = []
    /// Source places of each result.
    private var counts: [UInt32] = []
    /// Weights in two parts, as `ts_taps` has them.
    private var highs: [Int16]
    private var lows: [Int16]
    private let tapCount: Int
    /// Every result is the source at the same place.
    let isIdentity: Bool

    /// The weights of a whole line, or of a box of it.
    ///
    /// - Parameter sourceCount: places of the source; `start` and `end` lie in it.
    init(from start: Double, to end: Double, of sourceCount: Int, resultCount: Int, filter: ResizeFilter) {
        let scale = (end - start) / Double(resultCount)
        self.init(
            centres: (0..<resultCount).lazy.map { start + (Double($0) + 0.5) * scale }, scale: scale,
            of: sourceCount, filter: filter,
            isIdentity: start == 0 && end == Double(resultCount) && sourceCount == resultCount)
    }

    /// The weights of a part of a line whose results have one distance and begin at the source's edge: each depends on its own
    /// index only.
    ///
    /// - Parameter results: the part.
    /// - Parameter step: source places from one result to the next.
    /// - Parameter sourceCount: places of the whole source; the centre of each result lies in it.
    init(_ results: Range<Int>, step: Double, of sourceCount: Int, filter: ResizeFilter) {
        self.init(
            centres: results.lazy.map { (Double($0) + 0.5) * step }, scale: step, of: sourceCount,
            filter: filter, isIdentity: false)
    }

    /// - Parameter centres: of the results, in source places; ascending.
    private init(
        centres: some RandomAccessCollection<Double>, scale: Double, of sourceCount: Int,
        filter: ResizeFilter, isIdentity: Bool
    ) {
        self.isIdentity = isIdentity
        // Where the result is finer than the source, the filter is as wide as it is for the same size.
        let filterScale = max(scale, 1)
        let radius = filter.radius * filterScale
        tapCount = (Int(radius.rounded(.up)) * 2 + 1 + 3) & ~3
        highs = [Int16](repeating: 0, count: tapCount * centres.count)
        lows = highs
        starts.reserveCapacity(centres.count)
        counts.reserveCapacity(centres.count)
        var taps = [Double](repeating: 0, count: tapCount)
        for (result, centre) in centres.enumerated() {
            // Towards zero, as C's cast does it.
            let first = max(0, Int(centre - radius + 0.5))
            let count = min(sourceCount, Int(centre + radius + 0.5)) - first
            var sum = 0.0
            for tap in 0..<count {
                taps[tap] = filter.weight((Double(tap + first) - centre + 0.5) * (1 / filterScale))
                sum += taps[tap]
            }
            for tap in 0..<count {
                let weight = (sum == 0 ? taps[tap] : taps[tap] / sum) * 0x1p22
                let whole = Int32(weight + (weight < 0 ? -0.5 : 0.5))
                highs[result * tapCount + tap] = Int16(whole >> 8)
                lows[result * tapCount + tap] = Int16(whole & 255)
            }
            starts.append(UInt32(first))
            counts.append(UInt32(count))
        }
    }

    /// The same weights for a source of which the first places are left out: those that no result takes.
    func droppingFirst(_ count: Int) -> ResampleWeights {
        precondition(count <= sourceRange.lowerBound)
        var weights = self
        weights.starts = starts.map { $0 - UInt32(count) }
        return weights
    }

    /// Source places that have a part in any result.
    var sourceRange: Range<Int> {
        Int(starts[0])..<Int(starts[starts.count - 1] + counts[counts.count - 1])
    }

    /// Resizes each row of pixels by itself.
    ///
    /// - Parameter target: as many rows as `source` has.
    func combinePixels(
        _ source: UnsafeBufferPointer<UInt8>, rowByteCount: Int,
        into target: UnsafeMutableBufferPointer<UInt8>,
        isFast: Bool
    ) {
        let rowCount = source.count / rowByteCount
        precondition(
            target.count == rowCount * starts.count * 3 && sourceRange.upperBound * 3 <= rowByteCount)
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        withTaps { ts_resample_pixels($0, source, rowCount, rowByteCount, target, isFast) }
    }

    /// Makes each row of the result from rows of the source.
    ///
    /// - Parameter firstRow: the place of the first row in `source`.
    func combineRows(
        _ source: UnsafeBufferPointer<UInt8>, firstRow: Int, rowByteCount: Int,
        into target: UnsafeMutableBufferPointer<UInt8>, isFast: Bool
    ) {
        precondition(target.count == starts.count * rowByteCount && sourceRange.lowerBound >= firstRow)
        precondition((sourceRange.upperBound - firstRow) * rowByteCount <= source.count)
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        withTaps { ts_resample_rows($0, source, firstRow, rowByteCount, target, isFast) }
    }

    private func withTaps(_ body: (UnsafePointer<ts_taps>) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            counts.withUnsafeBufferPointer { counts in
                highs.withUnsafeBufferPointer { highs in
                    lows.withUnsafeBufferPointer { lows in
                        guard let starts = starts.baseAddress, let counts = counts.baseAddress,
                            let highs = highs.baseAddress, let lows = lows.baseAddress
                        else { return }
                        var taps = ts_taps(
                            results: self.starts.count, taps: tapCount, starts: starts, counts: counts,
                            highs: highs, lows: lows)
                        body(&taps)
                    }
                }
            }
        }
    }
}
