/// Finds the objects of a scene whose boxes touch a rectangle.
struct ObjectIndex {
    private struct Cell: Hashable {
        var column: Int
        var row: Int
    }

    private let objects: [CutObject]
    /// Side of a cell, in pixels of the scene.
    private let side: Double
    private var members: [Cell: [Int]] = [:]
    /// Those that are so large that they stand in no cell.
    private var large: [Int] = []
    /// A box that touches more cells is looked at each time.
    private static let cellLimit = 256

    init(_ objects: [CutObject]) {
        self.objects = objects
        let sizes = objects.map { max($0.x1 - $0.x0, $0.y1 - $0.y0) }.sorted()
        side = sizes.isEmpty ? 1 : max(16, 2 * sizes[sizes.count / 2])
        for (number, object) in objects.enumerated() {
            let cells = cells(object.x0, object.y0, object.x1, object.y1)
            guard let cells else {
                large.append(number)
                continue
            }
            for cell in cells { members[cell, default: []].append(number) }
        }
    }

    /// The cells that a rectangle touches; `nil` for too many.
    private func cells(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) -> [Cell]? {
        func span(_ start: Double, _ end: Double) -> ClosedRange<Int> {
            // Beyond any scene, so that each is a number of a cell.
            let bounds = -1e12...1e12
            return Int(
                (min(max(start, bounds.lowerBound), bounds.upperBound) / side).rounded(.down))...Int(
                    (min(max(end, bounds.lowerBound), bounds.upperBound) / side).rounded(.down))
        }
        let (columns, rows) = (span(x0, x1), span(y0, y1))
        guard columns.count <= Self.cellLimit, rows.count <= Self.cellLimit,
            columns.count * rows.count <= Self.cellLimit
        else { return nil }
        return rows.flatMap { row in columns.map { Cell(column: $0, row: row) } }
    }

    /// The numbers of the objects that touch a rectangle, ascending.
    func touching(x0: Double, y0: Double, x1: Double, y1: Double) -> [Int] {
        func touches(_ number: Int) -> Bool {
            let object = objects[number]
            return object.x0 <= x1 && object.x1 >= x0 && object.y0 <= y1 && object.y1 >= y0
        }
        guard let cells = cells(x0, y0, x1, y1) else { return objects.indices.filter(touches) }
        var found = Set(large.filter(touches))
        for cell in cells {
            for number in members[cell] ?? [] where touches(number) { found.insert(number) }
        }
        return found.sorted()
    }
}
