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
        let first = entries.partitionPoint { $0.cell < cells.lowerBound }
        let end = entries.partitionPoint { $0.cell < cells.upperBound }
        return entries[first..<end]
    }
}
