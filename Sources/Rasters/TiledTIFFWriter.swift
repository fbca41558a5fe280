internal import CGDAL
public import Files
public import Pixels

/// Writes a large image block by block: a tiled, losslessly compressed TIFF with overviews, which viewers and `Raster`
/// open at any zoom without reading all of it.
///
/// It appears under its name when `commit` has ended; without that, nothing is left. Blocks may come in any order, but
/// rows of whole 512-pixel squares are best: a square that is written in parts is kept in memory until it is full.
/// Memory: about 300 MB, whatever the size. Speed: `docs/benchmarks.md`.
public struct TiledTIFFWriter: ~Copyable {
    /// Side of the squares in which the pixels are kept.
    public static let blockSide = 512

    public let width: Int
    public let height: Int
    private var file: PartialFile
    private var handle: GDALDatasetH?
    private let isCloudOptimized: Bool

    /// Creates the partial file.
    ///
    /// - Parameter georeference: where the pixels lie on Earth.
    /// - Parameter isCloudOptimized: whether the complete file is written once more, in the order in which readers over a network
    ///   want it (COG). Both are on the disk meanwhile.
    /// - Throws: where a `FileWriter` would.
    public init(
        _ output: OutputFile, width: Int, height: Int, georeference: Georeference? = nil,
        isCloudOptimized: Bool = false
    ) throws(RasterError) {
        precondition(width > 0 && height > 0)
        let driver = try GDAL.driver("GTiff", for: output.path)
        let file = try Self.begin(output)
        let options = [
            "TILED=YES", "BLOCKXSIZE=\(Self.blockSide)", "BLOCKYSIZE=\(Self.blockSide)", "INTERLEAVE=PIXEL",
            "COMPRESS=DEFLATE", "ZLEVEL=1", "PREDICTOR=2", "BIGTIFF=IF_SAFER", "NUM_THREADS=2",
        ]
        CPLErrorReset()
        let path = file.path
        let handle = GDAL.withOptions(options) {
            GDALCreate(driver, path, Int32(width), Int32(height), 3, GDT_Byte, $0)
        }
        guard let handle else { throw RasterError(writing: output.path, temporaryPath: path, "create") }
        if let georeference { Self.set(georeference, of: handle) }
        self.file = file
        self.handle = handle
        self.isCloudOptimized = isCloudOptimized
        (self.width, self.height) = (width, height)
    }

    private static func set(_ georeference: Georeference, of handle: GDALDatasetH) {
        if let points = georeference.controlPoints {
            points.withGCPs { _ = GDALSetGCPs(handle, $1, $0, georeference.wkt) }
        } else if let polynomials = georeference.polynomials {
            GDAL.withOptions(polynomials) { _ = GDALSetMetadata(handle, $0, "RPC") }
        } else if georeference.hasTransform {
            var transform = georeference.transform
            GDALSetGeoTransform(handle, &transform)
            GDALSetProjection(handle, georeference.wkt)
        }
    }

    private static func begin(_ output: OutputFile) throws(RasterError) -> PartialFile {
        do { return try PartialFile(output) } catch { throw RasterError(error) }
    }

    deinit {
        if let handle { GDALClose(handle) }
    }

    /// Writes `image` with its top left corner at `x`, `y`; it must lie inside.
    public mutating func write(_ image: Image, x: Int, y: Int) throws(RasterError) {
        let target = PixelRect(x: x, y: y, width: image.width, height: image.height)
        precondition(PixelRect(x0: 0, y0: 0, x1: width, y1: height).contains(target) && handle != nil)
        CPLErrorReset()
        let (columns, rows) = (Int32(image.width), Int32(image.height))
        let status = image.pixelsHWC.withUnsafeBytes { bytes in
            // GDAL takes a pointer that may be written because the same call reads; it does not write here.
            GDALDatasetRasterIOEx(
                handle, GF_Write, Int32(x), Int32(y), columns, rows,
                UnsafeMutableRawPointer(mutating: bytes.baseAddress), columns, rows, GDT_Byte, 3, nil, 3,
                Int64(image.width * 3), 1, nil)
        }
        try check(status, "write \(columns)x\(rows) pixels at \(x),\(y)")
    }

