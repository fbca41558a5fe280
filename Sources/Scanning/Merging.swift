package import Files
import ModelFiles
public import Pixels
package import Rasters

/// What a scan found after merging, best first.
///
/// A view of 24 bytes for each: a detection is made when it is asked for.
public struct MergedDetections: RandomAccessCollection, Sendable {
    /// In pixels that were scanned; of several scales, in those of the whole scene.
    private let detections: [CompactDetection]
    /// What was scanned.
    private let bounds: PixelRect
    private let view: SceneView?
    /// As the merge rule has it.
    private let boxShare: Double

    init(_ detections: [CompactDetection], grid: ScanGrid, view: SceneView?, boxShare: Double?) {
        self.detections = detections
        self.boxShare = boxShare ?? 1
        bounds = PixelRect(x0: 0, y0: 0, x1: grid.sceneWidth, y1: grid.sceneHeight)
        self.view = view
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { detections.count }
    /// In pixels of the whole scene. A box in a scene that is smaller than a window is cut to the scene.
    public subscript(index: Int) -> Detection {
        var detection = detections[index].detection
        detection.box = detection.box.middle(boxShare)
        guard view?.stack == nil else { return detection }
        detection.box = detection.box.intersection(bounds) ?? detection.box
        if let view { detection.box = view.full(detection.box) }
        return detection
    }
}

extension CandidateSet {
    /// Bytes of memory for each candidate that is merged strip by strip.
    static let mergedByteCount = 96
    /// Candidates of a strip, at most: of more, the CPU's caches hold too few. 3.8 million took 2.9 s at once and 0.9 s in strips.
    private static let stripLimit = 1 << 17
    /// Bytes of memory for each candidate where all are merged at once.
    static let mergedAtOnceByteCount = 112

    /// Merges all candidates by a rule.
    ///
    /// Boxes of several scales are merged together, in pixels of the whole scene; that needs all of them at once.
    ///
    /// - Parameter view: with which the scene was scanned.
    /// - Parameter lowestScore: detections below it are left out. What stays above is the same for every value.
    /// - Throws: `ScanError` where all candidates are needed at once, and they need more memory than there is.
    package func merged(
        by rule: MergeRule, lowestScore: Float, view: SceneView? = nil, limits: ScanLimits,
        cancellation: Cancellation
    ) throws -> MergedDetections {
        let boxes = try mergedBoxes(
            by: rule, lowestScore: lowestScore, view?.stack, limits: limits, cancellation: cancellation)
        return MergedDetections(boxes, grid: grid, view: view, boxShare: rule.boxShare)
    }

    private func mergedBoxes(
        by rule: MergeRule, lowestScore: Float, _ stack: ScaleStack?, limits: ScanLimits,
        cancellation: Cancellation
    ) throws -> [CompactDetection] {
        // A box that goes for a better one changes no better one; where boxes are joined, weak ones count.
        let least = rule.method == .nms ? lowestScore : 0
        func all() throws -> [CompactDetection] {
            try allBoxes(by: rule, stack, lowestScore: least, limits, cancellation)
        }
        switch rule.method {
        case .nms where stack != nil:
            return try nonMaximumSuppression(
                all(), iouThreshold: rule.iou, acrossClasses: rule.acrossClasses
            ).reaching(lowestScore)
        case .nms:
            var suppression = Suppression(grid: grid, rule)
            try visitStrips(
                of: limits.mergeByteCount / Self.mergedByteCount, by: rule, lowestScore: lowestScore,
                cancellation
            ) { suppression.add($0, upTo: $1.upperBound) }
            return suppression.result()
        case .nmm:
            return try nonMaximumMerging(
                all(), iouThreshold: rule.iou,
                acrossClasses: rule.acrossClasses, checkCancellation: cancellation.check
            ).reaching(lowestScore)
        case .wbf:
            return try roundedWeightedBoxesFusion(
                all(), iouThreshold: rule.iou,
                acrossClasses: rule.acrossClasses, checkCancellation: cancellation.check
            ).reaching(lowestScore)
        }
    }

