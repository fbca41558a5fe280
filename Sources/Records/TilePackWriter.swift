public import Files
import Foundation
public import Pixels
import Synchronization

/// Makes a `.tiles` file, which appears under its name when it is complete.
///
/// Pixels go to disk as they come; only the index is kept in memory. Any thread may call it.
public final class TilePackWriter: Sendable {
    public let path: String
    public let tileWidth: Int
    public let tileHeight: Int
    private let state: Mutex<State>

    /// - Parameter tileWidth: in pixels, at most 16,384, as `tileHeight`.
    /// - Parameter classNames: by label; at most 65,536.
    /// - Parameter origin: of windows.
    public init(
        _ output: OutputFile, tileWidth: Int, tileHeight: Int, classNames: [String],
        origin: TilePackOrigin? = nil
    ) throws(RecordsError) {
        let sides = 1...TilePackFormat.tileSideLimit
        precondition(sides.contains(tileWidth) && sides.contains(tileHeight))
        precondition(classNames.count <= TilePackFormat.classCountLimit)
        path = output.path
        guard origin.map({ $0.encoded.count <= TilePackOrigin.byteLimit }) ?? true else {
            throw RecordsError(
                code: .cannotWrite, operation: "record how the windows were made", path: path,
                cause: "the names of its classes are too long")
        }
        (self.tileWidth, self.tileHeight) = (tileWidth, tileHeight)
        do {
            state = Mutex(State(file: try BlockWriter(output), classNames: classNames, origin: origin))
        } catch {
            throw RecordsError(writing: error)
        }
    }

    /// Looks, before anything is written, whether a pack and its disk have room for so many pixels.
    ///
    /// - Throws: with the code `cannotWrite` and both numbers.
    public func checkRoom(pixelByteCount: Int) throws(RecordsError) {
        try checkRoomOfTiles(path: path, pixelByteCount: pixelByteCount, at: Address(path).localPath)
    }

    /// Adds one tile.
    ///
    /// - Parameter tile: of the pack's tile size.
    /// - Parameter label: an index into the class names.
    public func append(_ tile: Image, label: Int) throws(RecordsError) {
        precondition(tile.width == tileWidth && tile.height == tileHeight)
        try append(tile.pixelsHWC.span, label: label)
    }

    /// Adds one tile, `[H, W, 3]`.
    public func append(_ pixelsHWC: Span<UInt8>, label: Int) throws(RecordsError) {
        precondition(pixelsHWC.count == tileWidth * tileHeight * 3)
        try state.withLock { state throws(RecordsError) in
            precondition(state.waiting.isEmpty, "a tile between canvases that wait for their turn")
            precondition(label >= 0 && label < state.index.classNames.count)
            try state.write(pixelsHWC.bytes)
            state.addTile(width: tileWidth, height: tileHeight, label: UInt16(label))
        }
    }

    /// Adds a canvas and the tiles that are windows of it.
    ///
    /// Canvases stand in the file by `order`, so that threads which make them in parallel always make the same file:
    /// one that comes too early is kept in memory until its turn.
    ///
    /// - Parameter windows: every window must lie inside the canvas.
    /// - Parameter order: 0, 1, 2, … over the canvases of this pack; by default the next.
    public func append(
        _ canvas: Image, windows: [WindowGrid], order: Int? = nil
    ) throws(RecordsError) {
        let size = TilePackIndex.Canvas(width: canvas.width, height: canvas.height)
        precondition(windows.allSatisfy { $0.fits(size, width: tileWidth, height: tileHeight) })
        try state.withLock { state throws(RecordsError) in
            precondition(windows.allSatisfy { $0.largestLabel < state.index.classNames.count })
            state.waiting[order ?? state.canvasCount] = (canvas, windows)
            while let (canvas, windows) = state.waiting.removeValue(forKey: state.canvasCount) {
                try state.write(canvas.pixelsHWC.span.bytes)
                state.add(TilePackIndex.Canvas(width: canvas.width, height: canvas.height), windows: windows)
                state.canvasCount += 1
                state.columnIsOpen = false
            }
        }
    }

