internal import CGDAL
import Files
import Foundation
import Logging
import Pixels
import Synchronization

/// A scene whose parts cannot be decoded apart, decoded once into a tiled file where that saves work.
///
/// One pass over the rows in their order decodes each row once, and needs no file. Each row that is decoded in vain, because a
/// reader begins in the middle or goes back, counts. When as many rows were wasted as the scene has, the scene is decoded
/// into a `ScratchFile`, and everything is read from there: so that at most twice as much is decoded as one would have chosen
/// who had known what would be asked for. All processes of a machine share the file.
///
/// A scene has one such value, which its copies and open rasters share. Any thread may use it.
final class DecodedCopy: Sendable {
    /// How a file must be decoded that cannot be read in parts.
    enum Order: Hashable {
        /// From the first row on.
        case rows
        /// So many rows at a time.
        case pieces(Int)
        /// So many rows at a time, each time with all that lie before: one pass over a large picture is dear already.
        case repeatedPieces(Int)

        /// Whether nobody has the time to do without a file.
        fileprivate var isRepeated: Bool {
            if case .repeatedPieces = self { true } else { false }
        }
    }

    private struct State {
        /// Rows that were decoded in vain.
        var wastedRowCount = 0.0
        var file: Finished?
        /// Whether there is no folder for it, so that rows are decoded again instead.
        var isImpossible = false
    }

    /// What was decoded.
    struct Finished {
        var file: ScratchFile
        var damage: [Damage]
    }

    /// Rows that could not be read, and why.
    struct Damage {
        var rows: Range<Int>
        var error: RasterError
    }

    private let state = Mutex(State())
    /// Held while the file is made, so that other threads wait.
    private let making = NSLock()

    var isMade: Bool { state.withLock { $0.file != nil } }

    /// Counts what a read decodes in vain.
    ///
    /// - Returns: whether the scene is better decoded into a file before that.
    fileprivate func isWorthMaking(wasting rowCount: Double, of height: Int, in order: Order) -> Bool {
        state.withLock { state in
            if state.file != nil { return true }
            if state.isImpossible { return false }
            if case .repeatedPieces(let piece) = order, piece < height { return true }
            if state.wastedRowCount + rowCount > Double(height) { return true }
            state.wastedRowCount = max(0, state.wastedRowCount + rowCount)
            return false
        }
    }

    /// Goes on without a file.
    ///
    /// - Returns: whether that is new.
    fileprivate func giveUp() -> Bool {
        state.withLock { state in
            defer { state.isImpossible = true }
            return !state.isImpossible
        }
    }

    /// The file, made where it is not there yet.
    fileprivate func finished(_ make: () throws -> Finished) throws -> Finished {
        try making.withLock {
            if let file = state.withLock({ $0.file }) { return file }
            let made = try make()
            state.withLock { $0.file = made }
            return made
        }
    }
}

/// The folder for decoded copies cannot be written.
private struct NoFolder: Error, CustomStringConvertible {
    var error: RasterError

    var description: String { error.description }
}

/// Scenes are compared by what they hold, and this holds nothing of its own.
extension DecodedCopy: Hashable {
    static func == (_: DecodedCopy, _: DecodedCopy) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

/// What one open dataset has decoded, and from where it goes on reading.
///
/// Use it from one thread at a time, as the dataset.
final class DecodingState {
    let order: DecodedCopy.Order
    private let copy: DecodedCopy
    /// The rows that were decoded last, and are still at hand.
    private var held = 0..<0
    private var finished: DecodedCopy.Finished?
    /// The copy, once there is one.
    private(set) var handle: GDALDatasetH?

    init(_ order: DecodedCopy.Order, _ copy: DecodedCopy) { (self.order, self.copy) = (order, copy) }

    deinit { if let handle { GDALClose(handle) } }

