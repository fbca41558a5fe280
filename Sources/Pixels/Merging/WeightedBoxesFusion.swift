/// What several detections of one object are together.
public struct FusedDetection: Hashable, Sendable {
    /// In scene pixels, not rounded.
    public var box: PixelBox
    /// Index of the class.
    public var label: Int
    /// In `0...1`.
    public var score: Float

    public init(box: PixelBox, label: Int, score: Float) {
        (self.box, self.label, self.score) = (box, label, score)
    }

    /// A total order, as that of `Detection`.
    static func isBetter(_ a: FusedDetection, _ b: FusedDetection) -> Bool {
        if a.score != b.score { return a.score > b.score }
        return (a.box.y0, a.box.x0, a.label, a.box.y1, a.box.x1)
            < (b.box.y0, b.box.x0, b.label, b.box.y1, b.box.x1)
    }
}

/// Fuses each group of overlapping detections with one label.
///
/// Goes through the detections, the best first. Each joins the group whose box it overlaps most, if their IoU exceeds
/// `iouThreshold`; otherwise it begins a group. A group's box is the mean of its detections' boxes, weighted by their scores; its
/// score is the mean of theirs, its label that of the first.
///
/// - Parameter detections: in any order; boxes in scene pixels, below 2³¹.
/// - Parameter iouThreshold: in `0...1`.
/// - Parameter acrossClasses: whether detections of different labels are fused too.
/// - Returns: the groups, best first. About O(*n*), also where all lie on one object.
/// - Source: R. Solovyev, W. Wang, T. Gabruseva, *Weighted boxes fusion*, 2021, of one model; `weighted_boxes_fusion` of
///   ensemble-boxes with `conf_type="avg"`.
public func weightedBoxesFusion(
    _ detections: [Detection], iouThreshold: Float, acrossClasses: Bool = false
) -> [FusedDetection] {
    var fusion = BoxFusion(
        capacity: detections.count, iouThreshold: iouThreshold, acrossClasses: acrossClasses)
    let boxes = detections.map(CompactDetection.init)
    for place in boxes.indexesBestFirst() { fusion.add(boxes[Int(place)]) }
    return fusion.groups.map { FusedDetection(box: $0.box, label: Int($0.label), score: $0.score) }
        .sorted(by: FusedDetection.isBetter)
}

/// The same in less memory, of boxes that are rounded to whole pixels at the end.
///
/// - Parameter checkCancellation: called now and then.
package func roundedWeightedBoxesFusion(
    _ boxes: consuming [CompactDetection], iouThreshold: Float, acrossClasses: Bool,
    checkCancellation: () throws -> Void
) rethrows -> [CompactDetection] {
    var fusion = BoxFusion(capacity: boxes.count, iouThreshold: iouThreshold, acrossClasses: acrossClasses)
    for (turn, place) in boxes.indexesBestFirst().enumerated() {
        if turn.isMultiple(of: 1 << 16) { try checkCancellation() }
        fusion.add(boxes[Int(place)])
    }
    boxes = []
    return fusion.roundedGroups().sortedBestFirst()
}

/// The groups of a fusion that goes on.
private struct BoxFusion {
    struct Group {
        var box: PixelBox
        /// Sum of the scores.
        var weight: Double
        var count: Int32
        var label: Int32

        var score: Float { Float(weight / Double(count)) }

        mutating func add(_ other: PixelBox, score: Double) {
            weight += score
            count += 1
            // Where all scores are zero, the first box stays.
            guard weight > 0 else { return }
            let share = score / weight
            box.x0 += (other.x0 - box.x0) * share
            box.y0 += (other.y0 - box.y0) * share
            box.x1 += (other.x1 - box.x1) * share
            box.y1 += (other.y1 - box.y1) * share
        }
    }

    private let iouThreshold: Float
    private let acrossClasses: Bool
    private var index: BoxIndex
    private(set) var groups: [Group] = []

    init(capacity: Int, iouThreshold: Float, acrossClasses: Bool) {
        (self.iouThreshold, self.acrossClasses) = (iouThreshold, acrossClasses)
        index = BoxIndex(capacity: capacity, iouThreshold: iouThreshold)
    }

    /// Adds the next best.
    mutating func add(_ detection: CompactDetection) {
        let box = PixelBox(detection)
        let key = acrossClasses ? 0 : detection.label
        var (best, bestIoU) = (Int.max, 0.0)
        index.visit(near: box, group: key) { number in
            let group = groups[number]
            guard acrossClasses || group.label == detection.label else { return false }
            let iou = group.box.iou(with: box)
            // Of equal ones the group that began first.
            if iou > bestIoU || (iou == bestIoU && number < best) { (best, bestIoU) = (number, iou) }
            return false
        }
        if best < Int.max, Float(bestIoU) > iouThreshold {
            groups[best].add(box, score: Double(detection.score))
            index.move(best, to: groups[best].box, group: key)
        } else {
            index.insert(box, group: key)
            groups.append(
                Group(box: box, weight: Double(detection.score), count: 1, label: detection.label))
        }
    }

    consuming func roundedGroups() -> [CompactDetection] {
        groups.map { group in
            let box = group.box
            return CompactDetection(
                x0: Int32(box.x0.rounded()), y0: Int32(box.y0.rounded()), x1: Int32(box.x1.rounded()),
                y1: Int32(box.y1.rounded()), label: group.label, score: group.score)
        }
    }
}

extension PixelBox {
    /// Intersection over union, in `0...1`; 0 where they share nothing.
    fileprivate func iou(with other: PixelBox) -> Double {
        let commonWidth = min(x1, other.x1) - max(x0, other.x0)
        let commonHeight = min(y1, other.y1) - max(y0, other.y0)
        guard commonWidth > 0, commonHeight > 0 else { return 0 }
        let common = commonWidth * commonHeight
        return common / (width * height + other.width * other.height - common)
    }
}