    /// Ends the file and gives it its name.
    ///
    /// - Throws: also for a pack of more than 4,294,967,295 tiles, or with an index of more than 1 GiB.
    public func commit() throws(RecordsError) {
        try state.withLock { state throws(RecordsError) in
            precondition(state.waiting.isEmpty, "a canvas is missing before \(state.waiting.keys.sorted())")
            guard state.index.tileCount <= TilePackFormat.tileCountLimit else {
                throw RecordsError(
                    code: .cannotWrite, operation: "pack \(counted(state.index.tileCount, "tile"))",
                    path: path,
                    cause: "a pack holds at most \(TilePackFormat.tileCountLimit)")
            }
            let indexByteCount = state.index.byteCount
            guard indexByteCount <= TilePackFormat.indexByteLimit,
                state.index.pixelByteCount <= TilePackFormat.pixelByteLimit
            else {
                throw RecordsError(
                    code: .cannotWrite, operation: "pack \(counted(state.index.tileCount, "tile"))",
                    path: path,
                    cause:
                        "their index has \(indexByteCount) bytes and their pixels \(state.index.pixelByteCount), more "
                        + "than one pack holds; make several")
            }
            do throws(FileError) {
                try state.file.commit(state.index, tileWidth: tileWidth, tileHeight: tileHeight)
            } catch {
                throw RecordsError(writing: error)
            }
        }
    }

    private struct State: ~Copyable {
        var file: BlockWriter
        var index: TilePackIndex
        var waiting: [Int: (Image, [WindowGrid])] = [:]
        /// Those that are written, but for the columns of single tiles.
        var canvasCount = 0
        /// Whether the last canvas is a column of single tiles.
        var columnIsOpen = false

        init(file: consuming BlockWriter, classNames: [String], origin: TilePackOrigin?) {
            self.file = file
            index = TilePackIndex(classNames: classNames)
            index.origin = origin
        }

        mutating func write(_ bytes: RawSpan) throws(RecordsError) {
            do { try file.write(bytes) } catch { throw RecordsError(writing: error) }
        }

        mutating func add(_ canvas: TilePackIndex.Canvas, windows: [WindowGrid]) {
            index.canvases.append(canvas)
            index.grids += windows.map { TilePackIndex.Grid(canvas: index.canvases.count - 1, windows: $0) }
        }

        /// Makes the column of single tiles one tile higher, or begins one.
        mutating func addTile(width: Int, height: Int, label: UInt16) {
            if !columnIsOpen {
                let windows = WindowGrid(stride: height, columns: 1, rows: 0, labels: .each([]))
                add(TilePackIndex.Canvas(width: width, height: 0), windows: [windows])
            }
            let canvas = index.canvases.count - 1
            index.canvases[canvas].height += height
            index.grids[index.grids.count - 1].windows.appendRow(label: label)
            columnIsOpen = index.canvases[canvas].height < TilePackFormat.columnHeightLimit
        }
    }
}

extension RecordsError {
    init(writing error: FileError) {
        self.init(
            code: .cannotWrite, operation: error.operation, path: error.path,
            cause: error.cause)
    }
}

/// Looks, before anything is written, whether a pack and its disk have room for so many pixels.
///
/// - Parameter file: that is written; `nil` where it lies on no disk of this machine.
/// - Parameter heldByteCount: what the disk must hold at once, where that is more than the pixels; such as what is written on the way.
/// - Throws: with the code `cannotWrite` and both numbers.
func checkRoomOfTiles(
    path: String, pixelByteCount: Int, at file: String?, heldByteCount: Int? = nil
) throws(RecordsError) {
    let objection =
        pixelByteCount > TilePackFormat.pixelByteLimit
        ? "they take \(sizeText(pixelByteCount)), and a pack holds \(sizeText(TilePackFormat.pixelByteLimit))"
        : file.flatMap {
            roomObjection(
                to: heldByteCount ?? pixelByteCount,
                in: URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false))
        }
    guard let objection else { return }
    throw RecordsError(
        code: .cannotWrite, operation: "write the pixels of its tiles", path: path,
        cause: "\(objection); make fewer or smaller ones, or name an output on a larger disk")
}
