internal import CGDAL
import Files
import Foundation
import Pixels

/// One open GDAL dataset. GDAL is re-entrant, not thread-safe: use a dataset from one thread at a time
/// (gdal.org/user/multithreading.html).
struct Dataset: ~Copyable {
    let address: Address
    private let handle: GDALDatasetH
    /// The fetched file, opened; where there is none, the same handle.
    private let original: GDALDatasetH
    /// Keeps the fetched file.
    private let fetched: FileReader?
    /// What tells when the pixels are better read from a decoded copy; `nil` where they never are.
    private(set) var decoding: DecodingState?
    /// Reads it as a whole-slide image, where it is one.
    let slide: Slide?
    /// Owns the handle of an animation's first picture on its canvas; `nil` for all else.
    private let frame: OpenedFrame?
    private let frameDriverName: String?

    /// Reads the pixels.
    private var pixels: GDALDatasetH { decoding?.handle ?? original }

    /// - Parameter overviewLevel: opens this overview (0 is the largest) as if it were the image.
    /// - Parameter drivers: only these of GDAL's formats; all where there are none.
    /// - Parameter copy: of the scene that it is; `nil` for what is read once.
    init(
        opening address: Address, overviewLevel: Int? = nil, drivers: [String] = [], copy: DecodedCopy? = nil
    ) throws(RasterError) {
        GDAL.start()
        let path = address.description
        if let objection = address.objection ?? Self.objection(to: address) {
            throw RasterError(.cannotOpen, "open as an image", path, cause: objection)
        }
        CPLErrorReset()
        let flags = UInt32(GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR)
        // Files beside a picture may be of any format: a driver that is given this list looks for no others.
        let siblings = drivers.isEmpty ? [] : [address.lastComponent]
        func open(_ gdalPath: String) -> GDALDatasetH? {
            GDAL.withConstantOptions(drivers) { drivers in
                GDAL.withConstantOptions(siblings) { siblings in
                    GDAL.withConstantOptions(overviewLevel.map { ["OVERVIEW_LEVEL=\($0)"] } ?? []) {
                        options in
                        GDALOpenEx(gdalPath, flags, drivers, options, siblings)
                    }
                }
            }
        }
        // GDAL opens some slides as plain TIFFs.
        let slide = drivers.isEmpty ? try Slide(recognising: address) : nil
        let still = slide == nil && overviewLevel == nil ? Self.firstFrame(of: address) : nil
        CPLErrorReset()
        let frame = still.map { $0.opened(address.readingPath, open) }
        guard
            let opened = frame.map({ $0?.handle }) ?? open(slide?.gdalPath ?? address.readingPath)
        else {
            slide?.close()
            throw RasterError(.cannotOpen, "open as an image", path, cause: Self.reasonNotOpened(address))
        }
        let fetched: FileReader?
        do throws(FileError) {
            fetched =
                address.isFetchedWhole && frame == nil && slide == nil && !Self.hasTiles(opened)
                ? try FileReader(opening: address) : nil
        } catch {
            if frame == nil { GDALClose(opened) }
            slide?.close()
            throw RasterError(error)
        }
        (self.address, handle, self.fetched) = (address, opened, fetched)
        // An overview that lies beside the file is not fetched.
        original = fetched.flatMap { open($0.descriptorPath) } ?? opened
        self.slide = slide
        (self.frame, frameDriverName) = (frame ?? nil, still?.driverName)
        decoding = nil
        if let copy, let order = decodingOrder { decoding = DecodingState(order, copy) }
    }

    deinit {
        if original != handle { GDALClose(original) }
        if frame == nil { GDALClose(handle) }
        slide?.close()
    }

    /// Whether a window can be read without the rows that it stands in. A picture, or one in rows, is read again and again from
    /// front to back.
    private static func hasTiles(_ handle: GDALDatasetH) -> Bool {
        var (width, height): (Int32, Int32) = (0, 0)
        GDALGetBlockSize(GDALGetRasterBand(handle, 1), &width, &height)
        return width < GDALGetRasterXSize(handle)
    }

    /// Looks into files that may be animations: of servers only those that are called so.
    private static func firstFrame(of address: Address) -> FirstFrame? {
        let name = address.lastComponent.lowercased()
        guard !address.isFetchedWhole || name.hasSuffix(".gif") || name.hasSuffix(".webp") else { return nil }
        return FirstFrame(of: address)
    }

