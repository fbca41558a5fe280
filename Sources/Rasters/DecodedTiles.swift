internal import CGDAL
import Files
import Pixels

/// The file that takes the samples of a scene as they are, in tiles that are not compressed.
struct DecodedTiles: ~Copyable {
    /// A row of tiles has at most so many bytes, unless the scene is very wide.
    static let bandByteCount = 4 << 20
    static let tileWidth = 256

    /// Where the scene is, for errors.
    private let sourcePath: String
    private let path: String
    private let type: GDALDataType
    private let bandCount: Int
    private let handle: GDALDatasetH

    init(
        _ path: String, of source: borrowing Dataset, type: GDALDataType, tileHeight: Int
    ) throws(RasterError) {
        let options = [
            "TILED=YES", "BLOCKXSIZE=\(Self.tileWidth)", "BLOCKYSIZE=\(tileHeight)", "INTERLEAVE=PIXEL",
            "BIGTIFF=YES", "PHOTOMETRIC=MINISBLACK", "PROFILE=BASELINE",
        ]
        let driver = try GDAL.driver("GTiff", for: path)
        CPLErrorReset()
        let (width, height, bandCount) = (source.width, source.height, source.bandCount)
        let made = GDAL.withOptions(options) {
            GDALCreate(driver, path, Int32(width), Int32(height), Int32(bandCount), type, $0)
        }
        guard let made else {
            throw RasterError(writing: source.path, temporaryPath: path, "decode into a file")
        }
        // What GDAL makes its mask of.
        for band in 1...bandCount where source.colourInterpretation(ofBand: band) == GCI_AlphaBand {
            GDALSetRasterColorInterpretation(GDALGetRasterBand(made, Int32(band)), GCI_AlphaBand)
        }
        if source.hasOwnMask {
            CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
            GDALCreateDatasetMaskBand(made, GMF_PER_DATASET)
            CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", nil)
        }
        (self.path, sourcePath) = (path, source.path)
        (self.type, self.bandCount) = (type, bandCount)
        handle = made
    }

    deinit { GDALClose(handle) }

    /// - Parameter samples: `[H, W, bands]`.
    /// - Parameter mask: `[H, W]`; 0 where nothing is.
    func write(_ samples: [UInt8], mask: [UInt8]?, _ window: PixelRect) throws(RasterError) {
        CPLErrorReset()
        let (width, height) = (Int32(window.width), Int32(window.height))
        let sampleByteCount = Int64(GDALGetDataTypeSizeBytes(type))
        let pixelByteCount = sampleByteCount * Int64(bandCount)
        let status = samples.withUnsafeBytes {
            // GDAL takes a pointer that may be written because the same call reads; it does not write here.
            GDALDatasetRasterIOEx(
                handle, GF_Write, 0, Int32(window.y0), width, height,
                UnsafeMutableRawPointer(mutating: $0.baseAddress), width, height, type, Int32(bandCount), nil,
                pixelByteCount, pixelByteCount * Int64(window.width), sampleByteCount, nil)
        }
        try check(status)
        guard let mask else { return }
        let maskStatus = mask.withUnsafeBytes {
            GDALRasterIO(
                GDALGetMaskBand(GDALGetRasterBand(handle, 1)), GF_Write, 0, Int32(window.y0), width, height,
                UnsafeMutableRawPointer(mutating: $0.baseAddress), width, height, GDT_Byte, 0, 0)
        }
        try check(maskStatus)
    }

    func finish() throws(RasterError) {
        CPLErrorReset()
        GDALFlushCache(handle)
        try check(CE_None)
    }

    private func check(_ status: CPLErr) throws(RasterError) {
        guard status == CE_None, CPLGetLastErrorType() != CE_Failure else {
            throw RasterError(writing: sourcePath, temporaryPath: path, "decode into a file")
        }
    }
}
