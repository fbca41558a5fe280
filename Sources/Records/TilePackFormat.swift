/// A `.tiles` file: canvases of pixels, and where on them the tiles lie.
///
/// All numbers are little endian.
///
/// | from | bytes | what |
/// |---|---|---|
/// | 0 | 64 | header, below |
/// | 64 | `pixelByteCount` | canvases, one after the other, `[H, W, 3]` RGB |
/// | then | `indexByteCount` | index, below |
/// | then | 4 per block | CRC-32C of each block of `blockByteCount` bytes of pixels and index; the last may be shorter |
///
/// Header: magic (8 bytes), version, tile width, tile height, zero (4 bytes each), number of tiles, pixel bytes,
/// index bytes, number of classes (8 bytes each), CRC-32C of the table of CRCs, CRC-32C of the 60 bytes before.
///
/// Index: for each class its name (length in 4 bytes, UTF-8). Number of canvases (8 bytes), then for each: width,
/// height (4 bytes each). Number of grids (8 bytes), then for each: canvas, x0, y0, stride, columns, rows, label
/// (4 bytes each); where the label is `labelsFollow`, a label of 2 bytes for each window comes after the last grid,
/// grid by grid. The tiles are the windows of the first grid, row by row, then those of the second, and so on.
/// In version 2 a last part says how the pack was made (`TilePackOrigin`): its length in 4 bytes, then JSON. A pack without it
/// is written as version 1.
///
/// Packed single tiles are a canvas one tile wide, with a grid of one column.
enum TilePackFormat {
    /// Begins with a byte that no text has, and breaks when a program "corrects" line ends, as PNG's does.
    static let magic: [UInt8] = [0x89] + Array("TILES\r\n".utf8)
    /// The first is without `TilePackOrigin`, the second with it.
    static let versions: ClosedRange<UInt32> = 1...2
    static let headerByteCount = 64
    static let blockByteCount = 1 << 20
    static let labelsFollow = UInt32.max
    /// What the file's labels can tell apart.
    static let classCountLimit = 1 << 16
    static let tileSideLimit = 1 << 14
    /// A column of single tiles ends here and a new one begins, because a side has 4 bytes.
    static let columnHeightLimit = 1 << 30
    static let tileCountLimit = Int(UInt32.max)
    /// The index is held in memory: this is enough for five hundred million single tiles, or forty million windows of a class
    /// each.
    static let indexByteLimit = 1 << 30
    /// 64 TiB: their table of checksums, which is read whole, then has at most 256 MiB.
    static let pixelByteLimit = 1 << 46

    static func blockCount(_ byteCount: Int) -> Int { (byteCount + blockByteCount - 1) / blockByteCount }

    /// The first of some class names that stands there for the second time: no model could tell the two apart.
    static func repeatedName(in names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}

/// The header's counts.
struct TilePackHeader {
    var version: UInt32
    var tileWidth: Int
    var tileHeight: Int
    var tileCount: Int
    var pixelByteCount: Int
    var indexByteCount: Int
    var classCount: Int
    var checksumOfChecksums: UInt32
}

/// Where the tiles of a pack lie and what they are.
struct TilePackIndex {
    struct Canvas {
        var width: Int
        var height: Int
        var byteCount: Int { width * height * 3 }
    }
    struct Grid {
        var canvas: Int
        var windows: WindowGrid
    }
    var classNames: [String]
    var canvases: [Canvas] = []
    var grids: [Grid] = []
    var origin: TilePackOrigin?

    /// Which a file with this index has.
    var version: UInt32 { origin == nil ? 1 : 2 }
    var tileCount: Int { grids.reduce(0) { $0 + $1.windows.count } }
    var pixelByteCount: Int { canvases.reduce(0) { $0 + $1.byteCount } }
    /// Length of what `encoded` makes.
    var byteCount: Int {
        let names = classNames.reduce(0) { $0 + 4 + $1.utf8.count }
        let windows = grids.reduce(0) { byteCount, grid in
            if case .each(let labels) = grid.windows.labels {
                byteCount + 28 + 2 * labels.count
            } else {
                byteCount + 28
            }
        }
        return names + 8 + 8 * canvases.count + 8 + windows + (origin.map { 4 + $0.encoded.count } ?? 0)
    }
}
