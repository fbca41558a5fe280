import Files
import Pixels

/// Finds JPEG tiles of a slide that are damaged. OpenSlide shows grey for what such a tile lacks, and tells nobody.
///
/// It knows slides that are TIFF files with a plain grid of tiles for each level: those of Aperio, Philips and Trestle. A tile is read
/// once more, when it is shown for the first time, and decoded without making pixels of it.
///
/// Use it from one thread at a time.
final class SlideTileCheck {
    /// A level's tiles, of one TIFF directory.
    private struct Grid {
        var tileWidth: Int
        var tileHeight: Int
        var columnCount: Int
        var rowCount: Int
        var offsets: TIFFHead.Entry
        var byteCounts: TIFFHead.Entry
        /// What all tiles have in common, as the beginning of a JPEG picture; empty where each has its own.
        var tables: [UInt8]
    }

    private struct Place: Hashable {
        var level: Int
        var column: Int
        var row: Int
    }

    /// Vendors whose slides have plain grids.
    private static let vendors = ["aperio", "philips", "trestle"]
    /// More directories are not looked at.
    private static let directoryLimit = 1000
    /// JPEG data that only its own tables are missing, of the new kind.
    private static let jpegCompression = 7
    /// A tile with more bytes is damaged.
    private static let tileByteLimit = 1 << 28

    private let file: FileReader
    private let head: TIFFHead
    /// By OpenSlide's number of the level; `nil` where its tiles cannot be checked.
    private let grids: [Grid?]
    /// By level, row and column, whether a tile was found to be sound.
    private var isSound: [[Bool]]
    /// What is wrong with tiles that are damaged.
    private var damage: [Place: String] = [:]
    private let decoder: JPEGDecoder

    /// What OpenSlide says of a level.
    struct Level {
        var width: Int
        var height: Int
        var tileWidth: Int
        var tileHeight: Int
    }

    /// - Parameter path: of the slide.
    /// - Parameter levels: all of OpenSlide's.
    /// - Returns: `nil` where tiles cannot be found by their places.
    init?(path: String, vendor: String, levels: [Level]) throws(RasterError) {
        guard Self.vendors.contains(vendor) else { return nil }
        let file: FileReader
        let head: TIFFHead
        var directories: [TIFFHead.Directory] = []
        var grids: [Grid?] = []
        do throws(FileError) {
            file = try FileReader(path: path)
            guard let found = try TIFFHead(of: file) else { return nil }
            head = found
            var next: Int? = found.firstDirectory
            while let offset = next, directories.count < Self.directoryLimit {
                directories.append(try found.directory(at: offset, in: file))
                next = directories.last?.next
            }
            let tiled = directories.filter { $0.entries[Tag.tileWidth] != nil }
            guard tiled.count == levels.count else { return nil }
            for (directory, level) in zip(tiled, levels) {
                grids.append(try Self.grid(directory, level, vendor, head, file))
            }
        } catch {
            throw RasterError(error)
        }
        guard grids.contains(where: { $0 != nil }) else { return nil }
        (self.file, self.head) = (file, head)
        self.grids = grids
        isSound = grids.map { [Bool](repeating: false, count: $0?.offsets.count ?? 0) }
        decoder = try JPEGDecoder(path: path)
    }

    private enum Tag {
        static let (width, height) = (256, 257)
        static let (compression, planarConfiguration) = (259, 284)
        static let (tileWidth, tileHeight) = (322, 323)
        static let (tileOffsets, tileByteCounts) = (324, 325)
        static let tables = 347
    }

