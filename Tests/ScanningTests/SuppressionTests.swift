import Bytes
import Files
import Pixels
import Scanning
import TestSupport
import Testing

/// Merging of candidates in files, held to the plain suppression of boxes.
@Suite struct SuppressionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func randomGrid(_ random: inout SplitMix64) throws -> ScanGrid {
        let side = Int.random(in: 3...12, using: &random)
        return try ScanGrid(
            sceneWidth: .random(in: side...80, using: &random),
            sceneHeight: .random(in: side...80, using: &random),
            windowSize: side, stride: .random(in: 1...9, using: &random))
    }

    /// Scores of few values, so that many are equal.
    private func randomCandidates(_ grid: ScanGrid, _ random: inout SplitMix64) -> [Candidate] {
        let share = Double.random(in: 0.05...1, using: &random)
        var candidates: [Candidate] = []
        for row in 0..<grid.rowCount {
            for column in 0..<grid.columnCount {
                for label in [0, 2, 700] where Double.random(in: 0...1, using: &random) < share {
                    let score = Float(Int.random(in: 1...20, using: &random)) / 20
                    candidates.append(Candidate(row: row, column: column, label: label, score: score))
                }
            }
        }
        return candidates
    }

    @Test(arguments: UInt64(0)..<150) func stripsGiveWhatPlainSuppressionGives(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let grid = try randomGrid(&random)
        let candidates = randomCandidates(grid, &random)
        let iou = ([0, 0.1, 0.3, 0.5, 0.9, 1] as [Float]).randomElement(using: &random) ?? 0.1
        let lowest = Float.random(in: 0...0.8, using: &random)
        let path = folder.file("candidates")
        try writeCandidates(candidates, of: grid, to: path)
        let merged = try mergedDetections(
            of: path, grid: grid, labels: [0, 2, 700], iou: iou, lowestScore: lowest,
            mergeByteCount: 64 * Int.random(in: 1...400, using: &random))
        let plain = nonMaximumSuppression(
            candidates.filter { $0.score >= lowest }.map(grid.detection), iouThreshold: iou)
        #expect(merged == plain)
    }

    @Test func aChainOverManyStripsIsDecidedFromItsBestEnd() throws {
        // Each overlaps the next, and is a little better: every other one stays, from the last row up.
        let grid = try ScanGrid(sceneWidth: 8, sceneHeight: 408, windowSize: 8, stride: 4)
        let candidates = (0..<grid.rowCount).map { row in
            Candidate(row: row, column: 0, label: 0, score: 0.1 + Float(row) / 1000)
        }
        let path = folder.file("candidates")
        try writeCandidates(candidates, of: grid, to: path)
        let merged = try mergedDetections(
            of: path, grid: grid, labels: [0], iou: 0.1, lowestScore: 0, mergeByteCount: 64)
        #expect(merged == nonMaximumSuppression(candidates.map(grid.detection), iouThreshold: 0.1))
        #expect(merged.count == (grid.rowCount + 1) / 2)
    }

    @Test func labelsThatAreNotAskedForAreLeftOut() throws {
        let grid = try ScanGrid(sceneWidth: 8, sceneHeight: 8, windowSize: 8, stride: 4)
        let path = folder.file("candidates")
        try writeCandidates(
            [
                Candidate(row: 0, column: 0, label: 1, score: 0.5),
                Candidate(row: 0, column: 0, label: 2, score: 0.6),
            ], of: grid, to: path)
        let merged = try mergedDetections(
            of: path, grid: grid, labels: [1], iou: 0.1, lowestScore: 0, mergeByteCount: 1 << 20)
        #expect(merged.map(\.label) == [1])
    }
}
