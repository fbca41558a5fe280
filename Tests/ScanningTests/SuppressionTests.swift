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

    @Test(arguments: UInt64(0)..<200, [false, true]) func stripsGiveWhatPlainSuppressionGives(
        seed: UInt64, movesBoxes: Bool
    ) throws {
        var random = SplitMix64(seed: seed)
        let given = try RandomCandidates(using: &random)
        let rule = MergeRule(
            labels: RandomCandidates.labels, threshold: .random(in: 0...0.8, using: &random),
            iou: ([0, 0.1, 0.3, 0.5, 0.9, 1] as [Float]).randomElement(using: &random) ?? 0.1,
            acrossClasses: .random(using: &random), movesBoxes: movesBoxes,
            moveReach: [nil, 1, 5, 20].randomElement(using: &random) ?? nil)
        let path = folder.file("candidates")
        try writeCandidates(given.candidates, of: given.grid, to: path)
        let plain = nonMaximumSuppression(
            given.boxes(movedBy: rule).filter { $0.score >= rule.threshold }, iouThreshold: rule.iou,
            acrossClasses: rule.acrossClasses)
        // Strips of about so many candidates.
        for count in [1, Int.random(in: 2...400, using: &random), 1 << 20] {
            let merged = try mergedDetections(
                of: path, grid: given.grid, by: rule, mergeByteCount: 96 * count)
            #expect(merged == plain, "\(count)")
        }
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
            of: path, grid: grid, by: MergeRule(labels: [0], threshold: 0), mergeByteCount: 64)
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
            of: path, grid: grid, by: MergeRule(labels: [1], threshold: 0), mergeByteCount: 1 << 20)
        #expect(merged.map(\.label) == [1])
    }
}
