package import Files
import Pixels
import Rasters

/// The cells of a scanned scene, and what the scan says about each: what an audit draws from.
package struct AuditScene: Sendable {
    /// What a scan has found in a cell.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A detection has its centre there.
        case found
        /// The best box that is left after merging is below the threshold.
        case near
        /// Only boxes that were merged into others, which have their centres elsewhere, reach the floor.
        case beside
        /// No window reaches the floor, or none was scored.
        case below
    }

    /// Sides of a window that make the side of a cell: a look at a larger cell says more, until objects are too many to count at a look.
    private static let windowsAcrossCell = 3

    package let cells: AuditCells
    /// Best first, all that reach the floor.
    package let merged: MergedDetections
    /// How many of them reach the threshold: these count as found.
    package let detectionCount: Int
    /// By cell; `nil` for cells that are not looked at.
    private var kinds: [Kind?]
    /// By cell: of the weakest detection where some are found, else of the best box.
    private var scores: [Float]
    /// By cell: of the best detection.
    private var labels: [UInt16]

    /// - Parameter state: complete.
    /// - Parameter side: of a cell in pixels; `nil` for the usual one.
    /// - Throws: `ScanError` where cells are too small.
    package init(
        of state: ScanState, by rule: MergeRule, side: Int?, limits: ScanLimits, cancellation: Cancellation
    ) throws {
        let task = state.task
        let size = task.fullSize
        let window = task.place(of: WindowRange(rows: 0..<1, columns: 0..<1))
        let cells = AuditCells(
            width: size.width, height: size.height,
            side: side ?? Self.windowsAcrossCell * max(window.width, window.height, 1))
        guard cells.isPossible else {
            throw ScanError(
                code: .wrongTask, operation: "divide the scene into cells",
                cause: "there would be \(cells.count) cells; give a larger --cell")
        }
        let merged = try state.merged(by: rule, limits: limits, cancellation: cancellation)
        var marks = Marks(cells, merged, threshold: rule.threshold)
        try state.visitCandidates(of: rule.labels, cancellation: cancellation) { box, score in
            marks.addCandidate(cells.cell(of: box), score)
        }
        try marks.leaveOut(of: state, cancellation)
        (self.cells, self.merged) = (cells, merged)
        (detectionCount, kinds) = (marks.detectionCount, marks.kinds)
        (scores, labels) = (marks.scores, marks.labels)
    }

    /// Found at or above the threshold, best first.
    package var detections: MergedDetections.SubSequence { merged.prefix(detectionCount) }

    /// `nil` for a cell that is not looked at.
    package func kind(ofCell cell: Int) -> Kind? { kinds[cell] }
    package func score(ofCell cell: Int) -> Float { scores[cell] }
    package func label(ofCell cell: Int) -> Int { Int(labels[cell]) }

    /// How many detections of each label have their centres in each of some cells.
    package func counts(inCells wanted: Set<Int>) -> [Int: [Int: Int]] {
        var counts: [Int: [Int: Int]] = [:]
        for detection in detections {
            let cell = cells.cell(of: detection.box)
            if wanted.contains(cell) { counts[cell, default: [:]][detection.label, default: 0] += 1 }
        }
        return counts
    }

    /// How many detections of each label there are in cells.
    package func counts(where isInside: (_ cell: Int) -> Bool = { _ in true }) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for detection in detections where isInside(cells.cell(of: detection.box)) {
            counts[detection.label, default: 0] += 1
        }
        return counts
    }
}

/// Cells while they are filled.
private struct Marks {
    let cells: AuditCells
    var kinds: [AuditScene.Kind?]
    var scores: [Float]
    var labels: [UInt16]
    let detectionCount: Int