    /// For people.
    var path: String { address.description }

    var width: Int { Int(GDALGetRasterXSize(handle)) }
    var height: Int { Int(GDALGetRasterYSize(handle)) }
    var bandCount: Int { Int(GDALGetRasterCount(handle)) }

    /// Bands count from 1, as GDAL's do.
    func colourInterpretation(ofBand band: Int) -> GDALColorInterp {
        GDALGetRasterColorInterpretation(GDALGetRasterBand(handle, Int32(band)))
    }

    func sampleType(ofBand band: Int) -> GDALDataType {
        GDALGetRasterDataType(GDALGetRasterBand(handle, Int32(band)))
    }

    /// Whether a band has samples of other kinds than a byte.
    ///
    /// - Parameter bands: `nil` for all.
    func hasDeepSamples(bands: [Int]?) -> Bool {
        (bands ?? Array(1...max(1, bandCount))).contains {
            $0 <= bandCount && sampleType(ofBand: $0) != GDT_Byte
        }
    }

    /// Bits of a sample, as it is stored.
    func sampleBitCount(band: Int) -> Int { Int(GDALGetDataTypeSizeBits(sampleType(ofBand: band))) }

    /// Whether the samples of a band have a fraction, and so need not be numbers.
    func hasFractions(band: Int) -> Bool { GDALDataTypeIsFloating(sampleType(ofBand: band)) != 0 }

    /// The colours of a palette and whether each is transparent; `nil` where the band has none, or not of red, green and blue.
    func palette(ofBand band: Int) -> [(colour: RGB, isTransparent: Bool)]? {
        guard let table = GDALGetRasterColorTable(GDALGetRasterBand(handle, Int32(band))),
            GDALGetPaletteInterpretation(table) == GPI_RGB
        else { return nil }
        return (0..<GDALGetColorEntryCount(table)).map { index in
            var entry = GDALColorEntry()
            GDALGetColorEntryAsRGB(table, index, &entry)
            let colour = RGB(
                UInt8(clamping: entry.c1), UInt8(clamping: entry.c2), UInt8(clamping: entry.c3))
            return (colour, entry.c4 == 0)
        }
    }

    /// `IMAGE_STRUCTURE` metadata of the file (band 0) or of a band.
    func structure(_ name: String, band: Int = 0) -> String? {
        // JPEG has 8 bits or 12; GDAL tells only that they are more than 8.
        if name == "NBITS", band > 0, driverName == "JPEG", sampleType(ofBand: band) == GDT_UInt16 {
            return "12"
        }
        return metadata(name, in: "IMAGE_STRUCTURE", band: band)
    }

    /// What GDAL tells of the file (band 0) or of a band.
    func metadata(_ name: String, in domain: String, band: Int = 0) -> String? {
        let owner = band == 0 ? handle : GDALGetRasterBand(handle, Int32(band))
        return GDALGetMetadataItem(owner, name, domain).map { String(cString: $0) }
    }

    /// Lends a band, counted from 1, for what few ask.
    func withBand<Result>(_ number: Int, _ body: (GDALRasterBandH?) -> Result) -> Result {
        body(GDALGetRasterBand(handle, Int32(number)))
    }

    /// Whether it has a mask that is no band.
    var hasOwnMask: Bool {
        withBand(1) { GDALGetMaskFlags($0) } & (GMF_PER_DATASET | GMF_ALPHA) == GMF_PER_DATASET
    }

    /// The sides of the blocks in which the file keeps its pixels.
    var blockSize: (width: Int, height: Int) {
        var (width, height): (Int32, Int32) = (0, 0)
        GDALGetBlockSize(GDALGetRasterBand(handle, 1), &width, &height)
        return (Int(width), Int(height))
    }

    /// GDAL's name of the format: `"GTiff"`; that of slides is `"OpenSlide"`.
    var driverName: String {
        if slide != nil { return "OpenSlide" }
        return frameDriverName ?? String(cString: GDALGetDriverShortName(GDALGetDatasetDriver(handle)))
    }

    /// Whether a part can be read without the decoding of all that lies before it.
    var isReadInPlace: Bool {
        let isOneBlock = blockSize.width >= width && blockSize.height >= height
        guard !isOneBlock else { return false }
        return switch decodingOrder {
        case nil, .pieces: storedForm.unit == .block
        case .rows, .repeatedPieces: false
        }
    }

