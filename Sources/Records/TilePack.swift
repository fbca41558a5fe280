import Bytes
import Dispatch
import Files
public import Pixels
import Synchronization

/// A `.tiles` file: many RGB tiles of one size, each with its class.
///
/// The tiles are stored one by one, or are windows of stored canvases, which may overlap. A pack of up to a gibibyte is
/// held in memory from the moment it is opened; of a larger one each tile is read when it is asked for. Any number of
/// threads may do so. The file of a larger one must stay as it is: where it is rewritten in place, other pixels come.
public final class TilePack: Sendable {
    public let path: String
    /// Number of tiles.
    public let count: Int
    /// In pixels.
    public let tileWidth: Int
    /// In pixels.
    public let tileHeight: Int
    /// By label.
    public let classNames: [String]
    /// How the windows were made; `nil` of a pack of single tiles.
    public var origin: TilePackOrigin? { index.origin }

    let index: TilePackIndex
    /// The first tile of each grid.
    private let firstTiles: [Int]
    /// Where each canvas begins among the pixels, in bytes.
    private let canvasOffsets: [Int]
    private let file: FileReader
    /// All pixels; `nil` of a pack that is not held.
    private let heldPixels: [UInt8]?

    /// Larger packs are read tile by tile. A read of a stored tile of 3 kB takes 1.3 µs where a copy takes 0.5 µs; but a
    /// window of a canvas takes a read for each of its rows, 33 µs instead of 0.8 µs (AMD EPYC).
    private static let heldByteLimit = 1 << 30

    /// Opens a pack and checks all of it: the file's length, every block's checksum, every window and label.
    ///
    /// All at once rather than block by block on first use, so that damage shows before a training begins. Costs one pass
    /// over the file, on all cores.
    ///
    /// - Throws: `RecordsError`, with the damaged block where there is one.
    public convenience init(opening path: String) throws(RecordsError) {
        try self.init(opening: path, heldByteLimit: Self.heldByteLimit)
    }

    /// The same, holding packs of another size, for tests.
    package init(opening path: String, heldByteLimit: Int) throws(RecordsError) {
        do {
            let file = try FileReader(path: path)
            let header = try Self.header(of: file)
            let content = try Self.checkedContent(
                of: file, header, isHeld: header.pixelByteCount <= heldByteLimit)
            let index = try TilePackIndex(decoding: content.index, header: header)
            try file.checkUnchanged()
            (self.path, self.file, self.index) = (path, file, index)
            (count, classNames) = (header.tileCount, index.classNames)
            (tileWidth, tileHeight) = (header.tileWidth, header.tileHeight)
            heldPixels = content.pixels
        } catch {
            throw RecordsError(reading: error, "read the tile pack", path: path)
        }
        firstTiles = index.grids.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.windows.count) }
        canvasOffsets = index.canvases.reduce(into: [0]) {
            $0.append($0[$0.count - 1] + $1.byteCount)
        }
    }

    /// Whether tiles are windows that share pixels with others, such as `scatter` makes.
    public var hasOverlappingTiles: Bool {
        index.grids.contains { grid in
            let windows = grid.windows
            return windows.columns > 1 && windows.stride < tileWidth
                || windows.rows > 1 && windows.stride < tileHeight
        }
    }

    /// The class of a tile: an index into `classNames`.
    public func label(of tile: Int) -> Int {
        let (grid, window) = place(of: tile)
        return index.grids[grid].windows.label(of: window)
    }

    /// A copy of a tile.
    ///
    /// - Throws: where the file was cut since it was opened, or cannot be read, as the other ways to read a tile.
    public func tile(_ tile: Int) throws(RecordsError) -> Image {
        var pixels = [UInt8](repeating: 0, count: tileWidth * tileHeight * 3)
        var target = pixels.mutableSpan
        try copyTile(tile, into: &target)
        return Image(width: tileWidth, height: tileHeight, pixelsHWC: pixels)
    }

    /// Copies a tile to memory that is there already.
    ///
    /// - Parameter pixelsHWC: exactly `tileHeight * tileWidth * 3` bytes.
    public func copyTile(_ tile: Int, into pixelsHWC: inout MutableSpan<UInt8>) throws(RecordsError) {
        precondition(pixelsHWC.count == tileWidth * tileHeight * 3)
        try pixelsHWC.withUnsafeMutableBufferPointer { pixels throws(RecordsError) in
            try copy(tile, into: pixels, crop: .whole)
        }
    }

    /// Copies a tile, moved and mirrored as `crop` says; what moves in from outside the tile is black.
    ///
    /// - Parameter pixelsHWC: `tileHeight * tileWidth * 3` bytes.
    package func copy(
        _ tile: Int, into pixelsHWC: UnsafeMutableBufferPointer<UInt8>, crop: Crop
    ) throws(RecordsError) {
        let (grid, window) = place(of: tile)
        let corner = index.grids[grid].windows.corner(of: window)
        try copy(
            PixelRect(x: corner.x, y: corner.y, width: tileWidth, height: tileHeight),
            ofCanvas: index.grids[grid].canvas, into: pixelsHWC, crop: crop)
    }

    /// Copies a part of a canvas, mirrored and turned as `crop` says.
    ///
    /// - Parameter part: inside the canvas.
    /// - Parameter pixelsHWC: as many bytes as the part has.
    func copy(
        _ part: PixelRect, ofCanvas canvas: Int, into pixelsHWC: UnsafeMutableBufferPointer<UInt8>, crop: Crop
    ) throws(RecordsError) {
        let stride = index.canvases[canvas].width * 3
        let start = canvasOffsets[canvas] + part.y0 * stride + part.x0 * 3
        if let heldPixels {
            heldPixels.withUnsafeBytes { pixels in
                let last = start + (part.height - 1) * stride + part.width * 3
                let source = UnsafeRawBufferPointer(rebasing: pixels[start..<last])
                crop.copy(source, stride: stride, into: pixelsHWC, width: part.width, height: part.height)
            }
        } else {
            let rowByteCount = part.width * 3
            let rows = try readRows(part.height, of: rowByteCount, from: start, stride: stride)
            rows.withUnsafeBytes { rows in
                crop.copy(
                    rows, stride: rowByteCount, into: pixelsHWC, width: part.width, height: part.height)
            }
        }
    }

    /// Reads rows without what stands between them.
    ///
    /// - Parameter start: in bytes, among the pixels, as `stride`, from one row to the next.
    private func readRows(
        _ count: Int, of rowByteCount: Int, from start: Int, stride: Int
    ) throws(RecordsError) -> [UInt8] {
        let first = TilePackFormat.headerByteCount + start
        do throws(FileError) {
            guard stride > rowByteCount else { return try file.read(count * rowByteCount, at: first) }
            var rows: [UInt8] = []
            rows.reserveCapacity(count * rowByteCount)
            for row in 0..<count { rows += try file.read(rowByteCount, at: first + row * stride) }
            return rows
        } catch {
            throw RecordsError(reading: error)
        }
    }

    /// The grid that holds a tile, by bisection, and the window in it.
    private func place(of tile: Int) -> (grid: Int, window: Int) {
        precondition(tile >= 0 && tile < count, "tile \(tile) of \(count)")
        var (low, high) = (0, firstTiles.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if firstTiles[middle] <= tile { low = middle } else { high = middle }
        }
        return (low, tile - firstTiles[low])
    }
}

