/// Finds the boxes near a place without looking at all of them.
///
/// A box stands in the cell of its top left corner, and no box is larger than its cell. Large boxes stand in large cells, so that one of
/// them does not slow the search for small ones down.
package struct BoxGrid {
    private struct Cell: Hashable {
        var level: Int
        var column: Int
        var row: Int
    }

    private var indicesInCell: [Cell: [Int]] = [:]
    /// All boxes of each level.
    private var indicesOfLevel: [[Int]] = []
    /// Smaller cells would be more than the boxes in them.
    private static let smallestSide = 32

    package init(_ boxes: [PixelRect]) {
        for (index, box) in boxes.enumerated() {
            var level = 0
            while Self.side(ofLevel: level) < max(box.width, box.height) { level += 1 }
            while indicesOfLevel.count <= level { indicesOfLevel.append([]) }
            indicesOfLevel[level].append(index)
            let cell = Cell(
                level: level, column: Self.cell(of: box.x0, level), row: Self.cell(of: box.y0, level))
            indicesInCell[cell, default: []].append(index)
        }
    }

    private static func side(ofLevel level: Int) -> Int { smallestSide << level }

    /// The indices of all boxes that may overlap `box` so much, each once.
    ///
    /// - Parameter leastIoU: in `0...1`; 0 for all that may touch it. The IoU of two boxes is at most the quotient of their longer sides, so
    ///   that much larger and much smaller boxes are passed over.
    package func indices(near box: PixelRect, leastIoU: Float = 0) -> [Int] {
        var found: [Int] = []
        let length = Double(max(box.width, box.height))
        // A little less, because IoUs are rounded.
        let leastQuotient = 0.999 * Double(leastIoU)
        for (level, all) in indicesOfLevel.enumerated() where !all.isEmpty {
            let side = Self.side(ofLevel: level)
            // The longer side of each box here is at most `side`, and more than half of it but at the first level.
            let smallest = level == 0 ? 0 : Double(side) / 2
            guard Double(side) >= leastQuotient * length, leastQuotient * smallest <= length else { continue }
            let rows = Self.cell(of: box.y0 - side, level)...Self.cell(of: box.y1, level)
            let columns = Self.cell(of: box.x0 - side, level)...Self.cell(of: box.x1, level)
            guard rows.count * columns.count <= all.count else {
                found += all
                continue
            }
            for row in rows {
                for column in columns {
                    found += indicesInCell[Cell(level: level, column: column, row: row), default: []]
                }
            }
        }
        return found
    }

    /// Rounds down, so that cells left of the origin are as wide as the others.
    private static func cell(of x: Int, _ level: Int) -> Int {
        let side = side(ofLevel: level)
        return x >= 0 ? x / side : -((-x + side - 1) / side)
    }
}
