/// Objects that have been picked, so that none is picked twice.
///
/// A pick is kept in the cell of its top left corner. Large ones are in large cells, as in `BoxGrid` of `Pixels`.
struct TakenObjects {
    private struct Cell: Hashable {
        var scene: Int32
        var level: Int
        var column: Int
        var row: Int
    }

    private let places: [Candidates.Place]
    private let groups: [Int32]
    private let greatestIoU: Float
    private var takenGroups: Set<Int32> = []
    private var placesInCell: [Cell: [Candidates.Place]] = [:]
    /// How many cells of each level are in use.
    private var cellCounts: [Int] = []

    init(_ candidates: Candidates, greatestIoU: Float) {
        places = candidates.places
        groups = candidates.groups
        self.greatestIoU = greatestIoU
    }

    mutating func take(_ item: Int) {
        if !groups.isEmpty, groups[item] >= 0 { takenGroups.insert(groups[item]) }
        guard !places.isEmpty, places[item].scene >= 0 else { return }
        let place = places[item]
        let level = place.cellLevel
        while cellCounts.count <= level { cellCounts.append(0) }
        let cell = Cell(
            scene: place.scene, level: level, column: Int(place.x0) >> level, row: Int(place.y0) >> level)
        if placesInCell[cell] == nil { cellCounts[level] += 1 }
        placesInCell[cell, default: []].append(place)
    }

    /// Whether the item shows an object that is taken.
    func contains(_ item: Int) -> Bool {
        if !groups.isEmpty, groups[item] >= 0, takenGroups.contains(groups[item]) { return true }
        guard !places.isEmpty, places[item].scene >= 0 else { return false }
        let place = places[item]
        return cellCounts.indices.contains { level in cellCounts[level] > 0 && overlaps(place, level) }
    }

    private func overlaps(_ place: Candidates.Place, _ level: Int) -> Bool {
        // No box of a level is larger than its cells.
        let rows = (Int(place.y0) >> level) - 1...Int(place.y1) >> level
        let columns = (Int(place.x0) >> level) - 1...Int(place.x1) >> level
        guard rows.count * columns.count <= cellCounts[level] else {
            return placesInCell.contains { cell, taken in cell.level == level && overlaps(place, taken) }
        }
        for row in rows {
            for column in columns {
                let cell = Cell(scene: place.scene, level: level, column: column, row: row)
                if let taken = placesInCell[cell], overlaps(place, taken) { return true }
            }
        }
        return false
    }

    private func overlaps(_ place: Candidates.Place, _ taken: [Candidates.Place]) -> Bool {
        taken.contains { $0.iou(with: place) > greatestIoU }
    }

}

extension Candidates.Place {
    /// The size of the cells in which the place is kept: a cell's side is 2 to the power of the level. It is at least 32, and at least as
    /// long as the place's longer side.
    var cellLevel: Int { max(5, Int.bitWidth - max(longerSide - 1, 0).leadingZeroBitCount) }
}
