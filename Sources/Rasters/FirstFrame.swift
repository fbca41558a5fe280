internal import CGDAL
import Files
import Synchronization

/// The first picture of an animation, or of a GIF, where GDAL does not show it as browsers do: on its canvas, which may be larger.
///
/// GDAL reads no animated WebP, and of a GIF only the rectangle of the first picture. What lies beside that rectangle is not
/// there; it looks black in a WebP, and like the first colour of a GIF's palette, or its transparent one.
///
/// - Source: WebP container specification (developers.google.com/speed/webp/docs/riff_container): RIFF chunks of a name, a size
///   and an even number of bytes; `VP8X` has the canvas, `ANMF` is a frame: 16 bytes about it, then chunks as in a still file.
///   GIF 89a, 18 and 20: the screen, and where on it a picture stands.
struct FirstFrame {
    /// GDAL's name of its format.
    let driverName: String
    private let canvas: (width: Int, height: Int)
    private let offset: (x: Int, y: Int)
    /// A still file of the frame; `nil` where the file itself is read so.
    private let still: [UInt8]?

    /// - Returns: `nil` for a file that GDAL shows as it is.
    init?(of address: Address) {
        do throws(FileError) {
            let file = try StoredFile(opening: address)
            guard file.byteCount >= 32 else { return nil }
            let head = try file.read(0..<30)
            if head.starts(with: "GIF8".utf8) {
                guard let place = try Self.placeOfGIF(in: file, head) else { return nil }
                (driverName, still) = ("GIF", nil)
                (canvas, offset) = (place.canvas, place.offset)
            } else if head.starts(with: "RIFF".utf8), head[8..<16].elementsEqual("WEBPVP8X".utf8),
                head[20] & 2 != 0
            {
                guard let frame = try Self.frameOfWebP(in: file) else { return nil }
                driverName = "WEBP"
                canvas = (1 + Self.number(head[24..<27]), 1 + Self.number(head[27..<30]))
                (offset, still) = (frame.offset, frame.still)
            } else {
                return nil
            }
        } catch {
            // Whoever opens it says why.
            return nil
        }
    }

    /// Opens the frame and shows it on its canvas.
    ///
    /// - Parameter path: GDAL's of the file.
    /// - Parameter open: opens a path of GDAL's as a format that may be opened.
    /// - Returns: `nil` where GDAL cannot open the frame; it has said why.
    func opened(_ path: String, _ open: (String) -> GDALDatasetH?) -> OpenedFrame? {
        let file = still.map { MemoryFile($0) }
        guard let frame = open(file?.path ?? path) else { return nil }
        let size = (width: Int(GDALGetRasterXSize(frame)), height: Int(GDALGetRasterYSize(frame)))
        if size == canvas, offset == (0, 0) { return OpenedFrame(handle: frame, frame: nil, file: file) }
        guard let handle = Self.canvas(canvas, of: frame, at: offset) else {
            GDALClose(frame)
            return nil
        }
        return OpenedFrame(handle: handle, frame: frame, file: file)
    }

