/// The area under the curve of precision over recall, where the precision at a recall is the best one at that recall
/// or above.
///
/// - Parameter outcomes: of the detections, best first.
/// - Parameter truthCount: truths to be found; positive.
/// - Returns: in `0...1`.
/// - Source: all-point interpolation of PASCAL VOC 2010 and later.
package func interpolatedPrecision(of outcomes: [Outcome], truthCount: Int) -> Double {
    precondition(truthCount > 0)
    var rightCount = 0
    var judgedCount = 0
    /// The precision at each detection that found a truth: each of them raises recall by 1 / truthCount.
    var precisions: [Double] = []
    for outcome in outcomes where outcome != .ignored {
        judgedCount += 1
        guard outcome == .right else { continue }
        rightCount += 1
        precisions.append(Double(rightCount) / Double(judgedCount))
    }
    var best = 0.0
    let area = precisions.reversed().reduce(0) { sum, precision in
        best = max(best, precision)
        return sum + best
    }
    return area / Double(truthCount)
}