    /// What went wrong when a part of a window was decoded; `nil` where nothing did.
    func damage(in window: PixelRect) -> RasterError? {
        finished?.damage.first { $0.rows.overlaps(window.y0..<window.y1) }?.error
    }

    /// Changes over to the copy before a window is read, where that is better.
    ///
    /// - Parameter rowByteCount: of all samples of a row.
    /// - Parameter make: decodes the scene.
    func prepare(
        _ window: PixelRect, width: Int, height: Int, rowByteCount: Int,
        make: () throws -> DecodedCopy.Finished
    ) throws {
        guard handle == nil else { return }
        let decoded = decodedRowCount(window, height: height, rowByteCount: rowByteCount)
        let wanted = Double(window.height) * Double(window.width) / Double(width)
        guard copy.isWorthMaking(wasting: Double(decoded) - wanted, of: height, in: order) else { return }
        let finished: DecodedCopy.Finished
        do {
            finished = try copy.finished(make)
        } catch let error as NoFolder where !order.isRepeated {
            guard copy.giveUp() else { return }
            Log.rasters.warning(
                "no decoded copy can be kept, so rows are decoded repeatedly; set TILESCOPE_CACHE to another folder",
                metadata: ["cause": "\(error)"])
            return
        }
        CPLErrorReset()
        let flags = UInt32(GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR)
        guard let opened = GDALOpenEx(finished.file.descriptorPath, flags, nil, nil, nil) else {
            throw RasterError(.cannotOpen, "open the decoded pixels", finished.file.descriptorPath)
        }
        (self.finished, handle) = (finished, opened)
    }

    /// How many rows the decoder works on to give a window.
    private func decodedRowCount(_ window: PixelRect, height: Int, rowByteCount: Int) -> Int {
        switch order {
        case .rows:
            // GDAL keeps the last rows in its cache, of which other datasets want a share.
            let kept = GDAL.blockCacheByteCount / 2 / max(1, rowByteCount)
            let goesOn = window.y0 >= held.upperBound - kept
            let count = goesOn ? max(0, window.y1 - held.upperBound) : window.y1
            held = 0..<max(goesOn ? held.upperBound : 0, window.y1)
            return count
        case .pieces(let rowCount), .repeatedPieces(let rowCount):
            let first = window.y0 / rowCount * rowCount
            let end = min(height, (window.y1 + rowCount - 1) / rowCount * rowCount)
            let count = held.contains(first) ? max(0, end - held.upperBound) : end - first
            // Of several pieces only the last one stays.
            held = (end - 1) / rowCount * rowCount..<end
            return count
        }
    }
}

extension Dataset {
    /// How the pixels must be decoded; `nil` where each stored block can be decoded alone.
    var decodingOrder: DecodedCopy.Order? {
        let form = storedForm
        let rowByteCount = max(1, width * form.pixelByteCount)
        switch form.unit {
        case .interlacedPNG:
            let rowCount = min(height, max(1, StoredForm.interlacedByteLimit / rowByteCount))
            return .repeatedPieces(rowCount)
        case .picture: return .pieces(height)
        case .block: break
        }
        if ["JPEG", "PNG", "BIGGIF"].contains(driverName) || isReadLineByLine || isOfWholePictures {
            return .rows
        }
        guard blockSize.width >= width else { return nil }
        // Strips that GDAL's cache cannot hold are decoded again for each block of a scan.
        return rowByteCount * blockSize.height > GDAL.blockCacheByteCount / 4
            ? .pieces(blockSize.height) : nil
    }

    /// Whether it is a TIFF of one compressed strip, which GDAL reads line by line from the first one on.
    var isReadLineByLine: Bool {
        guard driverName == "GTiff", blockSize.height == 1, height > 1, structure("COMPRESSION") != nil else {
            return false
        }
        return withBand(1) { GDALGetMetadataItem($0, "BLOCK_OFFSET_0_1", "TIFF") } == nil
    }