    /// The boxes of all candidates.
    ///
    /// - Throws: `ScanError` where they need more memory than there is.
    private func allBoxes(
        by rule: MergeRule, _ stack: ScaleStack?, lowestScore: Float, _ limits: ScanLimits,
        _ cancellation: Cancellation
    ) throws -> [CompactDetection] {
        let limit = limits.mergeByteCount / Self.mergedAtOnceByteCount
        let levels = stack?.levels
        var boxes: [CompactDetection] = []
        var count = 0
        // Few at a time, because those before are held as well.
        try visitStrips(of: limit / 8, by: rule, lowestScore: lowestScore, cancellation) { candidates, _ in
            count += candidates.count
            // Too many are only counted.
            guard count <= limit else { return boxes = [] }
            boxes += candidates.lazy.map { candidate in
                let box = candidate.detection(side: grid.windowSize)
                guard let levels else { return box }
                var detection = box.detection
                detection.box = levels.full(detection.box)
                return CompactDetection(detection)
            }
        }
        guard count <= limit else {
            func megabytes(_ byteCount: Int) -> Int { (byteCount + 1 << 20 - 1) >> 20 }
            let needed = megabytes(count * Self.mergedAtOnceByteCount)
            let otherMethod = rule.method == .nms || stack != nil ? "" : " or --method nms"
            throw ScanError(
                code: .tooLittleMemory,
                operation: "merge \(counted(count, "window")) by \(rule.method.rawValue)",
                cause: "that takes \(needed) MB, and \(megabytes(limits.mergeByteCount)) are allowed; give "
                    + "--memory \(needed)\(otherMethod), or scan again with a higher --floor")
        }
        return boxes
    }

    /// Calls `body` with the candidates of strip after strip, by row, column and label, where their boxes are.
    ///
    /// - Parameter limit: candidates of a strip, about, where memory sets it.
    /// - Parameter lowestScore: candidates below are left out, after boxes have moved.
    private func visitStrips(
        of limit: Int, by rule: MergeRule, lowestScore: Float, _ cancellation: Cancellation,
        _ body: (_ candidates: [PlacedCandidate], _ rows: Range<Int>) throws -> Void
    ) throws {
        let labels = Set(rule.labels.map { UInt16($0) })
        for rows in strips(of: max(1, min(limit, Self.stripLimit))) {
            try cancellation.check()
            guard let moves = grid.moves(by: rule) else {
                let placed = try grid.placed(
                    candidates(inRows: rows) { $0.score >= lowestScore && labels.contains($0.label) })
                try body(placed, rows)
                continue
            }
            let seen =
                max(0, rows.lowerBound - moves.reach)..<min(grid.rowCount, rows.upperBound + moves.reach)
            var moved = try grid.moved(
                candidates(inRows: seen) { labels.contains($0.label) }, rows: rows, moves)
            moved.removeAll { $0.candidate.score < lowestScore }
            try body(moved, rows)
        }
    }
}

extension PixelRect {
    /// The middle of it, with a part of each side; at least a pixel.
    ///
    /// - Parameter share: in `0...1`.
    fileprivate func middle(_ share: Double) -> PixelRect {
        guard share < 1 else { return self }
        func inset(_ length: Int) -> Int {
            min(Int((Double(length) * (1 - share) / 2).rounded()), max(0, (length - 1) / 2))
        }
        let (columns, rows) = (inset(width), inset(height))
        return PixelRect(x0: x0 + columns, y0: y0 + rows, x1: x1 - columns, y1: y1 - rows)
    }
}

extension [CompactDetection] {
    /// The first ones, up to the last that has a score.
    fileprivate func reaching(_ lowestScore: Float) -> [CompactDetection] {
        Array(prefix { $0.score >= lowestScore })
    }
}
