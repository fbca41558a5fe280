/// The places of a list's elements, sorted by the cells that the elements lie in.
package struct PlacesByCell: Sendable {
    /// By cell, then by place.
    private let entries: [(cell: Int, place: Int)]

    /// - Parameter cells: of each element.
    package init(_ cells: [Int]) {
        entries = cells.enumerated().map { (cell: $1, place: $0) }.sorted {
            ($0.cell, $0.place) < ($1.cell, $1.place)
        }
    }

    /// The elements in some cells. O(log *n*).
    package func entries(in cells: Range<Int>) -> ArraySlice<(cell: Int, place: Int)> {
        entries[firstEntry(from: cells.lowerBound)..<firstEntry(from: cells.upperBound)]
    }

    /// The first entry of this cell or a later one.
    private func firstEntry(from cell: Int) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].cell < cell { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