    /// - Returns: `nil` where the directory is not that level, or holds no JPEG tiles.
    private static func grid(
        _ directory: TIFFHead.Directory, _ level: Level, _ vendor: String, _ head: TIFFHead,
        _ file: FileReader
    ) throws(FileError) -> Grid? {
        func number(_ tag: Int) throws(FileError) -> Int? {
            try head.number(of: directory.entries[tag], in: file)
        }
        guard try number(Tag.compression) == jpegCompression, try number(Tag.planarConfiguration) ?? 1 == 1,
            let width = try number(Tag.width), let height = try number(Tag.height),
            let tileWidth = try number(Tag.tileWidth), let tileHeight = try number(Tag.tileHeight),
            let offsets = directory.entries[Tag.tileOffsets],
            let byteCounts = directory.entries[Tag.tileByteCounts],
            tileWidth == level.tileWidth, tileHeight == level.tileHeight, tileWidth > 0, tileHeight > 0,
            // Philips' directories count whole tiles.
            vendor == "philips"
                ? width >= level.width && height >= level.height
                : (width, height) == (level.width, level.height)
        else { return nil }
        let columnCount = (width + tileWidth - 1) / tileWidth
        let rowCount = (height + tileHeight - 1) / tileHeight
        let (tileCount, isTooLarge) = columnCount.multipliedReportingOverflow(by: rowCount)
        guard !isTooLarge, tileCount == offsets.count, tileCount == byteCounts.count else { return nil }
        var tables: [UInt8] = []
        if let entry = directory.entries[Tag.tables] { tables = try head.bytes(of: entry, in: file) }
        return Grid(
            tileWidth: tileWidth, tileHeight: tileHeight, columnCount: columnCount, rowCount: rowCount,
            offsets: offsets, byteCounts: byteCounts, tables: tables)
    }

    /// What is wrong with the first damaged tile among those that a part of a level is made of; `nil` where nothing is.
    ///
    /// - Parameter level: OpenSlide's number of it.
    /// - Parameter part: in pixels of the level; it may reach beyond it.
    func damage(level: Int, part: PixelRect) throws(RasterError) -> String? {
        guard grids.indices.contains(level), let grid = grids[level] else { return nil }
        let columnEnd = min(grid.columnCount, (part.x1 + grid.tileWidth - 1) / grid.tileWidth)
        let rowEnd = min(grid.rowCount, (part.y1 + grid.tileHeight - 1) / grid.tileHeight)
        let columns = min(part.x0 / grid.tileWidth, columnEnd)..<columnEnd
        let rows = min(part.y0 / grid.tileHeight, rowEnd)..<rowEnd
        for row in rows {
            for column in columns {
                let index = row * grid.columnCount + column
                guard !isSound[level][index] else { continue }
                let place = Place(level: level, column: column, row: row)
                if let known = damage[place] { return known }
                guard let words = try damage(of: grid, index) else {
                    isSound[level][index] = true
                    continue
                }
                let (x, y) = (column * grid.tileWidth, row * grid.tileHeight)
                let size = "\(grid.tileWidth)x\(grid.tileHeight)"
                let text = "its tile of \(size) pixels at \(x),\(y) of level \(level) is damaged: \(words)"
                damage[place] = text
                return text
            }
        }
        return nil
    }

    private func damage(of grid: Grid, _ index: Int) throws(RasterError) -> String? {
        let bytes: [UInt8]
        do throws(FileError) {
            guard let offset = try head.number(index, of: grid.offsets, in: file),
                let byteCount = try head.number(index, of: grid.byteCounts, in: file)
            else { return "the table of tiles is truncated" }
            // OpenSlide shows nothing, or the next smaller level.
            guard byteCount > 0 else { return nil }
            guard byteCount <= Self.tileByteLimit else { return "it would have \(byteCount) bytes" }
            bytes = try file.bytes(byteCount, at: offset)
        } catch {
            throw RasterError(error)
        }
        // The tables end with a mark of the end, and a tile begins with one of the beginning.
        let picture = grid.tables.count < 4 ? bytes : Array(grid.tables.dropLast(2) + bytes.dropFirst(2))
        return picture.withUnsafeBytes { decoder.damage(in: $0) }
    }
}
