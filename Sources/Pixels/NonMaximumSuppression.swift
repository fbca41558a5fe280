/// Keeps the best of each group of overlapping detections with one label.
///
/// A detection is dropped when its IoU with a better kept one exceeds `iouThreshold`. Equal scores go by
/// position, so the result does not depend on the order in which blocks end.
///
/// - Parameter detections: in any order; boxes in scene pixels.
/// - Parameter iouThreshold: in `0...1`.
/// - Returns: the kept ones, best first. about O(*n* log *n*) for boxes of similar size that are spread over a scene.
/// - Source: greedy NMS, as `torchvision.ops.batched_nms`.
public func nonMaximumSuppression(_ detections: [Detection], iouThreshold: Float) -> [Detection] {
    var grid = BoxGrid(boxSide: detections.reduce(1) { max($0, $1.box.width, $1.box.height) })
    var kept: [Detection] = []
    for candidate in detections.sorted(by: Detection.isBetter) {
        let isDuplicate = grid.indices(near: candidate.box).contains {
            kept[$0].label == candidate.label && kept[$0].box.iou(with: candidate.box) > iouThreshold
        }
        guard !isDuplicate else { continue }
        grid.insert(kept.count, candidate.box)
        kept.append(candidate)
    }
    return kept
}
