public import Files
public import Pixels

/// An image of any size on disk, read window by window.
///
/// Use it from one thread at a time; to read in parallel, open several.
public struct Raster: ~Copyable {
    public let address: Address
    public let width: Int
    public let height: Int
    /// The formats as which it may be opened; empty for all.
    private let drivers: [String]
    private let dataset: Dataset
    private let layout: SampleLayout
    private let storedForm: StoredForm
    /// More pixels than this are read strip by strip, so that little memory is needed beside the result, and the
    /// caller's cancellation is looked up between the strips.
    private static let stripPixelCount = 1 << 22

    /// Opens the file; only its header is read.
    ///
    /// - Parameter address: of anything that GDAL opens as an image: TIFF, PNG, JPEG, JPEG 2000, …
    /// - Throws: `cannotOpen` when it is missing, empty, a folder, a pipe or no image; `unsupported` when its samples
    ///   cannot be shown as colours, saying what was found and how to convert it.
    public init(opening address: Address) throws(RasterError) {
        try self.init(opening: address, overviewLevel: nil)
    }

    /// Opens what the text names, for tests.
    package init(opening path: String) throws(RasterError) { try self.init(opening: Address(path)) }

    /// Opens a file that somebody else chose: only formats that hold pictures and nothing else, and no file beside it. Others
    /// of GDAL's formats may name any file or server, which are then read, too.
    package init(openingPicture address: Address) throws(RasterError) {
        try self.init(opening: address, overviewLevel: nil, drivers: ImageDecoder.drivers + ["JPEG"])
    }

    /// The address, for people.
    public var path: String { address.description }

    /// - Parameter drivers: only these of GDAL's formats, without files beside the picture; all where there are none.
    init(opening path: String, drivers: [String]) throws(RasterError) {
        try self.init(opening: Address(path), overviewLevel: nil, drivers: drivers)
    }

    private init(
        opening address: Address, overviewLevel: Int?, drivers: [String] = []
    ) throws(RasterError) {
        let dataset = try Dataset(opening: address, overviewLevel: overviewLevel, drivers: drivers)
        let storedForm = dataset.storedForm
        try storedForm.check(path: address.description)
        layout = try SampleLayout(of: dataset)
        self.storedForm = storedForm
        (self.address, self.drivers) = (address, drivers)
        (width, height) = (dataset.width, dataset.height)
        self.dataset = dataset
    }

    public var bounds: PixelRect { PixelRect(x0: 0, y0: 0, x1: width, y1: height) }

    /// Where the pixels lie on Earth; `nil` where the file does not say it by a transform and a CRS.
    public var georeference: Georeference? {
        dataset.geotransformAndCRS.map { Georeference(transform: $0.transform, wkt: $0.wkt) }
    }

    public var bandCount: Int { dataset.bandCount }

    /// Sides of the blocks in which the file keeps its pixels.
    var storedBlock: Scene.StoredBlock {
        Scene.StoredBlock(width: dataset.blockSize.width, height: dataset.blockSize.height)
    }

    /// Whether a part can be read without the decoding of all that lies before it.
    var isReadInPlace: Bool { dataset.isReadInPlace }

    /// The files that belong to it, the image itself first where it is one: what holds its georeference, its overviews, its parts.
    var files: [Address] { dataset.files }

    /// Reads `window`, which must lie inside the image, as 8-bit RGB.
    ///
    /// - Grey gives three equal channels; a palette is expanded.
    /// - Alpha and masks are dropped: a transparent pixel has the colour that the file stores under it, and a
    ///   "no data" value is a colour like any other.
    /// - Other depths than 8 bits are scaled so that the largest number their bits can hold is 255, rounded to
    ///   nearest: 16 bits divide by 257, and a file that says it uses 12 of them (`NBITS`) divides by 4095/255.
    /// - CMYK becomes (1 - ink)(1 - black), without colour profiles; profiles and EXIF orientation are ignored.
    /// - Bands are chosen by what they say they are (red, green, blue), else three bands are taken in order.
    ///
    /// The memory that this takes is a share of what all threads of the process have for decoding; `docs/images.md` has the
    /// limits.
    ///
    /// - Parameter cancellation: looked up now and then.
    /// - Throws: `cannotRead`, with GDAL's words, when the data is damaged or cut off, and where the window needs too much
    ///   memory; `interrupted`.
    public func read(
        _ window: PixelRect, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) -> Image {
        precondition(bounds.contains(window) && window.area > 0)
        let operation = "read \(window.width)x\(window.height) pixels"
        let memory = try cost(of: window).takeMemory(to: operation, path: path, cancellation)
        let result = try image(of: window, cancellation)
        // Given back now, and not before the pixels are there.
        withExtendedLifetime(memory) {}
        return result
    }

    /// Decodes a part of a picture that nobody needs more of.
    ///
    /// - Parameter rect: inside the image.
    /// - Parameter divisor: each square of so many pixels is averaged to one. At the right and lower edge of the image, what
    ///   fills no square is left out.
    func decode(
        _ rect: PixelRect, dividedBy divisor: Int, _ cancellation: Cancellation
    ) throws(RasterError) -> DecodedPart {
        var cost = cost(of: rect, dividedBy: divisor)
        cost.workByteCount = storedForm.workByteCount
        let memory = try cost.takeMemory(to: "decode \(width)x\(height) pixels", path: path, cancellation)
        let (x, y) = (rect.x0 / divisor, rect.y0 / divisor)
        let pixels: Image
        if divisor == 1 {
            pixels = try image(of: rect, cancellation)
        } else {
            pixels = try image(of: rect, dividedBy: divisor, cancellation)
        }
        return DecodedPart(image: pixels, x: x, y: y, scale: 1 / Double(divisor), memory: memory)
    }

