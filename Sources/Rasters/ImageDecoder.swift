internal import CGDAL
public import Files
public import Pixels
import Synchronization

/// Decodes pictures that lie in memory: JPEG, and through GDAL PNG, WebP, GIF, BMP, TIFF, JPEG 2000 and HEIC.
///
/// An animation gives its first picture, on its canvas. The samples become colours by the rules of `Raster.read`; EXIF orientation and
/// colour profiles are ignored, as PIL's `Image.open` and torchvision do. A JPEG picture is decoded as PIL does it, only as
/// far as it is needed, and any damage of what is read is an error. Stray bytes before the picture are none, nor are up to 16 of
/// them behind it: where there are more, the decoder has lost its way in data that was changed.
///
/// What a picture takes of memory and time is estimated from its header, and refused where it is too much; `docs/images.md` has
/// the limits. The memory is a share of what all threads of the process have together.
///
/// Any thread may use it, one at a time: neither libjpeg nor GDAL ties what it keeps to a thread (libjpeg.txt,
/// "Multi-threading"; gdal.org/user/multithreading.html). That is why it is `Sendable` without a lock.
public final class ImageDecoder: @unchecked Sendable {
    /// More pixels than this are not decoded at once, and refused before there is memory for them: 0.8 GB of colours.
    public static let pixelCountLimit = 1 << 28
    /// A file may have no more bytes than this: GDAL's and libjpeg's sizes have 32 bits.
    package static let byteCountLimit = Int(Int32.max)
    /// Larger pictures are refused even where little of them is wanted, or all of it much smaller.
    private static let wholePixelCountLimit = 1 << 29
    /// More pixels than this are averaged on the way where the request allows it, in formats other than JPEG.
    private static let unscaledPixelCount = 1 << 24

    /// Formats that hold pictures and nothing else: others of GDAL's may name any file or server, which no picture shall.
    static let drivers = ["PNG", "WEBP", "GIF", "BMP", "GTiff", "JP2OpenJPEG", "HEIF"]

    private let jpeg: JPEGDecoder
    /// The memory of a part that is no longer needed: fresh memory costs as much as a good share of decoding.
    private var spare: [UInt8] = []
    /// A longer spare is not kept, because every thread may have one.
    private static let spareByteLimit = 16 << 20

    public init() throws(RasterError) { jpeg = try JPEGDecoder(path: "memory") }

    /// Decodes the part of a picture that `choosing` asks for when it knows the picture's size.
    ///
    /// It waits for other threads where memory is short: let go of a part before you decode the next picture.
    ///
    /// - Parameter path: of the bytes, for errors: `"train.rec, record 17"`.
    /// - Parameter view: which bands and samples make the colours; the usual ones where there is none. GDAL decodes JPEG, too, then.
    /// - Parameter cancellation: looked up now and then.
    /// - Throws: `cannotOpen` where the bytes are no picture; `cannotRead` where it is damaged, cut short or too large;
    ///   `unsupported` where its samples are no colours; `interrupted`.
    public func decode(
        _ bytes: RawSpan, path: String, view: SceneView? = nil, cancellation: Cancellation = Cancellation(),
        choosing: (_ width: Int, _ height: Int) -> DecodingRequest
    ) throws(RasterError) -> DecodedPart {
        try bytes.withUnsafeBytes { bytes throws(RasterError) in
            let isDeepJPEG = JPEGHeader(of: bytes)?.sampleBitCount == 12
            if view == nil, JPEGDecoder.recognises(bytes), !isDeepJPEG {
                let memory = spare
                spare = []
                return try jpeg.decode(bytes, path: path, into: memory, cancellation, choosing: choosing)
            }
            // GDAL reads no further than the last row.
            if JPEGDecoder.recognises(bytes), !isDeepJPEG, let words = jpeg.damage(in: bytes) {
                throw RasterError(.cannotRead, "decode a JPEG image", path, cause: words)
            }
            do throws(RasterError) {
                // libjpeg is built for 8 bits; GDAL has a second one for 12.
                return try Self.decodeByGDAL(
                    bytes, drivers: isDeepJPEG ? ["JPEG"] : Self.drivers, view, cancellation,
                    choosing: choosing)
            } catch {
                var error = error
                error.path = path
                throw error
            }
        }
    }

    /// Takes back the memory of a part that is not needed any more, for the next one.
    public func reuse(_ part: consuming DecodedPart) {
        if part.storedPixels.count <= Self.spareByteLimit { spare = part.storedPixels }
    }

    /// Decodes a whole picture.
    public func decode(
        _ bytes: RawSpan, path: String, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) -> Image {
        try decodeWhole(bytes, path: path, cancellation).image
    }

    fileprivate func decodeWhole(
        _ bytes: RawSpan, path: String, view: SceneView? = nil, _ cancellation: Cancellation
    ) throws(RasterError) -> DecodedPart {
        try decode(bytes, path: path, view: view, cancellation: cancellation) { width, height in
            DecodingRequest(PixelRect(x: 0, y: 0, width: width, height: height))
        }
    }

