public import Files
public import Pixels

/// An image of any size on disk, read window by window: upright, and at the scale of its view.
///
/// Use it from one thread at a time; to read in parallel, open several.
public struct Raster: ~Copyable {
    public let address: Address
    /// In pixels that are seen, as all sizes and places here.
    public let width: Int
    public let height: Int
    /// The formats as which it may be opened; empty for all.
    private let drivers: [String]
    /// `nil` for pixels as they are stored.
    private let view: SceneView?
    /// What is read: the image, or where it is seen smaller, an overview of it.
    private let source: StoredRaster

    /// Opens the file; only its header is read.
    ///
    /// - Parameter address: of anything that GDAL opens as an image: TIFF, PNG, JPEG, JPEG 2000, …
    /// - Parameter view: how it is seen; as it is stored where there is none.
    /// - Throws: `cannotOpen` when it is missing, empty, a folder, a pipe or no image; `unsupported` when its samples
    ///   cannot be shown as colours, saying what was found and how to convert it.
    public init(opening address: Address, view: SceneView? = nil) throws(RasterError) {
        try self.init(opening: address, overviewLevel: nil, view: view)
    }

    /// The same for one of several readings of a scene, which share a decoded copy where they need one.
    ///
    /// - Parameter crs: the coordinate system by hand, as WKT.
    init(
        opening address: Address, view: SceneView?, crs: String? = nil, copy: DecodedCopy
    ) throws(RasterError) {
        try self.init(opening: address, overviewLevel: nil, view: view, crs: crs, copy: copy)
    }

    /// Opens what the text names, for tests.
    package init(opening path: String) throws(RasterError) { try self.init(opening: Address(path)) }

    /// Opens a file that somebody else chose: only formats that hold pictures and nothing else, and no file beside it. Others
    /// of GDAL's formats may name any file or server, which are then read, too.
    package init(openingPicture address: Address, view: SceneView? = nil) throws(RasterError) {
        try self.init(
            opening: address, overviewLevel: nil, drivers: ImageDecoder.drivers + ["JPEG"], view: view)
    }

    /// The address, for people.
    public var path: String { address.description }

    /// - Parameter overviewLevel: opens this overview as if it were the image; only for a view without a scale.
    private init(
        opening address: Address, overviewLevel: Int?, drivers: [String] = [], view: SceneView?,
        crs: String? = nil, copy: DecodedCopy? = nil
    ) throws(RasterError) {
        let full = try StoredRaster(
            opening: address, overviewLevel: overviewLevel, drivers: drivers, view: view, crs: crs,
            copy: copy)
        let georeference = full.georeference
        let storedSize = (full.width, full.height)
        let slidePixelSize = full.dataset.slide?.pixelSize
        let upright = view.orientation.upright(width: full.width, height: full.height)
        let source = try Self.source(of: full, view: view, drivers: drivers)
        (self.address, self.drivers, self.view) = (address, drivers, view)
        (self.georeference, self.storedSize) = (georeference, storedSize)
        self.slidePixelSize = slidePixelSize
        (width, height) = view?.scale.map { ($0.width, $0.height) } ?? upright
        self.source = source
    }

    /// What is read for a view.
    ///
    /// - Parameter full: the image itself.
    /// - Returns: the smallest overview that is finer than what is seen, else the image.
    private static func source(
        of full: consuming StoredRaster, view: SceneView?, drivers: [String]
    ) throws(RasterError) -> StoredRaster {
        guard let scale = view?.scale else { return full }
        let upright = view.orientation.upright(width: full.width, height: full.height)
        guard upright == (scale.fullWidth, scale.fullHeight) else {
            throw RasterError(
                .unsupported, "read it at another scale", full.address.description,
                cause: "it has \(upright.width)x\(upright.height) pixels, and the scale is for "
                    + "\(scale.fullWidth)x\(scale.fullHeight)")
        }
        let level = full.smallestOverview { width, height in
            let size = view.orientation.upright(width: width, height: height)
            return size.width >= scale.width && size.height >= scale.height
        }
        guard let level else { return full }
        let overview = try StoredRaster(
            opening: full.address, overviewLevel: level, drivers: drivers, view: view)
        // A mask that lies beside the file may have no overviews of its own.
        guard overview.layout.validity.hasMask || !full.layout.validity.hasMask else { return full }
        return overview
    }

    public var bounds: PixelRect { PixelRect(x0: 0, y0: 0, x1: width, y1: height) }

    /// Opens the smallest overview of at least this size as if it were the image; only for a view without a scale.
    ///
    /// - Returns: `nil` where only the image itself is large enough.
    func openedOverview(leastWidth: Int, leastHeight: Int) throws(RasterError) -> Raster? {
        precondition(view?.scale == nil)
        let level = source.smallestOverview { width, height in
            let size = view.orientation.upright(width: width, height: height)
            return size.width >= leastWidth && size.height >= leastHeight
        }
        guard let level else { return nil }
        let overview = try Raster(opening: address, overviewLevel: level, drivers: drivers, view: view)
        // A mask that lies beside the file may have no overviews of its own.
        guard overview.source.layout.validity.hasMask || !source.layout.validity.hasMask else { return nil }
        return overview
    }

    /// Where the pixels of the file lie on Earth; `nil` where it does not say it.
    public let georeference: Georeference?

    /// How large the pixels of the file are, as it is stored; `nil` where it does not say.
    public var pixelSize: PixelSize? {
        slidePixelSize ?? georeference?.pixelSize(width: storedSize.width, height: storedSize.height)
    }
    let storedSize: (width: Int, height: Int)
    private let slidePixelSize: PixelSize?

