import Files
import Pixels

/// What it costs to decode a picture, or a part of one: estimated from its header, before any pixel is read.
struct DecodingCost: Hashable {
    /// Memory that is needed at the same time, in bytes.
    var byteCount: Int
    /// Bytes of samples that are decoded, with those that nobody asked for; 0 where that is bounded otherwise.
    var workByteCount = 0

    /// Half a minute of a slow decoder. The largest pictures have as much: 512 million pixels of four 16-bit bands.
    static let workLimit = 4 << 30

    /// Takes the memory, or refuses what can never be decoded.
    ///
    /// - Parameter operation: for the error: `"decode 512x512 pixels"`.
    func takeMemory(
        to operation: String, path: String, _ cancellation: Cancellation
    ) throws(RasterError) -> DecodingMemory.Share {
        try checkMemory(to: operation, path: path)
        guard workByteCount <= Self.workLimit else {
            throw RasterError(
                .cannotRead, operation, path,
                cause: "\(gigabytes(workByteCount)) would have to be decoded; the limit is "
                    + "\(gigabytes(Self.workLimit))")
        }
        guard let share = DecodingMemory.shared.take(byteCount, cancellation) else {
            throw RasterError(interrupted: operation, path: path)
        }
        return share
    }

    /// Refuses what is more than there is for all.
    func checkMemory(to operation: String, path: String) throws(RasterError) {
        guard byteCount <= DecodingMemory.limit else {
            throw RasterError(
                .cannotRead, operation, path,
                cause: "it takes \(gigabytes(byteCount)) of memory at once; the limit is "
                    + "\(gigabytes(DecodingMemory.limit))")
        }
    }
}

/// How a file keeps its pixels, as far as that decides what reading them costs.
struct StoredForm: Hashable {
    /// What has to be decoded to read a single pixel.
    enum Unit: Hashable {
        /// One block.
        case block
        /// The picture, which the decoder then keeps.
        case picture
        /// The same, again and again where a picture is larger than what the decoder keeps.
        case interlacedPNG
    }
    var unit: Unit
    var width: Int
    var height: Int
    var blockWidth: Int
    var blockHeight: Int
    /// Bytes that all bands of one pixel take.
    var pixelByteCount: Int
    /// Pixels of the smallest piece that is coded apart, of JPEG 2000.
    var leastCodeBlockArea = Int.max

    /// OpenJPEG keeps some 150 bytes of each code block of a tile, and GDAL lets it prepare the tile again for each block of pixels.
    /// Encoders use 4096 or 1024 pixels.
    static let leastCodeBlockArea = 256
    /// A smaller picture may have any.
    static let codeBlockLimit = 1 << 14

    /// GDAL's PNG driver keeps so much of an interlaced picture (`LoadInterlacedChunk` in `pngdataset.cpp`), and decodes the
    /// whole of a larger one for each part.
    static let interlacedByteLimit = 100_000_000

    private var pictureByteCount: Int { product(width, height, pixelByteCount) }
    private var blockByteCount: Int { product(blockWidth, blockHeight, pixelByteCount) }

    /// What decoding the whole picture decodes.
    var workByteCount: Int { max(pictureByteCount, blockByteCount) }

    /// Memory that GDAL needs to read anything at all.
    var workingByteCount: Int {
        switch unit {
        // The block as it is stored, and the same by bands.
        case .block: product(2, blockByteCount)
        // libwebp works on four bytes a pixel of its own.
        case .picture: product(width, height, pixelByteCount + 4)
        case .interlacedPNG: min(pictureByteCount, Self.interlacedByteLimit)
        }
    }

    /// Refuses what could only be read with more memory than there is, or in more time than anybody has.
    ///
    /// - Parameter isCopied: whether what cannot be read in parts is decoded into a file, once.
    func check(path: String, isCopied: Bool = false) throws(RasterError) {
        guard unit != .interlacedPNG || isCopied || pictureByteCount <= Self.interlacedByteLimit else {
            throw RasterError(
                .unsupported, "read \(width)x\(height) interlaced pixels", path,
                cause: "they are \(gigabytes(pictureByteCount)); the limit is "
                    + "\(gigabytes(Self.interlacedByteLimit)); save it without interlacing")
        }
        let codeBlockCount = product(width, height) / leastCodeBlockArea
        guard leastCodeBlockArea >= Self.leastCodeBlockArea || codeBlockCount <= Self.codeBlockLimit else {
            throw RasterError(
                .unsupported, "read \(width)x\(height) pixels", path,
                cause:
                    "its code blocks have only \(leastCodeBlockArea) pixels, so decoding would take too long; save it with "
                    + "code blocks of 64x64")
        }
        let place =
            unit == .block ? "blocks of \(blockWidth)x\(blockHeight)" : "one piece of \(width)x\(height)"
        try DecodingCost(byteCount: workingByteCount).checkMemory(to: "read \(place) pixels", path: path)
    }
}

/// For people: `"0.1 GB"`, in powers of ten.
private func gigabytes(_ byteCount: Int) -> String {
    let tenths = (byteCount / 10_000_000 + 5) / 10
    return "\(tenths / 10).\(tenths % 10) GB"
}

/// The largest number where the product is larger: a header may say anything.
private func product(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
        let (next, isTooLarge) = product.multipliedReportingOverflow(by: factor)
        return isTooLarge ? .max : next
    }
}
