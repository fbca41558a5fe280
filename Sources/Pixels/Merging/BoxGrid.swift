/// Finds the boxes near a place without looking at all of them: a box stands in the cell of its top left corner,
/// and no box is larger than a cell.
package struct BoxGrid {
    private let side: Int
    private var indicesInCell: [Cell: [Int]] = [:]

    private struct Cell: Hashable {
        var column: Int
        var row: Int
    }

    /// - Parameter cellSide: of a cell, unless a box is larger; right for any value, fast when about the side of
    ///   the boxes that are asked for.
    package init(_ boxes: [PixelRect], cellSide: Int) {
        side = boxes.reduce(max(1, cellSide)) { max($0, $1.width, $1.height) }
        for (index, box) in boxes.enumerated() {
            let cell = Cell(column: column(of: box.x0), row: column(of: box.y0))
            indicesInCell[cell, default: []].append(index)
        }
    }

    /// The indices of all boxes that may touch `box`, each once.
    package func indices(near box: PixelRect) -> [Int] {
        var found: [Int] = []
        for row in column(of: box.y0 - side)...column(of: box.y1) {
            for column in column(of: box.x0 - side)...column(of: box.x1) {
                found += indicesInCell[Cell(column: column, row: row), default: []]
            }
        }
        return found
    }

    /// Rounds down, so that cells left of the origin are as wide as the others.
    private func column(of x: Int) -> Int {
        x >= 0 ? x / side : -((-x + side - 1) / side)
    }
}