    /// What it costs to read a window in strips.
    private func cost(of window: PixelRect, dividedBy divisor: Int = 1) -> DecodingCost {
        let stripPixelCount = window.width * min(window.height, stripHeight(of: window, dividedBy: divisor))
        // Samples of 16 bits and the colours that they become.
        let stripByteCount =
            layout.isPlainRGB && divisor == 1 ? 0 : stripPixelCount * (2 * layout.bands.count + 3)
        let resultByteCount = window.area / (divisor * divisor) * 3
        let (byteCount, isTooLarge) = storedForm.workingByteCount.addingReportingOverflow(
            stripByteCount + resultByteCount)
        return DecodingCost(byteCount: isTooLarge ? .max : byteCount)
    }

    /// At least as high as a stored block, which would else be decoded for each strip that it has a part in.
    private func stripHeight(of window: PixelRect, dividedBy divisor: Int) -> Int {
        let rowCount = max(Self.stripPixelCount / window.width, storedForm.blockHeight, divisor)
        return rowCount / divisor * divisor
    }

    private func image(
        of window: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> Image {
        var pixels = [UInt8](repeating: 0, count: layout.isPlainRGB ? window.area * 3 : 0)
        if !layout.isPlainRGB { pixels.reserveCapacity(window.area * 3) }
        let rowCount = stripHeight(of: window, dividedBy: 1)
        for y in stride(from: window.y0, to: window.y1, by: rowCount) {
            let strip = PixelRect(x0: window.x0, y0: y, x1: window.x1, y1: min(y + rowCount, window.y1))
            try check(cancellation)
            if layout.isPlainRGB {
                let start = (y - window.y0) * window.width * 3
                try dataset.read(strip, bands: layout.bands, into: &pixels, at: start)
            } else {
                var samples = [UInt16](repeating: 0, count: strip.area * layout.bands.count)
                try dataset.read(strip, bands: layout.bands, into: &samples)
                pixels += layout.rgb(samples)
            }
        }
        return Image(width: window.width, height: window.height, pixelsHWC: pixels)
    }

    private func image(
        of window: PixelRect, dividedBy divisor: Int, _ cancellation: Cancellation
    ) throws(RasterError) -> Image {
        let (x0, y0) = (window.x0 / divisor, window.y0 / divisor)
        let x1 = min((window.x1 + divisor - 1) / divisor, width / divisor)
        let y1 = min((window.y1 + divisor - 1) / divisor, height / divisor)
        var pixels: [UInt8] = []
        pixels.reserveCapacity((x1 - x0) * (y1 - y0) * 3)
        let rowCount = stripHeight(of: window, dividedBy: divisor) / divisor
        for y in stride(from: y0, to: y1, by: rowCount) {
            let end = min(y + rowCount, y1)
            let strip = try image(
                of: PixelRect(x0: x0 * divisor, y0: y * divisor, x1: x1 * divisor, y1: end * divisor),
                cancellation)
            pixels += strip.downscaled(width: x1 - x0, height: end - y).pixelsHWC
        }
        return Image(width: x1 - x0, height: y1 - y0, pixelsHWC: pixels)
    }

    private func check(_ cancellation: Cancellation) throws(RasterError) {
        if cancellation.isRequested {
            throw RasterError(interrupted: "read \(width)x\(height) pixels", path: path)
        }
    }

    /// The whole scene, scaled down by averaging so that its longer side is `maxSide`, or as it is when smaller.
    ///
    /// Starts from the smallest overview in the file that is at least twice as large. Without overviews every pixel
    /// is read once. Memory: about 20 MB, or one stored block where that is larger, and the result.
    ///
    /// - Parameter cancellation: looked up now and then; where it is requested, `Cancelled` is thrown.
    /// - Throws: `RasterError` as `read`.
    public func overview(maxSide: Int, cancellation: Cancellation = Cancellation()) throws -> Image {
        let size = bounds.sizeFitting(maxSide: maxSide)
        if let level = dataset.overviewWidths.lastIndex(where: { $0 >= size.width * 2 }) {
            return try Raster(opening: address, overviewLevel: level, drivers: drivers).averaged(
                width: size.width, height: size.height, cancellation)
        }
        return try averaged(width: size.width, height: size.height, cancellation)
    }

    private func averaged(width: Int, height: Int, _ cancellation: Cancellation) throws -> Image {
        var average = AreaAverage(
            sourceWidth: self.width, sourceHeight: self.height, width: width, height: height)
        for block in readingBlocks {
            try cancellation.check()
            average.finishRows(aboveSource: block.y0)
            do throws(RasterError) {
                average.add(try read(block, cancellation: cancellation), x: block.x0, y: block.y0)
            } catch {
                if error.code == .interrupted { throw Cancelled() }
                throw error
            }
        }
        average.finishRows(aboveSource: self.height)
        return average.image
    }

    /// Rectangles that cover the image so that each stored block is decoded once: of about 4 million pixels at most, or
    /// of one stored block where that is larger, as in a file of a single strip.
    private var readingBlocks: [PixelRect] {
        let stored = dataset.blockSize
        // Files of whole rows are read by whole rows.
        let blockWidth =
            stored.width >= width ? width : min(width, max(stored.width, 2048 / stored.width * stored.width))
        let rowCount = max(1, Self.stripPixelCount / blockWidth)
        let blockHeight = max(stored.height, rowCount / stored.height * stored.height)
        return stride(from: 0, to: height, by: blockHeight).flatMap { y in
            stride(from: 0, to: width, by: blockWidth).map { x in
                PixelRect(
                    x0: x, y0: y, x1: min(x + blockWidth, width), y1: min(y + blockHeight, height))
            }
        }
    }
}
