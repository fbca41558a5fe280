/// Merges each group of overlapping detections with one label into the best of them, whose box grows.
///
/// The best takes all that are left whose IoU with it exceeds `iouThreshold`, then the best of the rest does, and so on. Its box
/// grows to hold each that it has taken, in their order, unless that one's IoU with the box as it has grown by then is not above
/// the threshold any more. It keeps its score and its label.
///
/// - Parameter detections: in any order; boxes in scene pixels, below 2³¹.
/// - Parameter iouThreshold: in `0...1`.
/// - Parameter acrossClasses: whether detections of different labels are merged too.
/// - Returns: the merged ones, best first. About O(*n*), also where all lie on one object.
/// - Source: `GreedyNMMPostprocess` of SAHI with IoU; there an IoU of exactly the threshold counts, here it does not.
public func nonMaximumMerging(
    _ detections: [Detection], iouThreshold: Float, acrossClasses: Bool = false
) -> [Detection] {
    nonMaximumMerging(
        detections.map(CompactDetection.init), iouThreshold: iouThreshold, acrossClasses: acrossClasses,
        checkCancellation: {}
    ).map(\.detection)
}

/// The same of detections in less memory.
///
/// - Parameter checkCancellation: called now and then.
package func nonMaximumMerging(
    _ boxes: consuming [CompactDetection], iouThreshold: Float, acrossClasses: Bool,
    checkCancellation: () throws -> Void
) rethrows -> [CompactDetection] {
    var index = BoxIndex(capacity: boxes.count, iouThreshold: iouThreshold)
    var kept: [UInt32] = []
    var merged: [CompactDetection] = []
    for (turn, place) in boxes.indexesBestFirst().enumerated() {
        if turn.isMultiple(of: 1 << 16) { try checkCancellation() }
        let box = boxes[Int(place)]
        let group = acrossClasses ? 0 : box.label
        // Of all that may take it the best does, which came first.
        var taker = Int.max
        index.visit(near: PixelBox(box), group: group) { number in
            guard number < taker else { return false }
            let better = boxes[Int(kept[number])]
            if acrossClasses || better.label == box.label, better.iou(with: box) > iouThreshold {
                taker = number
            }
            return false
        }
        if taker < Int.max {
            if merged[taker].iou(with: box) > iouThreshold { merged[taker].include(box) }
        } else {
            index.insert(PixelBox(box), group: group)
            kept.append(place)
            merged.append(box)
        }
    }
    boxes = []
    return merged.sortedBestFirst()
}