    /// Adds the overviews, ends the file and gives it its name.
    public mutating func commit() throws(RasterError) {
        try end(nil)
        do throws(FileError) { try file.commit() } catch { throw RasterError(error) }
    }

    /// Adds the overviews, which takes long for a large picture, and ends the file, which has no name yet.
    ///
    /// - Throws: `RasterError`, `Cancelled`.
    public mutating func end(cancellation: Cancellation) throws {
        do {
            try end(Optional(cancellation))
        } catch {
            if cancellation.isRequested { throw Cancelled() }
            throw error
        }
    }

    /// - Parameter cancellation: ends the overviews, with an error.
    private mutating func end(_ cancellation: Cancellation?) throws(RasterError) {
        guard handle != nil else { return }
        CPLErrorReset()
        GDALFlushCache(handle)
        try check(CE_None, "write the last blocks")
        try buildOverviews(cancellation)
        GDALClose(handle)
        handle = nil
        try check(CE_None, "finish")
        if isCloudOptimized { try makeCloudOptimized(cancellation) }
    }

    /// Puts a copy in the place of the complete file, which goes.
    private mutating func makeCloudOptimized(_ cancellation: Cancellation?) throws(RasterError) {
        let driver = try GDAL.driver("COG", for: file.output.path)
        let target = try Self.begin(file.output)
        let path = target.path
        CPLErrorReset()
        guard let source = GDALOpen(file.path, GA_ReadOnly) else {
            throw RasterError(writing: file.output.path, temporaryPath: file.path, "read it again")
        }
        defer { GDALClose(source) }
        let options = [
            "COMPRESS=DEFLATE", "PREDICTOR=YES", "BLOCKSIZE=\(Self.blockSide)", "OVERVIEWS=AUTO",
            "BIGTIFF=IF_SAFER", "NUM_THREADS=2",
        ]
        let made: GDALDatasetH? = withExtendedLifetime(cancellation) {
            GDAL.withOptions(options) {
                GDALCreateCopy(
                    driver, path, source, 0, $0, Self.goesOn,
                    cancellation.map { Unmanaged.passUnretained($0).toOpaque() })
            }
        }
        guard let made else {
            throw RasterError(writing: file.output.path, temporaryPath: path, "make it cloud-optimized")
        }
        GDALClose(made)
        file = target
        try check(CE_None, "make it cloud-optimized")
    }

    /// GDAL ends where this is false.
    private static var goesOn: GDALProgressFunc {
        { _, _, cancellation in
            guard let cancellation else { return 1 }
            return Unmanaged<Cancellation>.fromOpaque(cancellation).takeUnretainedValue().isRequested ? 0 : 1
        }
    }

    /// Each half as large as the one before, until one block holds it.
    ///
    /// - Parameter cancellation: ends them, with an error.
    private func buildOverviews(_ cancellation: Cancellation?) throws(RasterError) {
        var factors: [Int32] = []
        while max(width, height) >> factors.count > Self.blockSide { factors.append(2 << factors.count) }
        guard !factors.isEmpty else { return }
        CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "2")
        defer { CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", nil) }
        let status = withExtendedLifetime(cancellation) {
            GDALBuildOverviews(
                handle, "AVERAGE", Int32(factors.count), &factors, 0, nil, Self.goesOn,
                cancellation.map { Unmanaged.passUnretained($0).toOpaque() })
        }
        try check(status, "write the overviews")
    }

    /// Blocks are written later than they come, so an error may show at any call, and then only in GDAL's words.
    private func check(_ status: CPLErr, _ operation: String) throws(RasterError) {
        guard status == CE_None, CPLGetLastErrorType() != CE_Failure else {
            throw RasterError(writing: file.output.path, temporaryPath: file.path, operation)
        }
    }
}
