package import Pixels

/// Disjoint rectangles of about one size that cover a whole upright scene: the units of which an audit draws some.
///
/// Every place of the scene lies in exactly one cell, whatever windows, scales and views the scan had.
package struct AuditCells: Hashable, Sendable, Codable {
    /// Of the whole upright scene, in its own pixels.
    package let width: Int
    /// Of the whole upright scene, in its own pixels.
    package let height: Int
    package let columnCount: Int
    package let rowCount: Int

    /// - Parameter side: of a cell in pixels, about.
    package init(width: Int, height: Int, side: Int) {
        precondition(width > 0 && height > 0 && side > 0)
        (self.width, self.height) = (width, height)
        func count(_ length: Int) -> Int { max(1, Int((Double(length) / Double(side)).rounded())) }
        (columnCount, rowCount) = (count(width), count(height))
    }

    /// More cells than this are too many to tell apart in memory.
    package static let countLimit = 1 << 28

    /// Whether these are cells that there can be; for what was read from a file.
    package var isPossible: Bool {
        let lengths = 1...1 << 29
        return lengths.contains(width) && lengths.contains(height) && (1...width).contains(columnCount)
            && (1...height).contains(rowCount) && count <= Self.countLimit
    }

    package var count: Int { rowCount * columnCount }

    /// Cells go by row, then by column.
    package func rect(ofCell cell: Int) -> PixelRect {
        let (row, column) = cell.quotientAndRemainder(dividingBy: columnCount)
        return PixelRect(
            x0: Self.bound(column, of: columnCount, width), y0: Self.bound(row, of: rowCount, height),
            x1: Self.bound(column + 1, of: columnCount, width),
            y1: Self.bound(row + 1, of: rowCount, height))
    }

    /// The cell in which a box has its centre; of a centre beside the scene, the nearest.
    package func cell(of box: PixelRect) -> Int {
        let column = Self.index(box.x0 + box.x1, of: columnCount, width)
        return Self.index(box.y0 + box.y1, of: rowCount, height) * columnCount + column
    }

    /// Which cells have their centres in some polygons, by cell.
    package func areInside(_ area: ScanArea) -> [Bool] {
        var inside = [Bool](repeating: false, count: count)
        let centres = self.centres
        for polygon in area.polygons {
            for cell in centres.cells(in: polygon).joined() { inside[cell] = true }
        }
        return inside
    }

    /// To find the cells of many polygons.
    package var centres: AuditCellCentres {
        func centres(_ count: Int, _ length: Int) -> [Double] {
            (0..<count).map {
                Double(Self.bound($0, of: count, length) + Self.bound($0 + 1, of: count, length)) / 2
            }
        }
        return AuditCellCentres(x: centres(columnCount, width), y: centres(rowCount, height))
    }

    /// Where the part of this number begins, of some parts of a length.
    private static func bound(_ number: Int, of count: Int, _ length: Int) -> Int { number * length / count }

    /// - Parameter centre: twice the place.
    private static func index(_ centre: Int, of count: Int, _ length: Int) -> Int {
        let place = min(max(0, centre), 2 * length - 1)
        // Bounds are rounded down, so that the place may lie one part further.
        let guess = min(count - 1, place * count / (2 * length))
        return guess + 1 < count && place >= 2 * bound(guess + 1, of: count, length) ? guess + 1 : guess
    }
}
