public import Engines
public import Files
public import ModelFiles
import Networks
public import Rasters

/// How far the scores of a dense scan are from those of the same windows one by one, by a few windows of the scene.
public struct DenseDeviation: Hashable, Sendable {
    /// Blocks that are looked at, at most.
    private static let blockCount = 4
    /// Windows of each in a row and in a column, at most.
    private static let windowsPerSide = 16

    /// Windows that were scored in both ways.
    public let windowCount: Int
    /// Of the differences of the scores of all labels that are kept, in `0...1`.
    public let mean: Double
    /// The greatest of them.
    public let greatest: Double

    /// Scores windows in the middle of some blocks from all over the scene. Windows that the task skips do not count.
    ///
    /// - Parameter task: of a dense scan.
    /// - Throws: as a scan.
    public init(
        of task: ScanTask, scene: Scene, model: Model, engine: any Engine,
        cancellation: Cancellation = Cancellation()
    ) throws {
        precondition(task.denseBlock != nil)
        let blocks = try SceneScan.blockWindows(
            of: task, scene: scene, network: Network(model.architecture), limits: ScanLimits())
        let count = min(Self.blockCount, blocks.count)
        let ranges = (0..<count).map { Self.middle(of: blocks[(2 * $0 + 1) * blocks.count / (2 * count)]) }
        func scores(_ task: ScanTask) throws -> [Place: [Float]] {
            var collected = Scores(classCount: model.classes.count)
            _ = try SceneScan(task, scene: scene, model: model, engine: engine).score(
                ranges, into: &collected, job: Job(cancellation: cancellation))
            return collected.ofPlaces
        }
        var exactTask = task
        exactTask.denseBlock = nil
        let (dense, exact) = (try scores(task), try scores(exactTask))
        let differences = dense.flatMap { place, scores in
            exact[place].map { exact in task.labels.map { Double(abs(scores[$0] - exact[$0])) } } ?? []
        }
        windowCount = dense.keys.count { exact[$0] != nil }
        mean = differences.sorted().reduce(0, +) / Double(max(1, differences.count))
        greatest = differences.max() ?? 0
    }

    private static func middle(of windows: WindowRange) -> WindowRange {
        func middle(of indices: Range<Int>) -> Range<Int> {
            let count = min(indices.count, windowsPerSide)
            let first = indices.lowerBound + (indices.count - count) / 2
            return first..<first + count
        }
        return WindowRange(rows: middle(of: windows.rows), columns: middle(of: windows.columns))
    }
}

private struct Place: Hashable {
    var row: Int
    var column: Int
}

private struct Scores: ScoreCollector {
    let classCount: Int
    var ofPlaces: [Place: [Float]] = [:]

    init(classCount: Int) { self.classCount = classCount }

    mutating func collect(_ found: WindowScores) {
        var first = 0
        for row in found.windows.rows {
            for column in found.windows.columns {
                ofPlaces[Place(row: row, column: column)] = Array(found.scores[first..<first + classCount])
                first += classCount
            }
        }
    }

    mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {}
}
