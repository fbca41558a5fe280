/// Finds the places near one of many, of which none is added later.
///
/// A place lies in the cell of its top left corner; cells are in lists of one array, by a hash of where they are. Building it takes a few
/// passes over the places, and no memory for each cell.
struct PlaceIndex {
    private let places: [Candidates.Place]
    /// Where the list of each hash begins in `items`, and where the last one ends.
    private var starts: [UInt32]
    private var items: [UInt32]
    private let levels: [Int]
    private let mask: UInt64

    /// - Parameter isIn: whether an item is to be found. Items without a place never are.
    init(_ places: [Candidates.Place], isIn: (Int) -> Bool) {
        self.places = places
        var size = 1
        while size < min(places.count, 1 << 30) { size *= 2 }
        mask = UInt64(size - 1)
        // The hash of each item; none for those that are not found.
        var hashes = [UInt32](repeating: .max, count: places.count)
        var counts = [UInt32](repeating: 0, count: size + 1)
        var levels: Set<Int> = []
        for item in places.indices where places[item].scene >= 0 && isIn(item) {
            let (place, level) = (places[item], places[item].cellLevel)
            levels.insert(level)
            hashes[item] = Self.hash(
                place.scene, level, Int(place.x0) >> level, Int(place.y0) >> level, mask)
            counts[Int(hashes[item]) + 1] += 1
        }
        self.levels = levels.sorted()
        for hash in 1..<counts.count { counts[hash] += counts[hash - 1] }
        starts = counts
        items = .init(repeating: 0, count: Int(counts[size]))
        var next = starts
        for item in places.indices where hashes[item] != .max {
            items[Int(next[Int(hashes[item])])] = UInt32(item)
            next[Int(hashes[item])] += 1
        }
    }

    /// Calls `body` for all items that may overlap one, and for others, some of them twice, until it returns false.
    func forEach(near item: Int, _ body: (Int) -> Bool) {
        let place = places[item]
        guard place.scene >= 0 else { return }
        for level in levels {
            // No box of a level is larger than its cells.
            for row in (Int(place.y0) >> level) - 1...Int(place.y1) >> level {
                for column in (Int(place.x0) >> level) - 1...Int(place.x1) >> level {
                    let hash = Int(Self.hash(place.scene, level, column, row, mask))
                    for entry in starts[hash]..<starts[hash + 1] {
                        let other = Int(items[Int(entry)])
                        guard other == item || body(other) else { return }
                    }
                }
            }
        }
    }

    private static func hash(_ scene: Int32, _ level: Int, _ column: Int, _ row: Int, _ mask: UInt64)
        -> UInt32
    {
        // Odd numbers of 64 bits, as for multiplicative hashing; the upper bits are the mixed ones.
        var bits = UInt64(bitPattern: Int64(scene)) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ UInt64(bitPattern: Int64(column))) &* 0xC2B2_AE3D_27D4_EB4F
        bits = (bits ^ UInt64(bitPattern: Int64(row)) ^ UInt64(level) << 40) &* 0x1656_67B1_9E37_79F9
        return UInt32(truncatingIfNeeded: (bits ^ bits >> 32) & mask)
    }
}