    init(_ cells: AuditCells, _ merged: MergedDetections, threshold: Float) {
        self.cells = cells
        kinds = Array(repeating: .below, count: cells.count)
        scores = Array(repeating: 0, count: cells.count)
        labels = Array(repeating: 0, count: cells.count)
        // Best first, so that the last detection of a cell is its weakest.
        detectionCount = merged.prefix { $0.score >= threshold }.count
        for (place, detection) in merged.enumerated() {
            let cell = cells.cell(of: detection.box)
            if place < detectionCount {
                if kinds[cell] == .below { labels[cell] = UInt16(detection.label) }
                (kinds[cell], scores[cell]) = (.found, detection.score)
            } else if kinds[cell] == .below {
                (kinds[cell], scores[cell], labels[cell]) = (.near, detection.score, UInt16(detection.label))
            }
        }
    }

    mutating func addCandidate(_ cell: Int, _ score: Float) {
        switch kinds[cell] {
        case .below, nil: (kinds[cell], scores[cell]) = (.beside, score)
        case .beside: scores[cell] = max(scores[cell], score)
        case .found, .near: break
        }
    }

    /// Leaves out cells without a candidate that lie outside the area of a scan, or where the scene has no pixels.
    mutating func leaveOut(of state: ScanState, _ cancellation: Cancellation) throws {
        let task = state.task
        if let area = task.selection?.area {
            let inside = cells.areInside(area)
            for cell in kinds.indices where kinds[cell] == .below && !inside[cell] { kinds[cell] = nil }
        }
        guard task.selection?.leastValid != nil else { return }
        let empty = try state.cellsOfEmptyWindows(in: cells, cancellation: cancellation)
        for cell in kinds.indices where kinds[cell] == .below && empty[cell] { kinds[cell] = nil }
    }
}

extension ScanState {
    /// Lends the boxes of all candidates of some labels, in pixels of the whole scene.
    fileprivate func visitCandidates(
        of labels: [Int], cancellation: Cancellation, _ body: (_ box: PixelRect, _ score: Float) -> Void
    ) throws {
        let set = CandidateSet([try candidates()])
        let wanted = Set(labels.map { UInt16($0) })
        for rows in set.strips(of: Self.visitedCount) {
            try cancellation.check()
            for candidate in try set.candidates(inRows: rows, where: { wanted.contains($0.label) }) {
                let box = task.grid.box(row: Int(candidate.row), column: Int(candidate.column))
                body(task.view?.full(box) ?? box, candidate.score)
            }
        }
    }

    /// Candidates in memory at a time, about.
    private static var visitedCount: Int { 1 << 17 }

    /// The cells that have windows, all of which were skipped because they hold too few pixels.
    fileprivate func cellsOfEmptyWindows(
        in cells: AuditCells, cancellation: Cancellation
    ) throws -> [Bool] {
        let set = CandidateSet([try candidates()])
        var emptyRuns: [Int: [Range<Int>]] = [:]
        for rows in set.strips(of: Self.visitedCount) {
            for run in try set.skipped(inRows: rows) {
                guard let skipped = run.skipped, skipped.reason == .empty else { continue }
                emptyRuns[Int(run.row), default: []].append(skipped.columns)
            }
        }
        var (hasPixels, isEmpty) = (
            [Bool](repeating: false, count: cells.count), [Bool](repeating: false, count: cells.count)
        )
        let levels = task.view?.stack?.levels
        for row in 0..<task.grid.rowCount {
            try cancellation.check()
            // Between scales there are no windows.
            let columns =
                levels.map { levels in
                    levels.first { $0.rows.contains(row) }?.columns ?? 0..<0
                } ?? 0..<task.grid.columnCount
            var runs = (emptyRuns[row] ?? [])[...]
            for column in columns {
                while let first = runs.first, first.upperBound <= column { runs.removeFirst() }
                let box = task.grid.box(row: row, column: column)
                let cell = cells.cell(of: task.view?.full(box) ?? box)
                if runs.first?.contains(column) ?? false {
                    isEmpty[cell] = true
                } else {
                    hasPixels[cell] = true
                }
            }
        }
        return zip(isEmpty, hasPixels).map { $0 && !$1 }
    }
}
