internal import CJPEG
import Files
import Pixels

/// Decodes JPEG pictures that lie in memory.
///
/// libjpeg keeps all it knows in the decoder and none of it in the thread: any thread may use it, one at a time
/// (libjpeg.txt, "Multi-threading").
struct JPEGDecoder: ~Copyable {
    private let handle: OpaquePointer

    init(path: String) throws(RasterError) {
        guard let handle = ts_jpeg_create() else {
            throw RasterError(.cannotRead, "decode the JPEG image", path, cause: "there is not enough memory")
        }
        self.handle = handle
    }

    deinit { ts_jpeg_destroy(handle) }

    /// Whether the bytes begin as a JPEG picture does.
    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF
    }

    /// - Parameter memory: where the pixels go if it is large enough.
    /// - Parameter choosing: gets the picture's size.
    func decode(
        _ bytes: UnsafeRawBufferPointer, path: String, into memory: consuming [UInt8],
        _ cancellation: Cancellation, choosing: (_ width: Int, _ height: Int) -> DecodingRequest
    ) throws(RasterError) -> DecodedPart {
        let header = try begin(bytes, path: path)
        let (width, height) = (Int(header.width), Int(header.height))
        try checkSize(width: width, height: height, byteCount: bytes.count, path: path)
        let request = choosing(width, height)
        precondition(PixelRect(x: 0, y: 0, width: width, height: height).contains(request.rect))
        precondition(request.rect.area > 0)
        // Those that libjpeg-turbo has fast code for.
        let eighths = [1, 2, 4].first { Double($0) / 8 >= request.leastScale } ?? 8
        let part = request.rect.scaled(eighths: eighths)
        try ImageDecoder.checkPart(width: part.width, height: part.height, path: path)
        let channels = Int(header.channels)
        // A file without the mark at its end was cut short, and may look whole down to the rectangle.
        let isEnded = bytes.count >= 2 && bytes[bytes.count - 2] == 0xFF && bytes[bytes.count - 1] == 0xD9
        let byteCount = part.area * channels
        let operation = "decode \(width)x\(height) pixels of a JPEG image"
        let share = try DecodingCost(byteCount: byteCount + Int(header.coefficient_bytes))
            .takeMemory(to: operation, path: path, cancellation)
        var pixels = memory
        if pixels.count < byteCount {
            pixels = [UInt8](unsafeUninitializedCapacity: byteCount) { $1 = byteCount }
        }
        let isDone = pixels.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map {
                ts_jpeg_decode(
                    handle, UInt32(eighths), UInt32(part.x0), UInt32(part.y0), UInt32(part.width),
                    UInt32(part.height), !isEnded, $0, Cancellation.isRequestedAt, cancellation.pointer)
            } ?? false
        }
        guard isDone else {
            if cancellation.isRequested { throw RasterError(interrupted: operation, path: path) }
            throw error(operation, path)
        }
        if channels == 4 { Self.turnInksIntoColours(&pixels, pixelCount: part.area) }
        return DecodedPart(
            storedPixels: pixels, width: part.width, height: part.height, x: part.x0, y: part.y0,
            scale: Double(eighths) / 8, memory: share)
    }

    /// Reads all of a picture, and keeps nothing of it. It takes half the time of decoding.
    ///
    /// - Returns: what is wrong with it, in libjpeg's words; `nil` where nothing is.
    func damage(in bytes: UnsafeRawBufferPointer) -> String? {
        var header = ts_jpeg_header()
        let isWhole = bytes.withMemoryRebound(to: UInt8.self) { bytes in
            guard let start = bytes.baseAddress, ts_jpeg_begin(handle, start, bytes.count, &header) else {
                return false
            }
            // One pixel of the smallest size.
            var pixel: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
            return withUnsafeMutableBytes(of: &pixel) { pixel in
                pixel.withMemoryRebound(to: UInt8.self) { pixel in
                    pixel.baseAddress.map {
                        ts_jpeg_decode(handle, 1, 0, 0, 1, 1, true, $0, Cancellation.isRequestedAt, nil)
                    } ?? false
                }
            }
        }
        return isWhole ? nil : String(cString: ts_jpeg_message(handle))
    }

    /// What is wrong with a file of one picture.
    struct Damage: Hashable {
        /// libjpeg's words.
        var words: String
        /// Where the data of the pixels begins.
        var scanOffset: Int
        /// All rows were decoded, and data is left: somewhere it was not understood.
        var isBehindRows: Bool
    }

    /// The same of a file, piece by piece. Of pictures in several scans nothing is said.
    func damage(
        in file: FileReader, _ cancellation: Cancellation
    ) throws(RasterError) -> Damage? {
        let stream = FileStream(file)
        var damage = ts_jpeg_damage()
        let isWhole = ts_jpeg_check(
            handle,
            { stream, buffer, count in
                stream.map {
                    Unmanaged<FileStream>.fromOpaque($0).takeUnretainedValue().read(into: buffer, count)
                } ?? 0
            }, Unmanaged.passUnretained(stream).toOpaque(), Cancellation.isRequestedAt, cancellation.pointer,
            &damage)
        if cancellation.isRequested { throw RasterError(interrupted: "read its pixels", path: file.path) }
        // It is no damage of the picture where the file cannot be read.
        if let error = stream.error { throw RasterError(error) }
        guard !isWhole else { return nil }
        return Damage(
            words: String(cString: ts_jpeg_message(handle)), scanOffset: Int(damage.scan_offset),
            isBehindRows: damage.is_behind_rows)
    }

    /// CMYK to red, green and blue, in place.
    ///
    /// 255 is no ink, with Adobe's mark and without: so do PIL, GDAL and browsers, and nobody writes the opposite. Cut off and not
    /// rounded, as GDAL has it in scenes.
    private static func turnInksIntoColours(_ pixels: inout [UInt8], pixelCount: Int) {
        pixels.withUnsafeMutableBufferPointer { bytes in
            for pixel in 0..<pixelCount {
                let paper = Int(bytes[pixel * 4 + 3])
                for channel in 0..<3 {
                    bytes[pixel * 3 + channel] = UInt8(Int(bytes[pixel * 4 + channel]) * paper / 255)
                }
            }
        }
        pixels.removeLast(pixels.count - pixelCount * 3)
    }

    private func begin(
        _ bytes: UnsafeRawBufferPointer, path: String
    ) throws(RasterError) -> ts_jpeg_header {
        var header = ts_jpeg_header()
        let isBegun = bytes.withMemoryRebound(to: UInt8.self) { bytes in
            bytes.baseAddress.map { ts_jpeg_begin(handle, $0, bytes.count, &header) } ?? false
        }
        guard isBegun else { throw error("read the header of a JPEG image", path) }
        return header
    }

    /// Refuses, before there is memory for them, sizes that cannot be true.
    private func checkSize(width: Int, height: Int, byteCount: Int, path: String) throws(RasterError) {
        try ImageDecoder.checkSize(width: width, height: height, path: path)
        // The least that is stored of a block of 8x8 pixels is one bit; 4 MB of pixels are no harm.
        guard width * height <= max(1 << 20, byteCount * 8 * 64) else {
            throw RasterError(
                .cannotRead, "decode \(width)x\(height) pixels of a JPEG image", path,
                cause: "it has only \(byteCount) bytes: its header is wrong, or it was truncated")
        }
    }

    private func error(_ operation: String, _ path: String) -> RasterError {
        RasterError(.cannotRead, operation, path, cause: String(cString: ts_jpeg_message(handle)))
    }
}

/// A file that libjpeg reads from its beginning to its end.
private final class FileStream {
    private let file: FileReader
    private var offset = 0
    /// Why no more can be read.
    private(set) var error: FileError?

    init(_ file: FileReader) { self.file = file }

    /// - Returns: how many bytes came; 0 at the end, or after an error.
    func read(into buffer: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
        let count = min(count, file.byteCount - offset)
        guard count > 0, error == nil else { return 0 }
        do throws(FileError) {
            try file.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: count), at: offset)
            offset += count
            return count
        } catch {
            self.error = error
            return 0
        }
    }
}

extension PixelRect {
    /// The pixels of a picture that is so many eighths as large which the rectangle touches.
    fileprivate func scaled(eighths: Int) -> PixelRect {
        PixelRect(
            x0: x0 * eighths / 8, y0: y0 * eighths / 8, x1: (x1 * eighths + 7) / 8,
            y1: (y1 * eighths + 7) / 8)
    }
}
