/// The centres of an audit's cells: a cell belongs to the polygons that its centre lies in.
package struct AuditCellCentres: Sendable {
    /// The centre of each column, ascending, in pixels of the whole upright scene.
    private let x: [Double]
    /// The centre of each row, as `x`.
    private let y: [Double]

    init(x: [Double], y: [Double]) { (self.x, self.y) = (x, y) }

    /// The cells of a polygon as ranges of their numbers, ascending, each cell once.
    ///
    /// Cost: that of the polygon's corners and of the rows of cells that it touches, however many cells the scene has.
    ///
    /// - Parameter polygon: as in `ScanArea.polygons`.
    package func cells(in polygon: [[Double]]) -> [Range<Int>] {
        ScanArea.runs(in: polygon, centresX: x, centresY: y).map { row, columns in
            let start = row * x.count
            return start + columns.lowerBound..<start + columns.upperBound
        }
    }
}