    var storedForm: StoredForm {
        let sampleByteCount = (1...max(1, bandCount)).reduce(1) {
            max($0, Int(GDALGetDataTypeSizeBytes(sampleType(ofBand: $1))))
        }
        let unit: StoredForm.Unit =
            switch driverName {
            case "PNG" where PNGHeader(of: address)?.isInterlaced == true: .interlacedPNG
            case "BMP" where BMPHeader(of: address)?.isCompressed == true: .picture
            case "WEBP", "GIF", "HEIF": .picture
            default: .block
            }
        var form = StoredForm(
            unit: unit, width: width, height: height, blockWidth: blockSize.width,
            blockHeight: blockSize.height, pixelByteCount: bandCount * sampleByteCount)
        if driverName == "JP2OpenJPEG", let header = JPEG2000Header(of: address) {
            form.leastCodeBlockArea = header.leastCodeBlockArea
        }
        return form
    }

    /// The files that belong to it; the image itself first, where it is one.
    var files: [Address] {
        if let slide { return slide.files }
        if frame != nil { return [address] }
        let list = GDALGetFileList(handle)
        defer { CSLDestroy(list) }
        let names = (0..<Int(CSLCount(list))).compactMap { index in
            list?[index].map { String(cString: $0) }
        }
        // What is part of a file, or described in words, is no file of its own.
        let own = address.readingPath
        guard names.contains(own) || names.isEmpty else { return names.map { Address(readingPath: $0) } }
        return [address] + names.filter { $0 != own }.map { Address(readingPath: $0) }
    }

    /// Sizes of the overviews, largest first.
    var overviewSizes: [(width: Int, height: Int)] {
        let band = GDALGetRasterBand(handle, 1)
        return (0..<GDALGetOverviewCount(band)).map {
            let overview = GDALGetOverview(band, $0)
            return (Int(GDALGetRasterBandXSize(overview)), Int(GDALGetRasterBandYSize(overview)))
        }
    }

    /// The sample that stands for "nothing was measured here"; `nil` where there is none.
    func noData(ofBand band: Int) -> Double? {
        var isThere: Int32 = 0
        let value = GDALGetRasterNoDataValue(GDALGetRasterBand(handle, Int32(band)), &isThere)
        guard isThere != 0 else { return nil }
        // As its samples are, which a file's text may say with more digits.
        return sampleType(ofBand: band) == GDT_Float32 ? Double(Float(value)) : value
    }

    /// Whether an alpha band or a mask says which pixels are there.
    var hasMask: Bool { alphaBand != nil || hasMaskOfItsOwn }

    private var hasMaskOfItsOwn: Bool {
        let flags = GDALGetMaskFlags(GDALGetRasterBand(handle, 1))
        return flags & GMF_PER_DATASET != 0 && flags & GMF_ALL_VALID == 0
    }

    /// GDAL itself knows one as a mask only in files of two or four bands without "no data".
    var alphaBand: Int? {
        guard bandCount > 1 else { return nil }
        return (1...bandCount).first { colourInterpretation(ofBand: $0) == GCI_AlphaBand }
    }

    /// The six numbers of the transform from pixels to coordinates and the CRS as WKT, where the file has both.
    var geotransformAndCRS: (transform: [Double], wkt: String)? {
        var transform = [Double](repeating: 0, count: 6)
        guard GDALGetGeoTransform(handle, &transform) == CE_None, transform.allSatisfy(\.isFinite),
            let words = GDALGetProjectionRef(handle), words.pointee != 0
        else { return nil }
        return (transform, String(cString: words))
    }

    /// All that says where pixels lie, in the order in which it is used: a transform, ground control points, RPCs. The system of the
    /// first two may be missing, and is an empty text then.
    var placements: [Georeference] {
        var placements: [Georeference] = []
        var transform = [Double](repeating: 0, count: 6)
        if GDALGetGeoTransform(handle, &transform) == CE_None, transform.allSatisfy(\.isFinite) {
            placements.append(
                Georeference(transform: transform, wkt: Self.text(GDALGetProjectionRef(handle))))
        }
        if let gcps = GDALGetGCPs(handle), GDALGetGCPCount(handle) > 1 {
            let points = (0..<Int(GDALGetGCPCount(handle))).map { number in
                let gcp = gcps[number]
                return ControlPoint(
                    x: gcp.dfGCPPixel, y: gcp.dfGCPLine, easting: gcp.dfGCPX, northing: gcp.dfGCPY,
                    height: gcp.dfGCPZ)
            }
            placements.append(
                Georeference(controlPoints: points, wkt: Self.text(GDALGetGCPProjection(handle))))
        }
        if let list = GDALGetMetadata(handle, "RPC") {
            let lines = (0..<Int(CSLCount(list))).compactMap { list[$0].map { String(cString: $0) } }
            if !lines.isEmpty { placements.append(Georeference(polynomials: lines)) }
        }
        return placements
    }

