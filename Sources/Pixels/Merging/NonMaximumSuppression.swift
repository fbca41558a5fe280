/// Keeps the best of each group of overlapping detections with one label.
///
/// A detection is dropped when its IoU with a better kept one exceeds `iouThreshold`. Equal scores go by
/// position, so the result does not depend on the order in which blocks end.
///
/// - Parameter detections: in any order; boxes in scene pixels, below 2³¹.
/// - Parameter iouThreshold: in `0...1`.
/// - Parameter acrossClasses: whether detections of different labels are held to each other too.
/// - Returns: the kept ones, best first. About O(*n*), also where all lie on one object.
/// - Source: greedy NMS, as `torchvision.ops.batched_nms`.
public func nonMaximumSuppression(
    _ detections: [Detection], iouThreshold: Float, acrossClasses: Bool = false
) -> [Detection] {
    nonMaximumSuppression(
        detections.map(CompactDetection.init), iouThreshold: iouThreshold, acrossClasses: acrossClasses
    ).map(\.detection)
}

/// The same of detections in less memory.
package func nonMaximumSuppression(
    _ boxes: [CompactDetection], iouThreshold: Float, acrossClasses: Bool
) -> [CompactDetection] {
    var index = BoxIndex(capacity: boxes.count, iouThreshold: iouThreshold)
    var kept: [CompactDetection] = []
    for place in boxes.indexesBestFirst() {
        let box = boxes[Int(place)]
        let group = acrossClasses ? 0 : box.label
        var isDuplicate = false
        index.visit(near: PixelBox(box), group: group) { number in
            let better = kept[number]
            isDuplicate =
                (acrossClasses || better.label == box.label) && better.iou(with: box) > iouThreshold
            return isDuplicate
        }
        guard !isDuplicate else { continue }
        index.insert(PixelBox(box), group: group)
        kept.append(box)
    }
    return kept
}
