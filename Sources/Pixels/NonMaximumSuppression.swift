/// Keeps the best of each group of overlapping detections with one label.
///
/// A detection is dropped when its IoU with a better kept one exceeds `iouThreshold`. Equal scores go by
/// position, so the result does not depend on the order in which blocks end.
///
/// - Parameter detections: in any order; boxes in scene pixels.
/// - Parameter iouThreshold: in `0...1`.
/// - Returns: the kept ones, best first. O(*n* log *n*) for boxes of similar size that are spread over a scene.
/// - Source: greedy NMS, as `torchvision.ops.batched_nms`.
public func nonMaximumSuppression(_ detections: [Detection], iouThreshold: Float) -> [Detection] {
    let sorted = detections.sorted(by: Detection.isBetter)
    let grid = BoxGrid(sorted.map(\.box), cellSide: 1)
    var isKept = [Bool](repeating: false, count: sorted.count)
    for (index, candidate) in sorted.enumerated() {
        isKept[index] = !grid.indices(near: candidate.box).contains { other in
            isKept[other] && sorted[other].label == candidate.label
                && sorted[other].box.iou(with: candidate.box) > iouThreshold
        }
    }
    return zip(sorted, isKept).filter(\.1).map(\.0)
}