    private static func decodeByGDAL(
        _ bytes: UnsafeRawBufferPointer, drivers: [String], _ view: SceneView?,
        _ cancellation: Cancellation,
        choosing: (_ width: Int, _ height: Int) -> DecodingRequest
    ) throws(RasterError) -> DecodedPart {
        let path = "/vsimem/tilescope-picture-\(decodedCount.add(1, ordering: .relaxed).newValue)"
        // GDAL takes a pointer that may be written because files may be; this one is only read.
        let address = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(
            to: UInt8.self)
        guard !bytes.isEmpty, let file = VSIFileFromMemBuffer(path, address, vsi_l_offset(bytes.count), 0)
        else {
            throw RasterError(.cannotOpen, "open as an image", path, cause: "there are no bytes")
        }
        VSIFCloseL(file)
        defer { VSIUnlink(path) }
        let raster = try StoredRaster(
            opening: Address(path), drivers: view == nil ? drivers : drivers + ["JPEG"], view: view)
        try checkSize(width: raster.width, height: raster.height, path: path)
        let request = choosing(raster.width, raster.height)
        let rect = request.rect
        let divisor = [8, 4, 2].first { 1 / Double($0) >= request.leastScale } ?? 1
        guard rect.area > unscaledPixelCount, divisor > 1 else {
            try checkPart(width: rect.width, height: rect.height, path: path)
            return try raster.decode(rect, dividedBy: 1, cancellation)
        }
        return try raster.decode(rect, dividedBy: divisor, cancellation)
    }

    /// Refuses a picture that is too large to do anything with it.
    static func checkSize(width: Int, height: Int, path: String) throws(RasterError) {
        try check(width, height, limit: wholePixelCountLimit, path: path)
    }

    /// Refuses a part that is too large for memory.
    static func checkPart(width: Int, height: Int, path: String) throws(RasterError) {
        try check(width, height, limit: pixelCountLimit, path: path)
    }

    private static func check(_ width: Int, _ height: Int, limit: Int, path: String) throws(RasterError) {
        guard width * height <= limit else {
            throw RasterError(
                .cannotRead, "decode \(width)x\(height) pixels", path,
                cause: "more than \(limit >> 20) million pixels cannot be decoded at once; scale it down")
        }
    }
}

/// What is wanted of a picture whose size is known.
public struct DecodingRequest: Hashable, Sendable {
    /// Inside the picture, and not empty.
    public var rect: PixelRect
    /// The picture may come smaller, by this factor at most; `0...1`.
    public var leastScale: Double

    /// A part of the picture, by default at its full size.
    public init(_ rect: PixelRect, leastScale: Double = 1) {
        (self.rect, self.leastScale) = (rect, leastScale)
    }
}

/// A decoded part of a picture, perhaps of the picture scaled down.
public struct DecodedPart: Sendable {
    public var width: Int
    public var height: Int
    /// `[H, W, 3]`, and perhaps more bytes behind them, without meaning.
    package private(set) var storedPixels: [UInt8]
    /// Where the part begins in the scaled picture.
    public var x: Int
    public var y: Int
    /// Its side over that of the same part in the stored picture: 1, 1/2, 1/4 or 1/8.
    public var scale: Double
    /// What its pixels have of the memory for decoding; `nil` where they were not decoded here.
    private let memory: DecodingMemory.Share?

    init(
        storedPixels: [UInt8], width: Int, height: Int, x: Int, y: Int, scale: Double,
        memory: DecodingMemory.Share?
    ) {
        (self.storedPixels, self.width, self.height) = (storedPixels, width, height)
        (self.x, self.y, self.scale) = (x, y, scale)
        self.memory = memory
    }

    init(image: Image, x: Int, y: Int, scale: Double, memory: DecodingMemory.Share?) {
        self.init(
            storedPixels: image.pixelsHWC, width: image.width, height: image.height, x: x, y: y, scale: scale,
            memory: memory)
    }

    /// A part of a picture that is in memory already.
    package init(image: Image, x: Int, y: Int) { self.init(image: image, x: x, y: y, scale: 1, memory: nil) }

    /// A copy of the part's pixels.
    public var image: Image {
        let byteCount = width * height * 3
        let pixels = storedPixels.count == byteCount ? storedPixels : Array(storedPixels[..<byteCount])
        return Image(width: width, height: height, pixelsHWC: pixels)
    }

    /// A box of the picture in pixels of the part, cut to it.
    public func box(_ box: PixelBox) -> PixelBox {
        PixelBox(
            x0: max(0, box.x0 * scale - Double(x)), y0: max(0, box.y0 * scale - Double(y)),
            x1: min(Double(width), box.x1 * scale - Double(x)),
            y1: min(Double(height), box.y1 * scale - Double(y)))
    }
}

extension Image {
    /// Decodes a picture that lies in memory, by the rules of `ImageDecoder`.
    public init(
        decoding bytes: RawSpan, path: String = "image in memory", cancellation: Cancellation = Cancellation()
    ) throws(RasterError) {
        self = try ImageDecoder().decode(bytes, path: path, cancellation: cancellation)
    }

    /// Reads and decodes a file that holds a picture, by the rules of `ImageDecoder`: whatever the file says, nothing but
    /// its own bytes is read.
    public init(
        pictureAt address: Address, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try StoredFile.bytes(of: address, limit: ImageDecoder.byteCountLimit)
        } catch {
            throw RasterError(error)
        }
        try self.init(decoding: bytes.span.bytes, path: address.description, cancellation: cancellation)
    }

    /// Lends a decoded picture. Its share of the memory for decoding is kept until `body` ends.
    package static func withDecoded<Result>(
        _ bytes: RawSpan, path: String = "image in memory", view: SceneView? = nil,
        cancellation: Cancellation, _ body: (Image) throws -> Result
    ) throws -> Result {
        let part = try ImageDecoder().decodeWhole(bytes, path: path, view: view, cancellation)
        return try withExtendedLifetime(part) { try body(part.image) }
    }
}

/// Numbers the names in GDAL's memory, which all threads share.
private let decodedCount = Atomic(0)
