package import Files
public import Pixels

/// What a scan found after merging, best first.
///
/// A view of candidates: a detection is made when it is asked for.
public struct MergedDetections: RandomAccessCollection, Sendable {
    private let candidates: [Candidate]
    private let grid: ScanGrid

    init(_ candidates: [Candidate], grid: ScanGrid) { (self.candidates, self.grid) = (candidates, grid) }

    public var startIndex: Int { 0 }
    public var endIndex: Int { candidates.count }
    public subscript(index: Int) -> Detection { grid.detection(candidates[index]) }
}

extension CandidateSet {
    /// Bytes of memory for each candidate that is merged at a time.
    static let mergedByteCount = 64

    /// Merges all candidates by a rule.
    ///
    /// - Parameter lowestScore: what is below it is left out. What stays above is the same for every value: whether a detection
    ///   is kept is decided by better ones alone.
    package func merged(
        by rule: MergeRule, lowestScore: Float, limits: ScanLimits, cancellation: Cancellation
    ) throws -> MergedDetections {
        let labels = Set(rule.labels.map { UInt16($0) })
        switch rule.method {
        case .suppression:
            var suppression = Suppression(grid: grid, iou: rule.iou)
            for rows in strips(of: max(1, limits.mergeByteCount / Self.mergedByteCount)) {
                try cancellation.check()
                let found = try candidates(inRows: rows) {
                    $0.score >= lowestScore && labels.contains($0.label)
                }
                suppression.add(found, upTo: rows.upperBound)
            }
            return MergedDetections(suppression.result(), grid: grid)
        }
    }
}
