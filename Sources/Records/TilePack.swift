import Bytes
import Dispatch
import Files
public import Pixels
import Synchronization

/// A `.tiles` file: many RGB tiles of one size, each with its class.
///
/// The tiles are stored one by one, or are windows of stored canvases, which may overlap. Memory-mapped, so only
/// what is used is held; any number of threads may read. The file must not be changed or cut while it is open:
/// replace it by a new one instead, as `TilePackWriter` does.
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

    let index: TilePackIndex
    /// The first tile of each grid.
    private let firstTiles: [Int]
    /// Where the pixels of each canvas begin, in bytes from the start of the file.
    private let canvasOffsets: [Int]
    private let file: MappedFile

    /// Opens a pack and checks all of it: the file's length, every block's checksum, every window and label.
    ///
    /// All at once rather than block by block on first use, so that damage shows before a training begins and no
    /// read can fail afterwards. Costs one pass over the file, on all cores: 0.2 s of one core for 438 MB in
    /// the page cache (AMD EPYC).
    ///
    /// - Throws: `RecordsError`, with the damaged block where there is one.
    public init(opening path: String) throws(RecordsError) {
        do {
            let file = try MappedFile(path: path)
            let (header, index) = try file.withBytes { bytes throws(RecordsError) in
                try TilePack.check(bytes, path: path)
            }
            (self.path, self.file, self.index) = (path, file, index)
            (count, classNames) = (header.tileCount, index.classNames)
            (tileWidth, tileHeight) = (header.tileWidth, header.tileHeight)
        } catch let error as RecordsError {
            throw error
        } catch let error as FileError {
            throw RecordsError(
                code: .cannotRead, operation: error.operation, path: path, cause: error.cause)
        } catch {
            throw RecordsError(code: .cannotRead, operation: "open", path: path, cause: "\(error)")
        }
        firstTiles = index.grids.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.windows.count) }
        canvasOffsets = index.canvases.reduce(into: [TilePackFormat.headerByteCount]) {
            $0.append($0[$0.count - 1] + $1.byteCount)
        }
    }

    /// The class of a tile: an index into `classNames`.
    public func label(of tile: Int) -> Int {
        let (grid, window) = place(of: tile)
        return index.grids[grid].windows.label(of: window)
    }

    /// A copy of a tile.
    public func tile(_ tile: Int) -> Image {
        let byteCount = tileWidth * tileHeight * 3
        let pixels = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            copy(tile, into: buffer, crop: .whole)
            count = byteCount
        }
        return Image(width: tileWidth, height: tileHeight, pixelsHWC: pixels)
    }

    /// Copies a tile to memory that is there already.
    ///
    /// - Parameter pixelsHWC: exactly `tileHeight * tileWidth * 3` bytes.
    public func copyTile(_ tile: Int, into pixelsHWC: inout MutableSpan<UInt8>) {
        precondition(pixelsHWC.count == tileWidth * tileHeight * 3)
        pixelsHWC.withUnsafeMutableBufferPointer { copy(tile, into: $0, crop: .whole) }
    }

    /// Copies a tile, moved and mirrored as `crop` says; what moves in from outside the tile is black.
    ///
    /// - Parameter pixelsHWC: `tileHeight * tileWidth * 3` bytes.
    package func copy(_ tile: Int, into pixelsHWC: UnsafeMutableBufferPointer<UInt8>, crop: Crop) {
        let (grid, window) = place(of: tile)
        let (canvas, corner) = (index.grids[grid].canvas, index.grids[grid].windows.corner(of: window))
        let stride = index.canvases[canvas].width * 3
        let start = canvasOffsets[canvas] + corner.y * stride + corner.x * 3
        file.withBytes { bytes in
            bytes.withUnsafeBytes { bytes in
                let last = start + (tileHeight - 1) * stride + tileWidth * 3
                let source = UnsafeRawBufferPointer(rebasing: bytes[start..<last])
                crop.copy(source, stride: stride, into: pixelsHWC, width: tileWidth, height: tileHeight)
            }
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
    /// Reads the header and the index after checking every byte of the file.
    private static func check(
        _ bytes: RawSpan, path: String
    ) throws(RecordsError) -> (TilePackHeader, TilePackIndex) {
        do throws(Malformed) {
            let header = try TilePackHeader(
                decoding: copy(bytes, 0..<min(TilePackFormat.headerByteCount, bytes.byteCount)))
            guard header.fileByteCount == bytes.byteCount else {
                throw Malformed("it is cut short or has grown: \(bytes.byteCount) bytes")
            }
            let pixelEnd = TilePackFormat.headerByteCount + header.pixelByteCount
            let contentEnd = pixelEnd + header.indexByteCount
            try checkBlocks(bytes, header: header, contentEnd: contentEnd)
            let index = try TilePackIndex(decoding: copy(bytes, pixelEnd..<contentEnd), header: header)
            return (header, index)
        } catch {
            throw RecordsError(
                code: .malformed, operation: "read the tile pack", path: path, cause: error.reason)
        }
    }

    private static func checkBlocks(
        _ bytes: RawSpan, header: TilePackHeader, contentEnd: Int
    ) throws(Malformed) {
        let expected = copy(bytes, contentEnd..<bytes.byteCount)
        guard CRC32C.checksum(expected.span.bytes) == header.checksumOfChecksums else {
            throw Malformed("its table of checksums is damaged; make the file again")
        }
        let blockCount = expected.count / 4
        let firstDamaged = Mutex(Int.max)
        bytes.withUnsafeBytes { bytes in
            // Lent to the threads only while this call lasts.
            nonisolated(unsafe) let bytes = bytes
            DispatchQueue.concurrentPerform(iterations: blockCount) { block in
                let start = TilePackFormat.headerByteCount + block * TilePackFormat.blockByteCount
                let end = min(start + TilePackFormat.blockByteCount, contentEnd)
                let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<end]).bytes)
                if checksum != expected.littleEndianWord(block) {
                    firstDamaged.withLock { $0 = min($0, block) }
                }
            }
        }
        let damaged = firstDamaged.withLock { $0 }
        guard damaged == .max else {
            throw Malformed("block \(damaged) of \(blockCount) is damaged; make the file again")
        }
    }

    private static func copy(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8] {
        bytes.extracting(range).withUnsafeBytes { Array($0) }
    }
}

extension [UInt8] {
    /// The number of 4 bytes at `4 * index`.
    fileprivate func littleEndianWord(_ index: Int) -> UInt32 {
        self[4 * index..<4 * index + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