extension TilePack {
    private static func header(of file: FileReader) throws -> TilePackHeader {
        let header = try TilePackHeader(
            decoding: file.read(min(TilePackFormat.headerByteCount, file.byteCount), at: 0))
        guard header.fileByteCount == file.byteCount else {
            throw Malformed("it was truncated or has grown: \(file.byteCount) bytes")
        }
        return header
    }

    /// Reads all that stands between the header and the table of checksums, and compares every block with its checksum.
    ///
    /// - Parameter isHeld: whether the pixels are kept.
    private static func checkedContent(
        of file: FileReader, _ header: TilePackHeader, isHeld: Bool
    ) throws -> (pixels: [UInt8]?, index: [UInt8]) {
        let start = TilePackFormat.headerByteCount
        let byteCount = header.pixelByteCount + header.indexByteCount
        let checksums = try file.read(file.byteCount - start - byteCount, at: start + byteCount)
        guard CRC32C.checksum(checksums.span.bytes) == header.checksumOfChecksums else {
            throw Malformed("its table of checksums is damaged; pack again")
        }
        guard isHeld else {
            try checkBlocks(of: byteCount, checksums) { block throws(FileError) in
                let bytes = try file.read(block.count, at: start + block.lowerBound)
                return CRC32C.checksum(bytes.span.bytes)
            }
            return (nil, try file.read(header.indexByteCount, at: start + header.pixelByteCount))
        }
        var content = [UInt8](repeating: 0, count: byteCount)
        try content.withUnsafeMutableBytes { content in
            // Lent to the threads only while this call lasts; each has blocks of its own.
            nonisolated(unsafe) let content = content
            try checkBlocks(of: byteCount, checksums) { block throws(FileError) in
                let part = UnsafeMutableRawBufferPointer(rebasing: content[block])
                try file.read(into: part, at: start + block.lowerBound)
                return CRC32C.checksum(UnsafeRawBufferPointer(part).bytes)
            }
        }
        let index = Array(content[header.pixelByteCount...])
        content.removeLast(header.indexByteCount)
        return (content, index)
    }

    /// - Parameter checksum: of a block; called from many threads.
    private static func checkBlocks(
        of byteCount: Int, _ checksums: [UInt8],
        checksum: @Sendable (_ block: Range<Int>) throws(FileError) -> UInt32
    ) throws {
        let blockCount = checksums.count / 4
        let state = Mutex((firstDamaged: Int.max, failure: FileError?.none))
        DispatchQueue.concurrentPerform(iterations: blockCount) { block in
            let first = block * TilePackFormat.blockByteCount
            do throws(FileError) {
                let found = try checksum(first..<min(first + TilePackFormat.blockByteCount, byteCount))
                if found != checksums.littleEndianWord(block) {
                    state.withLock { $0.firstDamaged = min($0.firstDamaged, block) }
                }
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
        }
        let (firstDamaged, failure) = state.withLock { $0 }
        if let failure { throw failure }
        guard firstDamaged == .max else {
            throw Malformed("block \(firstDamaged) of \(blockCount) is damaged; pack again")
        }
    }
}

extension [UInt8] {
    /// The number of 4 bytes at `4 * index`.
    fileprivate func littleEndianWord(_ index: Int) -> UInt32 {
        self[4 * index..<4 * index + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