    private static func text(_ words: UnsafePointer<CChar>?) -> String {
        words.map { String(cString: $0) } ?? ""
    }

    /// Reads `window` of `bands`, samples of one pixel side by side: `[H, W, bands]`.
    ///
    /// - Parameter start: where in `samples` the first goes.
    func read(
        _ window: PixelRect, bands: [Int], into samples: inout [UInt8], at start: Int = 0
    ) throws(RasterError) {
        precondition(start >= 0 && samples.count - start >= window.area * bands.count)
        let error = samples.withUnsafeMutableBytes { bytes in
            transfer(
                window, bands: bands, type: GDT_Byte, sampleByteCount: 1,
                buffer: bytes.baseAddress.map { $0 + start })
        }
        if let error { throw error }
    }

    /// The same with 16-bit samples.
    func read(_ window: PixelRect, bands: [Int], into samples: inout [UInt16]) throws(RasterError) {
        precondition(samples.count >= window.area * bands.count)
        let error = samples.withUnsafeMutableBytes { bytes in
            transfer(
                window, bands: bands, type: GDT_UInt16, sampleByteCount: 2, buffer: bytes.baseAddress)
        }
        if let error { throw error }
    }

    /// Reads all bands of a window in a type that holds them, as the file has them.
    func readStored(_ window: PixelRect, type: GDALDataType) throws(RasterError) -> [UInt8] {
        let sampleByteCount = Int(GDALGetDataTypeSizeBytes(type))
        var samples = [UInt8](repeating: 0, count: window.area * bandCount * sampleByteCount)
        let error = samples.withUnsafeMutableBytes { bytes in
            transfer(
                window, bands: Array(1...bandCount), type: type, sampleByteCount: sampleByteCount,
                buffer: bytes.baseAddress)
        }
        if let error { throw error }
        return samples
    }

    /// The same with samples of any kind, as numbers.
    func read(_ window: PixelRect, bands: [Int], into samples: inout [Double]) throws(RasterError) {
        precondition(samples.count >= window.area * bands.count)
        let error = samples.withUnsafeMutableBytes { bytes in
            transfer(
                window, bands: bands, type: GDT_Float64, sampleByteCount: 8, buffer: bytes.baseAddress)
        }
        if let error { throw error }
    }

    /// Reads every n-th sample of one band of the whole raster, from an overview where there is one.
    ///
    /// - Parameter cancellation: looked up now and then.
    /// - Returns: `[height, width]`.
    func readThinned(
        band: Int, width: Int, height: Int, cancellation: Cancellation
    ) throws(RasterError) -> [Double] {
        var samples = [Double](repeating: 0, count: width * height)
        try forEachThinnedPart(height, cancellation) { part, rows throws(RasterError) in
            let error = samples.withUnsafeMutableBytes { bytes in
                transfer(
                    part, width: width, height: rows.count, bands: [band], type: GDT_Float64,
                    sampleByteCount: 8,
                    buffer: bytes.baseAddress.map { $0 + rows.lowerBound * width * 8 })
            }
            if let error { throw error }
        }
        return samples
    }

    /// Rows of a thinned picture that are read at a time.
    private static let thinnedRowCount = 16

    /// Reads every n-th pixel of what the alpha band or the mask says: 0 where nothing is there.
    ///
    /// - Returns: `[height, width]`.
    func readThinnedMask(
        width: Int, height: Int, cancellation: Cancellation
    ) throws(RasterError) -> [UInt8] {
        var mask: [UInt8] = []
        mask.reserveCapacity(width * height)
        try forEachThinnedPart(height, cancellation) { part, rows throws(RasterError) in
            mask += try readMask(part, width: width, height: rows.count)
        }
        return mask
    }