    /// Whether parts of one stored block can be read one after the other while it is decoded once: from a decoded copy, or because
    /// GDAL's TIFF driver keeps the last block whose bands lie side by side, however large it is.
    var keepsLastBlock: Bool {
        decoding?.handle != nil
            || driverName == "GTiff" && (bandCount == 1 || structure("INTERLEAVE") == "PIXEL")
    }

    /// Whether it is put together of sheets some of which must be decoded in order.
    private var isOfWholePictures: Bool { metadata(SceneSheets.inPlaceItem, in: SceneSheets.domain) == "NO" }

    /// Changes over to a decoded copy before a window is read, where that is better.
    ///
    /// - Throws: `RasterError`, with the code `noSpace` where there is no room for the copy; `interrupted`; what could not be decoded
    ///   of the window.
    func prepare(_ window: PixelRect, _ cancellation: Cancellation) throws(RasterError) {
        guard let decoding else { return }
        do {
            try decoding.prepare(window, width: width, height: height, rowByteCount: width * pixelByteCount) {
                try decodeAll(in: decoding.order, cancellation)
            }
        } catch let error as RasterError {
            throw error
        } catch let error as NoFolder {
            throw error.error
        } catch is Cancelled {
            throw RasterError(interrupted: "decode \(width)x\(height) pixels", path: path)
        } catch {
            throw RasterError(.cannotRead, "decode \(width)x\(height) pixels once", path, cause: "\(error)")
        }
        if let damage = decoding.damage(in: window) { throw damage }
    }

    /// The type that holds the samples of all bands.
    private var commonType: GDALDataType {
        (1...bandCount).dropFirst().reduce(sampleType(ofBand: 1)) {
            GDALDataTypeUnion($0, sampleType(ofBand: $1))
        }
    }

    /// How many rows a tile of the copy has.
    private var copiedTileHeight: Int {
        let bandHeight = DecodedTiles.bandByteCount / max(1, width * pixelByteCount)
        return max(16, min(256, bandHeight / 16 * 16))
    }

    private var pixelByteCount: Int { bandCount * Int(GDALGetDataTypeSizeBytes(commonType)) }

    /// Decodes all rows once, in their order, into a file that other processes may share.
    private func decodeAll(
        in order: DecodedCopy.Order, _ cancellation: Cancellation
    ) throws -> DecodedCopy.Finished {
        var damage: [DecodedCopy.Damage] = []
        func wholeTiles(_ length: Int, _ side: Int) -> Int { (length + side - 1) / side * side }
        let pixelCount =
            wholeTiles(width, DecodedTiles.tileWidth) * wholeTiles(height, copiedTileHeight)
        // With the directory, and what lies between tiles.
        let fileByteCount = pixelCount * (pixelByteCount + (hasOwnMask ? 1 : 0)) / 50 * 51 + (1 << 20)
        do {
            let start = ContinuousClock.now
            var isMade = false
            let file = try ScratchFile(contentsName, byteCount: fileByteCount, cancellation: cancellation) {
                path in
                isMade = true
                damage = try GDAL.passing { try writeTiles(to: path, order, cancellation) }
                return damage.isEmpty
            }
            Log.rasters.debug(
                isMade ? "scene decoded into a file" : "decoded file of another process used",
                metadata: [
                    "scene": "\(address)", "bytes": "\(fileByteCount)", "damagedParts": "\(damage.count)",
                    "seconds": "\((ContinuousClock.now - start) / .seconds(1))",
                ])
            return DecodedCopy.Finished(file: file, damage: damage)
        } catch let error as FileError {
            var error = RasterError(error)
            guard error.code != .cannotWrite else { throw NoFolder(error: error) }
            if error.code == .noSpace {
                error.operation = "decode \(width)x\(height) pixels into \(error.path)"
                error.path = path
            }
            throw error
        } catch let error as RasterError where error.code == .noSpace {
            // The disk was filled meanwhile.
            var error = error
            error.cause += "; set TILESCOPE_CACHE to a folder on a larger disk"
            throw error
        }
    }

