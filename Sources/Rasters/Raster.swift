public import Files
public import Pixels

/// An image of any size on disk, read window by window.
///
/// Use it from one thread at a time; to read in parallel, open several.
public struct Raster: ~Copyable {
    public let address: Address
    public let width: Int
    public let height: Int
    private let dataset: Dataset
    private let layout: SampleLayout

    /// Opens the file; only its header is read.
    ///
    /// - Parameter address: of anything that GDAL opens as an image: TIFF, PNG, JPEG, JPEG 2000, …
    /// - Throws: `cannotOpen` when it is missing, empty, a folder or no image; `unsupported` when its samples
    ///   cannot be shown as colours, saying what was found and how to convert it.
    public init(opening address: Address) throws(RasterError) {
        try self.init(opening: address, overviewLevel: nil)
    }

    /// The same of a text.
    public init(opening path: String) throws(RasterError) { try self.init(opening: Address(path)) }

    /// The address, for people.
    public var path: String { address.description }

    /// - Parameter drivers: only these of GDAL's formats; all where there are none.
    init(opening path: String, drivers: [String]) throws(RasterError) {
        try self.init(opening: Address(path), overviewLevel: nil, drivers: drivers)
    }

    private init(
        opening address: Address, overviewLevel: Int?, drivers: [String] = []
    ) throws(RasterError) {
        let dataset = try Dataset(opening: address, overviewLevel: overviewLevel, drivers: drivers)
        layout = try SampleLayout(of: dataset)
        self.address = address
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
    /// - Throws: `cannotRead`, with GDAL's words, when the data is damaged or cut off.
    public func read(_ window: PixelRect) throws(RasterError) -> Image {
        precondition(bounds.contains(window) && window.area > 0)
        if layout.isPlainRGB {
            var pixels = [UInt8](repeating: 0, count: window.area * 3)
            try dataset.read(window, bands: layout.bands, into: &pixels)
            return Image(width: window.width, height: window.height, pixelsHWC: pixels)
        }
        var samples = [UInt16](repeating: 0, count: window.area * layout.bands.count)
        try dataset.read(window, bands: layout.bands, into: &samples)
        return Image(width: window.width, height: window.height, pixelsHWC: layout.rgb(samples))
    }

    /// Reads a window, each square of `divisor` pixels averaged to one, so that memory holds little of the window at once.
    ///
    /// - Parameter window: at least `divisor` pixels in each direction. At the right and lower edge of the image, what fills
    ///   no square is left out.
    func read(_ window: PixelRect, dividedBy divisor: Int) throws(RasterError) -> DecodedPart {
        let (x0, y0) = (window.x0 / divisor, window.y0 / divisor)
        let x1 = min((window.x1 + divisor - 1) / divisor, width / divisor)
        let y1 = min((window.y1 + divisor - 1) / divisor, height / divisor)
        var pixels: [UInt8] = []
        pixels.reserveCapacity((x1 - x0) * (y1 - y0) * 3)
        let rowCount = max(1, (1 << 22) / ((x1 - x0) * divisor * divisor))
        for y in stride(from: y0, to: y1, by: rowCount) {
            let end = min(y + rowCount, y1)
            let strip = try read(
                PixelRect(x0: x0 * divisor, y0: y * divisor, x1: x1 * divisor, y1: end * divisor))
            pixels += strip.downscaled(width: x1 - x0, height: end - y).pixelsHWC
        }
        return DecodedPart(
            image: Image(width: x1 - x0, height: y1 - y0, pixelsHWC: pixels), x: x0, y: y0,
            scale: 1 / Double(divisor))
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
            return try Raster(opening: address, overviewLevel: level).averaged(
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
            average.add(try read(block), x: block.x0, y: block.y0)
        }
        average.finishRows(aboveSource: self.height)
        return average.image
    }

    /// Rectangles that cover the image so that each stored block is decoded once: of about 4 million pixels at most, or
    /// of one stored block where that is larger, as in a file of a single strip.
    private var readingBlocks: [PixelRect] {
        let stored = dataset.blockSize
        let pixelCount = 1 << 22
        // Files of whole rows are read by whole rows.
        let blockWidth =
            stored.width >= width ? width : min(width, max(stored.width, 2048 / stored.width * stored.width))
        let rowCount = max(1, pixelCount / blockWidth)
        let blockHeight = max(stored.height, rowCount / stored.height * stored.height)
        return stride(from: 0, to: height, by: blockHeight).flatMap { y in
            stride(from: 0, to: width, by: blockWidth).map { x in
                PixelRect(
                    x0: x, y0: y, x1: min(x + blockWidth, width), y1: min(y + blockHeight, height))
            }
        }
    }
}
