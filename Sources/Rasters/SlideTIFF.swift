/// What would stand in a file if a slide were a TIFF: a directory for each pyramid level, tables of the tiles' places, and tiles of
/// red, green, blue and opacity that are not compressed.
///
/// - Source: TIFF 6.0, and Adobe's BigTIFF with numbers of eight bytes.
struct SlideTIFF: Hashable, Sendable {
    /// In pixels.
    static let tileSide = 512
    static let tileByteCount = tileSide * tileSide * 4
    private static let headerByteCount = 16
    private static let entryByteCount = 20

    struct Level: Hashable, Sendable {
        var width: Int
        var height: Int
        /// OpenSlide's of the level; 0 is the largest.
        var number: Int
        /// How many pixels of the largest level are one of this, along each side.
        var downsample: Double

        var columnCount: Int { (width + tileSide - 1) / tileSide }
        var rowCount: Int { (height + tileSide - 1) / tileSide }
        var tileCount: Int { columnCount * rowCount }
    }

    /// The largest first.
    let levels: [Level]
    /// Header and directories.
    private let head: [UInt8]
    /// Where each level's table of places begins; that of sizes follows it.
    private let tableOffsets: [Int]
    /// Where each level's tiles begin; at the end, how long the whole is.
    private let tileOffsets: [Int]

    /// - Returns: `nil` where there is no level, or one has a size that no TIFF can have.
    init?(levels: [Level]) {
        let sides = 1...Int(Int32.max)
        guard !levels.isEmpty,
            levels.allSatisfy({
                sides.contains($0.width) && sides.contains($0.height) && $0.downsample.isFinite
                    && $0.downsample >= 1
            })
        else { return nil }
        // Levels of one size are no pyramid.
        let levels = levels.enumerated().filter { index, level in
            index == 0 || (level.width < levels[0].width && level.height <= levels[0].height)
        }.map(\.element)
        self.levels = levels
        let directoryByteCount = 8 + Self.tagCount * Self.entryByteCount + 8
        var end = Self.headerByteCount + levels.count * directoryByteCount
        var tableOffsets: [Int] = []
        for level in levels {
            tableOffsets.append(end)
            end += 16 * level.tileCount
        }
        var tileOffsets: [Int] = []
        for level in levels {
            tileOffsets.append(end)
            end += level.tileCount * Self.tileByteCount
        }
        (self.tableOffsets, self.tileOffsets) = (tableOffsets, tileOffsets + [end])
        var head: [UInt8] = [0x49, 0x49, 43, 0, 8, 0, 0, 0] + Self.bytes(Self.headerByteCount)
        for (index, level) in levels.enumerated() {
            let next = Self.headerByteCount + (index + 1) * directoryByteCount
            head += Self.directory(
                level, isReduced: index > 0, table: tableOffsets[index], tiles: tileOffsets[index],
                next: index + 1 < levels.count ? next : 0)
        }
        self.head = head
    }

    var byteCount: Int { tileOffsets.last ?? 0 }

    /// What stands at a place.
    enum Piece: Hashable {
        /// Bytes from there on, at least one.
        case bytes([UInt8])
        /// A tile, of which so many bytes lie before the place.
        case tile(column: Int, row: Int, level: Int, skipped: Int)
        /// Nothing: it is the end.
        case end
    }

    func piece(at offset: Int) -> Piece {
        if offset < head.count { return .bytes(Array(head[offset...])) }
        guard offset < byteCount else { return .end }
        if let level = tileOffsets.lastIndex(where: { $0 <= offset }) {
            let (tile, skipped) = (offset - tileOffsets[level]).quotientAndRemainder(
                dividingBy: Self.tileByteCount)
            let (row, column) = tile.quotientAndRemainder(dividingBy: levels[level].columnCount)
            return .tile(column: column, row: row, level: level, skipped: skipped)
        }
        let level = tableOffsets.lastIndex { $0 <= offset } ?? 0
        let (entry, skipped) = (offset - tableOffsets[level]).quotientAndRemainder(dividingBy: 8)
        let count = levels[level].tileCount
        let number =
            entry < count ? tileOffsets[level] + entry * Self.tileByteCount : Self.tileByteCount
        return .bytes(Array(Self.bytes(number)[skipped...]))
    }

    private static let tagCount = 13

    /// - Parameter table: where the table of places begins; as `tiles`, where the first tile does.
    private static func directory(
        _ level: Level, isReduced: Bool, table: Int, tiles: Int, next: Int
    ) -> [UInt8] {
        let (short, long, offset) = (3, 4, 16)
        // Four numbers of two bytes fit where an offset would stand; so does the place of one tile.
        let eightBits = 8 | 8 << 16 | 8 << 32 | 8 << 48
        let isSingle = level.tileCount == 1
        let places = isSingle ? tiles : table
        let sizes = isSingle ? tileByteCount : table + 8 * level.tileCount
        let tags: [(tag: Int, type: Int, count: Int, value: Int)] = [
            (254, long, 1, isReduced ? 1 : 0), (256, long, 1, level.width), (257, long, 1, level.height),
            (258, short, 4, eightBits), (259, short, 1, 1), (262, short, 1, 2), (277, short, 1, 4),
            (284, short, 1, 1), (322, long, 1, tileSide), (323, long, 1, tileSide),
            (324, offset, level.tileCount, places), (325, offset, level.tileCount, sizes), (338, short, 1, 2),
        ]
        precondition(tags.count == tagCount)
        return bytes(tags.count)
            + tags.flatMap {
                Array(bytes($0.tag)[..<2]) + Array(bytes($0.type)[..<2]) + bytes($0.count) + bytes($0.value)
            } + bytes(next)
    }

    /// Eight bytes, the least significant first.
    private static func bytes(_ number: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
