import Engines
import Pixels

/// What a scorer found in some windows.
public struct WindowScores: Sendable {
    /// Not empty.
    public var windows: WindowRange
    /// `[n, classCount]`, of the windows row by row; each in `0...1`.
    public var scores: [Float]
    /// `[n, featureCount]`, the pooled features of the windows, where the scan was asked for them; else empty.
    public var features: [Float]

    public init(windows: WindowRange, scores: [Float], features: [Float] = []) {
        self.windows = windows
        self.scores = scores
        self.features = features
    }
}

/// Takes what a scan finds, batch by batch: candidates for a folder, a worker's answer, or something else about windows.
public protocol ScoreCollector {
    /// Takes all scores of windows that are finished with it; called from one thread, with each window once, in any order.
    ///
    /// - Throws: what keeps it from taking them; the scan ends with it.
    mutating func collect(_ found: WindowScores) throws

    /// Takes windows that are finished without scores, as the task's selection wants it.
    mutating func skip(_ windows: WindowRange, _ reason: SkipReason) throws
}

/// Which scores make a candidate.
public struct CandidateRule: Hashable, Sendable {
    private let labels: [Int]
    private let floor: Float
    private let classCount: Int
    private let grid: ScanGrid
    private let model: String

    /// - Parameter classCount: of the model.
    /// - Parameter model: where it is, for errors.
    public init(_ task: ScanTask, classCount: Int, model: String) {
        precondition(task.labels.allSatisfy { (0..<classCount).contains($0) })
        labels = task.labels
        floor = task.floor
        (self.classCount, self.model) = (classCount, model)
        grid = task.grid
    }

    /// The windows and labels whose scores reach the floor, by row, column and label.
    ///
    /// - Throws: `ScanError` for a score that is no number, with the window.
    public func candidates(in found: WindowScores) throws(ScanError) -> [Candidate] {
        precondition(found.scores.count == found.windows.windowCount * classCount)
        var candidates: [Candidate] = []
        var first = 0
        for row in found.windows.rows {
            for column in found.windows.columns {
                for label in labels {
                    let score = found.scores[first + label]
                    if score >= floor {
                        candidates.append(Candidate(row: row, column: column, label: label, score: score))
                    } else if score.isNaN {
                        let box = grid.box(row: row, column: column)
                        throw ScanError(
                            code: .scoreIsNaN,
                            operation: "score the window at \(box.x0),\(box.y0) with \(model)",
                            cause: UnusableScores.cause)
                    }
                }
                first += classCount
            }
        }
        return candidates
    }
}