    /// A dataset in which a smaller one stands at a place.
    private static func canvas(
        _ size: (width: Int, height: Int), of frame: GDALDatasetH, at offset: (x: Int, y: Int)
    ) -> GDALDatasetH? {
        let (width, height) = (GDALGetRasterXSize(frame), GDALGetRasterYSize(frame))
        guard let columns = Int32(exactly: size.width), let rows = Int32(exactly: size.height),
            offset.x + Int(width) <= size.width, offset.y + Int(height) <= size.height
        else { return nil }
        let bandCount = GDALGetRasterCount(frame)
        guard let driver = GDALGetDriverByName("VRT") else {
            return copiedCanvas(size, of: frame, at: offset)
        }
        guard let canvas = GDALCreate(driver, "", columns, rows, 0, GDT_Byte, nil) else { return nil }
        func add(_ sourceBand: GDALRasterBandH?, to band: GDALRasterBandH?) {
            VRTAddSimpleSource(
                band, sourceBand, 0, 0, width, height, Int32(offset.x), Int32(offset.y), width, height, nil,
                VRT_NODATA_UNSET)
        }
        for number in 1...max(1, bandCount) {
            let source = GDALGetRasterBand(frame, number)
            GDALAddBand(canvas, GDALGetRasterDataType(source), nil)
            let band = GDALGetRasterBand(canvas, number)
            GDALSetRasterColorInterpretation(band, GDALGetRasterColorInterpretation(source))
            if let table = GDALGetRasterColorTable(source) { GDALSetRasterColorTable(band, table) }
            var isThere: Int32 = 0
            let noData = GDALGetRasterNoDataValue(source, &isThere)
            if isThere != 0 { GDALSetRasterNoDataValue(band, noData) }
            add(source, to: band)
        }
        if GDALGetMaskFlags(GDALGetRasterBand(frame, 1)) & GMF_ALL_VALID != 0 {
            // Where no source is, a VRT shows its "no data": this one has it everywhere.
            guard let whole = GDALCreate(driver, "", width, height, 1, GDT_Byte, nil) else {
                GDALClose(canvas)
                return nil
            }
            GDALSetRasterNoDataValue(GDALGetRasterBand(whole, 1), 255)
            GDALCreateDatasetMaskBand(canvas, GMF_PER_DATASET)
            add(GDALGetRasterBand(whole, 1), to: GDALGetMaskBand(GDALGetRasterBand(canvas, 1)))
            // The source holds it from now on; closing would delete it all the same.
            GDALReleaseDataset(whole)
        }
        return canvas
    }

    /// A larger canvas is not copied.
    private static let copiedPixelCountLimit = 64 << 20

    /// The same in memory, for a process whose GDAL must not open VRTs and therefore has none.
    private static func copiedCanvas(
        _ size: (width: Int, height: Int), of frame: GDALDatasetH, at offset: (x: Int, y: Int)
    ) -> GDALDatasetH? {
        let (width, height) = (GDALGetRasterXSize(frame), GDALGetRasterYSize(frame))
        guard size.width * size.height <= copiedPixelCountLimit, let driver = GDALGetDriverByName("MEM"),
            let canvas = GDALCreate(driver, "", Int32(size.width), Int32(size.height), 0, GDT_Byte, nil)
        else { return nil }
        var samples = [UInt8](repeating: 0, count: Int(width) * Int(height))
        func write(_ source: GDALRasterBandH?, _ target: GDALRasterBandH?) -> Bool {
            let (x, y) = (Int32(offset.x), Int32(offset.y))
            return GDALRasterIO(source, GF_Read, 0, 0, width, height, &samples, width, height, GDT_Byte, 0, 0)
                == CE_None
                && GDALRasterIO(
                    target, GF_Write, x, y, width, height, &samples, width, height, GDT_Byte, 0, 0)
                    == CE_None
        }
        var isDone = true
        for number in 1...max(1, GDALGetRasterCount(frame)) {
            let source = GDALGetRasterBand(frame, number)
            // Both formats have bytes.
            GDALAddBand(canvas, GDT_Byte, nil)
            let band = GDALGetRasterBand(canvas, number)
            GDALSetRasterColorInterpretation(band, GDALGetRasterColorInterpretation(source))
            if let table = GDALGetRasterColorTable(source) { GDALSetRasterColorTable(band, table) }
            var isThere: Int32 = 0
            let noData = GDALGetRasterNoDataValue(source, &isThere)
            if isThere != 0 {
                GDALSetRasterNoDataValue(band, noData)
                GDALFillRaster(band, noData, 0)
            }
            isDone = isDone && write(source, band)
        }
        if GDALGetMaskFlags(GDALGetRasterBand(frame, 1)) & GMF_ALL_VALID != 0 {
            GDALCreateDatasetMaskBand(canvas, GMF_PER_DATASET)
            samples = [UInt8](repeating: 255, count: samples.count)
            let mask = GDALGetMaskBand(GDALGetRasterBand(canvas, 1))
            GDALFillRaster(mask, 0, 0)
            isDone =
                isDone
                && GDALRasterIO(
                    mask, GF_Write, Int32(offset.x), Int32(offset.y), width, height, &samples, width, height,
                    GDT_Byte,
                    0, 0) == CE_None
        }
        guard isDone else {
            GDALClose(canvas)
            return nil
        }
        return canvas
    }

    // MARK: - Files

