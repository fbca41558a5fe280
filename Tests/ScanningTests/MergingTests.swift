import Bytes
import Files
import Foundation
import ModelFiles
import Pixels
import Scanning
import TestSupport
import Testing

/// The methods that see all candidates at once, boxes that move, and rules in files.
@Suite struct MergingTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("candidates")
    }

    @Test(arguments: UInt64(0)..<100, [MergeRule.Method.nmm, .wbf])
    func boxesOfStripsAreMergedAtOnce(seed: UInt64, method: MergeRule.Method) throws {
        var random = SplitMix64(seed: seed)
        let given = try RandomCandidates(using: &random)
        let rule = MergeRule(
            labels: RandomCandidates.labels, threshold: .random(in: 0...0.8, using: &random), method: method,
            iou: ([0, 0.1, 0.3, 0.5, 0.9] as [Float]).randomElement(using: &random) ?? 0.1,
            acrossClasses: .random(using: &random), movesBoxes: .random(using: &random),
            moveReach: [nil, 1, 5, 20].randomElement(using: &random) ?? nil)
        try writeCandidates(given.candidates, of: given.grid, to: path)
        let plain = merged(given.boxes(movedBy: rule), by: rule)
        for byteCount in [112 * max(1, given.candidates.count), 256 << 20] {
            let found = try mergedDetections(
                of: path, grid: given.grid, by: rule, mergeByteCount: byteCount)
            #expect(found == plain.filter { $0.score >= rule.threshold })
        }
    }

    /// All of any score, best first.
    private func merged(_ boxes: [Detection], by rule: MergeRule) -> [Detection] {
        guard rule.method == .wbf else {
            return nonMaximumMerging(boxes, iouThreshold: rule.iou, acrossClasses: rule.acrossClasses)
        }
        return weightedBoxesFusion(boxes, iouThreshold: rule.iou, acrossClasses: rule.acrossClasses)
            .map { fused in
                let edges = [fused.box.x0, fused.box.y0, fused.box.x1, fused.box.y1].map { Int($0.rounded()) }
                return Detection(
                    box: PixelRect(x0: edges[0], y0: edges[1], x1: edges[2], y1: edges[3]),
                    label: fused.label, score: fused.score)
            }.sorted(by: Detection.isBetter)
    }

    @Test(arguments: [
        MergeRule(labels: [0, 2, 700]), MergeRule(labels: [0, 2, 700], iou: 0.3, movesBoxes: true),
        MergeRule(labels: [2, 700], method: .nmm, iou: 0.3), MergeRule(labels: [0], method: .wbf, iou: 0.3),
    ])
    func whatIsWrittenAboveAScoreDependsOnNoOutput(rule: MergeRule) throws {
        var random = SplitMix64(seed: 3)
        let given = try RandomCandidates(using: &random)
        try writeCandidates(given.candidates, of: given.grid, to: path)
        let all = try mergedDetections(
            of: path, grid: given.grid, by: rule, lowestScore: 0, mergeByteCount: 1 << 20)
        let some = try mergedDetections(
            of: path, grid: given.grid, by: rule, lowestScore: 0.5, mergeByteCount: 1 << 20)
        #expect(some == all.filter { $0.score >= 0.5 } && some.count < all.count && !some.isEmpty)
    }

    @Test(arguments: [MergeRule.Method.nmm, .wbf])
    func tooLittleMemoryIsSaidWithHowMuchIsNeeded(method: MergeRule.Method) throws {
        let grid = try ScanGrid(sceneWidth: 800, sceneHeight: 800, windowSize: 8, stride: 4)
        let candidates = (0..<grid.rowCount).flatMap { row in
            (0..<grid.columnCount).map { Candidate(row: row, column: $0, label: 0, score: 0.5) }
        }
        try writeCandidates(candidates, of: grid, to: path)
        let rule = MergeRule(labels: [0], threshold: 0, method: method)
        let error = #expect(throws: ScanError.self) {
            try mergedDetections(of: path, grid: grid, by: rule, mergeByteCount: 1 << 20)
        }
        #expect(error?.code == .tooLittleMemory)
        // 199 x 199 candidates of 112 bytes.
        let words = error?.description ?? ""
        #expect(words.contains("39601") && words.contains("--memory 5 "), "\(words)")
        #expect(try !mergedDetections(of: path, grid: grid, by: rule, mergeByteCount: 5 << 20).isEmpty)
        // The strips of suppression need no more than there is.
        let strips = MergeRule(labels: [0], threshold: 0)
        #expect(try !mergedDetections(of: path, grid: grid, by: strips, mergeByteCount: 1 << 20).isEmpty)
    }

    // MARK: - Boxes that move

    /// Scores of an object that lies 6 pixels right of a window, at a stride of 16.
    @Test func aBoxMovesTowardsTheWindowThatSeesTheOtherPart() throws {
        let grid = try ScanGrid(sceneWidth: 96, sceneHeight: 32, windowSize: 32, stride: 16)
        let candidates = [
            Candidate(row: 0, column: 1, label: 0, score: 0.81),
            Candidate(row: 0, column: 2, label: 0, score: 0.25),
        ]
        try writeCandidates(candidates, of: grid, to: path)
        let rule = MergeRule(labels: [0], threshold: 0, iou: 0.3, movesBoxes: true)
        let found = try mergedDetections(of: path, grid: grid, by: rule, mergeByteCount: 1 << 20)
        // 16 · 0.5 / (0.9 + 0.5) is 5.7.
        #expect(found.map(\.box) == [PixelRect(x: 22, y: 0, width: 32, height: 32)])
    }

    @Test func noBoxMovesFurtherThanHalfAStride() throws {
        let grid = try ScanGrid(sceneWidth: 96, sceneHeight: 96, windowSize: 32, stride: 16)
        // The weak one's mean lies almost on its strong neighbour.
        let candidates = [
            Candidate(row: 1, column: 1, label: 0, score: 0.0001),
            Candidate(row: 2, column: 2, label: 0, score: 1),
        ]
        try writeCandidates(candidates, of: grid, to: path)
        let rule = MergeRule(labels: [0], threshold: 0, iou: 1, movesBoxes: true)
        let found = try mergedDetections(of: path, grid: grid, by: rule, mergeByteCount: 96)
        #expect(found.map(\.box.x0) == [32, 24] && found.map(\.box.y0) == [32, 24])
    }

    @Test func labelsDoNotMoveEachOther() throws {
        let grid = try ScanGrid(sceneWidth: 96, sceneHeight: 32, windowSize: 32, stride: 16)
        let candidates = [
            Candidate(row: 0, column: 1, label: 0, score: 0.5),
            Candidate(row: 0, column: 2, label: 1, score: 0.5),
        ]
        try writeCandidates(candidates, of: grid, to: path)
        let rule = MergeRule(
            labels: [0, 1], threshold: 0, iou: 1, acrossClasses: true, movesBoxes: true)
        let found = try mergedDetections(of: path, grid: grid, by: rule, mergeByteCount: 1 << 20)
        #expect(found.map(\.box.x0) == [16, 32])
    }

    // MARK: - Rules in files

    @Test func rulesOfOlderVersionsAreRead() throws {
        let json = #"{"iou":0.25,"labels":[1,0],"method":"suppression","threshold":0.5}"#
        let rule = try JSONDecoder().decode(MergeRule.self, from: Data(json.utf8))
        #expect(rule == MergeRule(labels: [1, 0], threshold: 0.5, method: .nms, iou: 0.25))
        let written = try String(decoding: JSONEncoder().encode(rule), as: UTF8.self)
        #expect(written.contains(#""method":"nms""#), "\(written)")
    }

    @Test(arguments: MergeRule.Method.allCases) func rulesAreReadBack(method: MergeRule.Method) throws {
        let rule = MergeRule(
            labels: [3], threshold: 0.5, method: method, iou: 0.25, acrossClasses: true, movesBoxes: true)
        #expect(try JSONDecoder().decode(MergeRule.self, from: JSONEncoder().encode(rule)) == rule)
    }

    @Test func aMethodThatThereIsNotIsAnError() {
        let json = #"{"iou":0.25,"labels":[1],"method":"guess","threshold":0.5}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(MergeRule.self, from: Data(json.utf8))
        }
    }
}