    /// The parts of the raster of which some rows of a thinned picture are made.
    private func forEachThinnedPart(
        _ height: Int, _ cancellation: Cancellation,
        _ body: (_ part: PixelRect, _ rows: Range<Int>) throws(RasterError) -> Void
    ) throws(RasterError) {
        for row in stride(from: 0, to: height, by: Self.thinnedRowCount) {
            if cancellation.isRequested { throw RasterError(interrupted: "read", path: path) }
            let rows = row..<min(height, row + Self.thinnedRowCount)
            try body(
                PixelRect(
                    x0: 0, y0: rows.lowerBound * self.height / height, x1: self.width,
                    y1: rows.upperBound * self.height / height), rows)
        }
    }

    /// Reads what the alpha band or the mask says of a window: 0 where nothing is there.
    func readMask(_ window: PixelRect) throws(RasterError) -> [UInt8] {
        try readMask(window, width: window.width, height: window.height)
    }

    private func readMask(
        _ window: PixelRect, width: Int, height: Int
    ) throws(RasterError) -> [UInt8] {
        var mask = [UInt8](repeating: 0, count: width * height)
        let messages = GDALMessages()
        let band =
            alphaBand.map { GDALGetRasterBand(pixels, Int32($0)) }
            ?? GDALGetMaskBand(GDALGetRasterBand(pixels, 1))
        let status = mask.withUnsafeMutableBytes { mask in
            messages.collect {
                GDALRasterIO(
                    band, GF_Read, Int32(window.x0), Int32(window.y0), Int32(window.width),
                    Int32(window.height), mask.baseAddress, Int32(width), Int32(height), GDT_Byte, 1,
                    Int32(width))
            }
        }
        guard status == CE_None, !messages.tellOfDamage else { throw readError(window, messages) }
        return mask
    }

    /// - Parameter width: of what is read; that of the window where there is none.
    /// - Returns: the error where not all came, or some of it was made up. (It stands in closures that give no errors of one type.)
    private func transfer(
        _ window: PixelRect, width: Int? = nil, height: Int? = nil, bands: [Int], type: GDALDataType,
        sampleByteCount: Int, buffer: UnsafeMutableRawPointer?
    ) -> RasterError? {
        let messages = GDALMessages()
        var bandNumbers = bands.map(Int32.init)
        let pixelByteCount = bands.count * sampleByteCount
        let (width, height) = (width ?? window.width, height ?? window.height)
        let handle = pixels
        let status = messages.collect {
            GDALDatasetRasterIOEx(
                handle, GF_Read, Int32(window.x0), Int32(window.y0), Int32(window.width),
                Int32(window.height), buffer, Int32(width), Int32(height), type, Int32(bands.count),
                &bandNumbers, Int64(pixelByteCount), Int64(pixelByteCount * width), Int64(sampleByteCount),
                nil)
        }
        return status == CE_None && !messages.tellOfDamage ? nil : readError(window, messages)
    }

    private func readError(_ window: PixelRect, _ messages: GDALMessages) -> RasterError {
        let place = "\(window.width)x\(window.height) pixels at \(window.x0),\(window.y0)"
        if let cause = slide?.failure { return RasterError(.cannotRead, "read \(place)", path, cause: cause) }
        var error = RasterError(.cannotRead, "read \(place) (is the file damaged or cut off?)", address)
        if let first = messages.first(about: address) { error.cause = "\(first); \(error.cause)" }
        return error
    }

    /// Why GDAL must not look at what is there: a pipe would wait for somebody to write, and so would some devices.
    private static func objection(to address: Address) -> String? {
        var status = stat()
        guard let path = address.localPath, stat(path, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT != S_IFDIR, let kind = otherKind(of: status.st_mode) else { return nil }
        return "it is \(kind); write the image into a file and name that"
    }

    /// GDAL says of most things only that it does not know the format; look what is there.
    private static func reasonNotOpened(_ address: Address) -> String {
        let words = GDAL.words(about: address)
        if let reason = StoredFile.whyAbsent(address) { return reason }
        let path = address.gdalPath
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { return "it is a folder; name an image file" }
            if status.st_size == 0 { return "the file is empty (0 bytes)" }
        } else if !path.hasPrefix("/vsi"), !path.contains(":") {
            // Other names, such as a part of a file, mean something to GDAL alone.
            return String(cString: strerror(errno))
        }
        return words.isEmpty ? "its format is unknown" : words
    }
}