    public var bandCount: Int { source.dataset.bandCount }

    /// Sides of the blocks in which the file keeps its pixels, as they are seen.
    var storedBlock: Scene.StoredBlock {
        let stored = source.dataset.blockSize
        let (blockWidth, blockHeight) = view.orientation.upright(width: stored.width, height: stored.height)
        guard view?.scale != nil else { return Scene.StoredBlock(width: blockWidth, height: blockHeight) }
        let step = step
        return Scene.StoredBlock(
            width: max(1, Int(Double(blockWidth) / step.x)), height: max(1, Int(Double(blockHeight) / step.y))
        )
    }

    /// Whether a part can be read without the decoding of all that lies before it.
    var isReadInPlace: Bool { source.dataset.isReadInPlace }

    /// The files that belong to it, the image itself first where it is one: what holds its georeference, its overviews, its parts.
    var files: [Address] { source.dataset.files }

    /// Reads `window`, which must lie inside the image, as 8-bit RGB.
    ///
    /// - Grey gives three equal channels; a palette is expanded.
    /// - Alpha and masks are dropped: a transparent pixel has the colour that the file stores under it, and a
    ///   "no data" value is a colour like any other. A view with a fill shows that colour instead.
    /// - Other depths than 8 bits are scaled so that the largest number their bits can hold is 255, rounded to
    ///   nearest: 16 bits divide by 257, and a file that says it uses 12 of them (`NBITS`) divides by 4095/255. A view with
    ///   ranges scales by these, and takes samples with a sign or a fraction, too.
    /// - CMYK becomes (1 - ink)(1 - black), without colour profiles, which are ignored.
    /// - Bands are chosen by the view, else by what they say they are (red, green, blue), else three bands are taken in order.
    /// - Where a view has an orientation, the picture is turned upright. Where it has a scale, each pixel is a function of its own
    ///   place: the smallest overview that is finer, then an antialiased resize.
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
        try readMasked(window, cancellation: cancellation).image
    }

    /// The same, with what is known of the pixels' validity. Nothing is looked up where the view has no fill.
    public func readMasked(
        _ window: PixelRect, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) -> MaskedImage {
        precondition(bounds.contains(window) && window.area > 0)
        guard view?.scale != nil else { return try readUpright(window, cancellation) }
        let step = step
        let upright = view.orientation.upright(width: source.width, height: source.height)
        let part = ScaledPart(
            window, stepX: step.x, stepY: step.y, sourceWidth: upright.width, sourceHeight: upright.height)
        let read = try readUpright(part.source, cancellation)
        let image = part.resized(read.image)
        guard let validHW = read.validHW else { return MaskedImage(image: image) }
        // A pixel is valid where the one in its middle is.
        let columns = (window.x0..<window.x1).map { Int((Double($0) + 0.5) * step.x) - part.source.x0 }
        var valid: [UInt8] = []
        valid.reserveCapacity(window.area)
        for y in window.y0..<window.y1 {
            let row = (Int((Double(y) + 0.5) * step.y) - part.source.y0) * part.source.width
            valid += columns.lazy.map { validHW[row + $0] }
        }
        return MaskedImage(image: image, validHW: valid)
    }

    /// Columns and rows of the upright source for one that is seen.
    private var step: (x: Double, y: Double) {
        guard let scale = view?.scale else { return (1, 1) }
        let upright = view.orientation.upright(width: source.width, height: source.height)
        return (
            Double(upright.width) / Double(scale.fullWidth) / scale.x,
            Double(upright.height) / Double(scale.fullHeight) / scale.y
        )
    }

    /// Reads a part of the upright source.
    private func readUpright(
        _ window: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> MaskedImage {
        let orientation = view.orientation
        guard orientation != .upright else { return try source.read(window, cancellation: cancellation) }
        let stored = orientation.stored(PixelBox(window), width: source.width, height: source.height)
        let rect = PixelRect(
            x0: Int(stored.x0), y0: Int(stored.y0), x1: Int(stored.x1), y1: Int(stored.y1))
        return try source.read(rect, cancellation: cancellation).turned(by: orientation)
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
        // What is seen at a scale is made of an overview as it is.
        let level = source.smallestOverview { width, height in
            view.orientation.upright(width: width, height: height).width >= size.width * 2
        }
        if view?.scale == nil, let level {
            return try Raster(opening: address, overviewLevel: level, drivers: drivers, view: view)
                .averaged(width: size.width, height: size.height, cancellation)
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

    /// Rectangles that cover the image so that each stored block is decoded once: of about 4 million pixels at most, or of one
    /// stored block where that is larger and would be decoded for each part of it.
    private var readingBlocks: [PixelRect] {
        let stored = storedBlock
        // Files of whole rows are read by whole rows.
        let blockWidth =
            stored.width >= width ? width : min(width, max(stored.width, 2048 / stored.width * stored.width))
        let rowCount = max(1, StoredRaster.stripPixelCount / blockWidth)
        let wholeHeight = max(stored.height, rowCount / stored.height * stored.height)
        let isKept = blockWidth == width && source.dataset.keepsLastBlock
        let blockHeight = stored.height > rowCount && isKept ? rowCount : wholeHeight
        return stride(from: 0, to: height, by: blockHeight).flatMap { y in
            stride(from: 0, to: width, by: blockWidth).map { x in
                PixelRect(
                    x0: x, y0: y, x1: min(x + blockWidth, width), y1: min(y + blockHeight, height))
            }
        }
    }
}

extension SceneView? {
    /// Upright where there is none.
    var orientation: Orientation { self?.orientation.map(Orientation.init(tag:)) ?? .upright }
}
