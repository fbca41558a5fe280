import Foundation
import Pixels
import Testing

/// What torchvision, SAHI and ensemble-boxes make of the same boxes; `Golden/make_merging.py` made it.
private struct Golden: Decodable {
    var iou: Float
    var acrossClasses: Bool
    /// Edges, label, score.
    var boxes: [[Double]]
    /// Indexes of those that are kept, best first.
    var nms: [Int]
    /// Absent where SAHI means something else by the threshold.
    var nmm: [[Double]]?
    var wbf: [[Double]]

    var detections: [Detection] { boxes.map(Self.detection) }

    static func detection(_ values: [Double]) -> Detection {
        Detection(
            box: PixelRect(
                x0: Int(values[0]), y0: Int(values[1]), x1: Int(values[2]), y1: Int(values[3])),
            label: Int(values[4]), score: Float(values[5]))
    }

    static func all() throws -> [Golden] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/merging.json")
        return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: path))
    }
}

@Suite struct MergingGoldenTests {
    @Test func suppressionKeepsWhatTorchvisionKeeps() throws {
        for golden in try Golden.all() {
            let detections = golden.detections
            let kept = nonMaximumSuppression(
                detections, iouThreshold: golden.iou, acrossClasses: golden.acrossClasses)
            #expect(kept == golden.nms.map { detections[$0] }, "IoU \(golden.iou)")
        }
    }

    @Test func mergingMakesTheBoxesOfSAHI() throws {
        let goldens = try Golden.all().filter { $0.nmm != nil }
        #expect(goldens.count == 5)
        for golden in goldens {
            let merged = nonMaximumMerging(
                golden.detections, iouThreshold: golden.iou, acrossClasses: golden.acrossClasses)
            #expect(merged == golden.nmm?.map(Golden.detection), "IoU \(golden.iou)")
        }
    }

    @Test func fusionMakesTheBoxesOfEnsembleBoxes() throws {
        for golden in try Golden.all() {
            let fused = weightedBoxesFusion(
                golden.detections, iouThreshold: golden.iou, acrossClasses: golden.acrossClasses)
            try #require(fused.count == golden.wbf.count)
            for (found, expected) in zip(fused, golden.wbf) {
                let edges = [found.box.x0, found.box.y0, found.box.x1, found.box.y1]
                #expect(zip(edges, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(found), \(expected)")
                // With one class for all, ensemble-boxes does not say which it was.
                #expect(golden.acrossClasses || Double(found.label) == expected[4])
                #expect(abs(Double(found.score) - expected[5]) < 1e-6)
            }
        }
    }
}
