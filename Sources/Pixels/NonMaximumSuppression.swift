/// Keeps the best of each group of overlapping detections with one label.
///
/// A detection is dropped when its IoU with a better kept one exceeds `iouThreshold`. Equal scores go by
/// position, so the result does not depend on the order in which blocks end.
///
/// - Parameter detections: in any order; boxes in scene pixels.
/// - Parameter iouThreshold: in `0...1`.
/// - Returns: the kept ones, best first. About O(*n*) for boxes of similar size that are spread over a scene: kept
///   boxes are looked up in a grid whose cells are as large as the largest box.
/// - Source: greedy NMS, as `torchvision.ops.batched_nms`.
public func nonMaximumSuppression(_ detections: [Detection], iouThreshold: Float) -> [Detection] {
    let cellSide = max(1, detections.lazy.map { max($0.box.width, $0.box.height) }.max() ?? 1)
    var keptInCell: [Cell: [Detection]] = [:]
    var kept: [Detection] = []
    for candidate in detections.sorted(by: Detection.isBetter) {
        let cells = Cell.covering(candidate.box, side: cellSide)
        let isDuplicate = cells.contains { cell in
            keptInCell[cell, default: []].contains {
                $0.label == candidate.label && $0.box.iou(with: candidate.box) > iouThreshold
            }
        }
        guard !isDuplicate else { continue }
        kept.append(candidate)
        for cell in cells { keptInCell[cell, default: []].append(candidate) }
    }
    return kept
}

/// One square of the grid that holds kept detections.
private struct Cell: Hashable {
    var column: Int
    var row: Int

    static func covering(_ box: PixelRect, side: Int) -> [Cell] {
        let columns = box.x0.floorDivided(by: side)...max(box.x0, box.x1 - 1).floorDivided(by: side)
        let rows = box.y0.floorDivided(by: side)...max(box.y0, box.y1 - 1).floorDivided(by: side)
        return rows.flatMap { row in columns.map { Cell(column: $0, row: row) } }
    }
}

extension Int {
    fileprivate func floorDivided(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