    /// Where the first picture stands; `nil` where it fills the screen.
    private static func placeOfGIF(
        in file: borrowing StoredFile, _ head: [UInt8]
    ) throws(FileError) -> (canvas: (width: Int, height: Int), offset: (x: Int, y: Int))? {
        let canvas = (width: number(head[6..<8]), height: number(head[8..<10]))
        func paletteByteCount(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }
        var offset = 13 + paletteByteCount(head[10])
        for _ in 0..<partLimit {
            guard offset + 10 <= file.byteCount else { return nil }
            let part = try file.read(offset..<offset + 10)
            switch part[0] {
            case 0x2C:
                let (x, y) = (number(part[1..<3]), number(part[3..<5]))
                let (width, height) = (number(part[5..<7]), number(part[7..<9]))
                // A picture that reaches beyond the screen makes it larger, as in GDAL.
                guard (x, y) != (0, 0) || width < canvas.width || height < canvas.height else { return nil }
                guard x + width <= canvas.width, y + height <= canvas.height else { return nil }
                return (canvas, (x, y))
            case 0x21:
                // An extension: a label, and pieces of up to 255 bytes until an empty one.
                offset += 2
                var length = 0
                repeat {
                    guard offset < file.byteCount else { return nil }
                    length = Int(try file.read(offset..<offset + 1)[0])
                    offset += 1 + length
                } while length > 0
            default: return nil
            }
        }
        return nil
    }

    private static func frameOfWebP(
        in file: borrowing StoredFile
    ) throws(FileError) -> (offset: (x: Int, y: Int), still: [UInt8])? {
        guard let frame = try chunk(["ANMF"], in: file, from: 12, to: file.byteCount),
            frame.count >= 8 + 16
        else { return nil }
        let start = frame.lowerBound + 8
        let place = try file.read(start..<start + 6)
        guard let picture = try chunk(["VP8 ", "VP8L"], in: file, from: start + 16, to: frame.upperBound),
            picture.count <= ImageDecoder.byteCountLimit
        else { return nil }
        let size = UInt32(clamping: 4 + picture.count)
        let still =
            Array("RIFF".utf8) + withUnsafeBytes(of: size.littleEndian) { Array($0) } + Array("WEBP".utf8)
            + (try file.read(picture))
        return ((2 * number(place[0..<3]), 2 * number(place[3..<6])), still)
    }

    /// More parts than these stand before no first picture.
    private static let partLimit = 1000

    /// The first chunk of one of these names, with its name and size.
    private static func chunk(
        _ names: [String], in file: borrowing StoredFile, from start: Int, to end: Int
    ) throws(FileError) -> Range<Int>? {
        var offset = start
        for _ in 0..<partLimit {
            guard offset + 8 <= end else { return nil }
            let head = try file.read(offset..<offset + 8)
            let size = number(head[4..<8])
            let length = 8 + size + size % 2
            guard length <= end - offset else { return nil }
            if names.contains(where: { head.starts(with: $0.utf8) }) { return offset..<offset + length }
            offset += length
        }
        return nil
    }

    /// The least significant byte comes first.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}

/// A frame that GDAL has opened, with what it is made of.
final class OpenedFrame {
    let handle: GDALDatasetH
    private let frame: GDALDatasetH?
    private let file: MemoryFile?

    fileprivate init(handle: GDALDatasetH, frame: GDALDatasetH?, file: MemoryFile?) {
        (self.handle, self.frame, self.file) = (handle, frame, file)
    }

    deinit {
        GDALClose(handle)
        if let frame { GDALReleaseDataset(frame) }
    }
}

/// Bytes that GDAL reads as a file.
private final class MemoryFile {
    let path: String
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        path = "/vsimem/tilescope-frame-\(frameCount.add(1, ordering: .relaxed).newValue)"
        self.bytes = .allocate(capacity: bytes.count)
        _ = self.bytes.initialize(from: bytes)
        VSIFCloseL(VSIFileFromMemBuffer(path, self.bytes.baseAddress, vsi_l_offset(bytes.count), 0))
    }

    deinit {
        VSIUnlink(path)
        bytes.deallocate()
    }
}

/// Numbers the names in GDAL's memory, which all threads share.
private let frameCount = Atomic(0)