    /// What tells its samples from others on this machine.
    private var contentsName: String {
        let parts = files.map { file in
            let state = file.localPath.flatMap { FileGuard(path: $0) }.map { "\($0)" }
            return "\(file.unhidden)\n\(state ?? StoredFile.etag(of: file) ?? "")"
        }
        return "decoded samples, form 1\n" + parts.joined(separator: "\n")
    }

    /// - Returns: which rows could not be read, and why.
    private func writeTiles(
        to path: String, _ order: DecodedCopy.Order, _ cancellation: Cancellation
    ) throws(RasterError) -> [DecodedCopy.Damage] {
        let tileHeight = copiedTileHeight
        let tiles = try DecodedTiles(path, of: self, type: commonType, tileHeight: tileHeight)
        let damage: [DecodedCopy.Damage]
        // Always read from a file that is opened anew: what this one has made up after a failure stands in its cache.
        switch order {
        case .rows:
            let lost = try LostRows.search(rowCount: height, steps: [tileHeight, 16, 1]) {
                () throws(RasterError) in
                try reopened()
            } read: { source, rows throws(RasterError) in
                try source.copy(rows, to: tiles, cancellation)
            }
            damage = lost.map { [DecodedCopy.Damage(rows: $0.first..<height, error: $0.error)] } ?? []
        case .pieces(let rowCount):
            let source = try reopened()
            damage = try source.copy(pieces: rowCount, tileHeight, to: tiles, cancellation)
        case .repeatedPieces(let rowCount):
            let source = try reopened()
            // Each piece needs the whole file.
            damage = try source.copy(pieces: rowCount, tileHeight, to: tiles, cancellation).prefix(1).map {
                DecodedCopy.Damage(rows: 0..<height, error: $0.error)
            }
        }
        try tiles.finish()
        return damage
    }

    private func reopened() throws(RasterError) -> Dataset {
        let source = try Dataset(opening: address)
        // GDAL looks for masks when it is asked for the first time, and loses its place in a TIFF that it reads line by line.
        _ = source.hasOwnMask
        return source
    }

    /// Rows of tiles that are read at a time of a large stored block: GDAL takes a whole band out of it each time.
    private static let tileRowsOfLargeBlock = 8

    /// Copies pieces that are decoded one by one. A piece is there as a whole, or lost as a whole.
    private func copy(
        pieces rowCount: Int, _ tileHeight: Int, to tiles: borrowing DecodedTiles,
        _ cancellation: Cancellation
    ) throws(RasterError) -> [DecodedCopy.Damage] {
        var damage: [DecodedCopy.Damage] = []
        let step = tileHeight * (storedForm.unit == .block ? Self.tileRowsOfLargeBlock : 1)
        for start in stride(from: 0, to: height, by: rowCount) {
            let piece = start..<min(start + rowCount, height)
            do throws(RasterError) {
                for y in stride(from: piece.lowerBound, to: piece.upperBound, by: step) {
                    try copy(y..<min(y + step, piece.upperBound), to: tiles, cancellation)
                }
            } catch {
                guard error.code == .cannotRead else { throw error }
                damage.append(DecodedCopy.Damage(rows: piece, error: error))
            }
        }
        return damage
    }

    private func copy(
        _ rows: Range<Int>, to tiles: borrowing DecodedTiles, _ cancellation: Cancellation
    ) throws(RasterError) {
        if cancellation.isRequested {
            throw RasterError(interrupted: "decode \(width)x\(height) pixels", path: path)
        }
        let window = PixelRect(x0: 0, y0: rows.lowerBound, x1: width, y1: rows.upperBound)
        let samples = try readStored(window, type: commonType)
        let mask = hasOwnMask ? try readMask(window) : nil
        try tiles.write(samples, mask: mask, window)
    }
}
