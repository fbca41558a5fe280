public import CGDAL
import Files
public import Pixels

/// What GDAL is to write for a test that reads it.
public struct TestRaster: Sendable {
    public var width: Int
    public var height: Int
    public var type: GDALDataType
    public var bandCount: Int
    /// `[H, W, bands]`.
    public var samples: [Double]
    /// GTiff's `"NAME=value"`.
    public var options: [String]
    public var palette: [RGB]
    /// From pixels to coordinates: six numbers, or none.
    public var transform: [Double]
    /// Ground control points: pixel, line, x and y of each.
    public var controlPoints: [[Double]]
    /// RPCs, `"NAME=value"`.
    public var polynomials: [String]
    /// Of the coordinates, as GDAL understands it; empty for none.
    public var crs: String
    /// The sample of every band that stands for nothing.
    public var noData: Double?
    /// From 1; `nil` for none but what the options say.
    public var alphaBand: Int?
    /// The only parts that are written; `nil` for all. The options must allow it (`SPARSE_OK=TRUE`).
    public var written: [PixelRect]?

    public init(
        width: Int, height: Int, type: GDALDataType = GDT_Byte, bandCount: Int, samples: [Double],
        options: [String] = [], palette: [RGB] = [], transform: [Double] = [],
        controlPoints: [[Double]] = [], polynomials: [String] = [], crs: String = "", noData: Double? = nil,
        alphaBand: Int? = nil, written: [PixelRect]? = nil
    ) {
        (self.width, self.height, self.type, self.bandCount) = (width, height, type, bandCount)
        (self.samples, self.options, self.palette) = (samples, options, palette)
        (self.transform, self.crs, self.noData) = (transform, crs, noData)
        (self.controlPoints, self.polynomials) = (controlPoints, polynomials)
        (self.alphaBand, self.written) = (alphaBand, written)
    }

    private struct GDALFailure: Error {
        var words = String(cString: CPLGetLastErrorMsg())
    }

    /// Writes a TIFF, or a copy of it by another driver.
    public func write(to path: String, driver name: String = "GTiff") throws {
        GDAL.start()
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        for option in options { list = CSLAddString(list, option) }
        defer { CSLDestroy(list) }
        let creator = GDALGetDriverByName(name == "GTiff" ? "GTiff" : "MEM")
        let created = GDALCreate(
            creator, path, Int32(width), Int32(height), Int32(bandCount), type, name == "GTiff" ? list : nil)
        guard let dataset = created else { throw GDALFailure() }
        defer { GDALClose(dataset) }
        setPaletteAndPlace(of: dataset)
        var values = samples
        let pixelByteCount = Int64(bandCount * 8)
        for part in written ?? [PixelRect(x: 0, y: 0, width: width, height: height)] {
            let (columns, rows) = (Int32(part.width), Int32(part.height))
            let offset = (part.y0 * width + part.x0) * bandCount * 8
            let status = values.withUnsafeMutableBytes {
                GDALDatasetRasterIOEx(
                    dataset, GF_Write, Int32(part.x0), Int32(part.y0), columns, rows,
                    $0.baseAddress.map { $0 + offset }, columns, rows, GDT_Float64, Int32(bandCount), nil,
                    pixelByteCount, pixelByteCount * Int64(width), 8, nil)
            }
            guard status == CE_None else { throw GDALFailure() }
        }
        guard name != "GTiff" else { return }
        guard let copy = GDALCreateCopy(GDALGetDriverByName(name), path, dataset, 0, list, nil, nil) else {
            throw GDALFailure()
        }
        GDALClose(copy)
    }

    /// Writes a tiled TIFF of 16-bit samples without any pixels.
    public static func writeEmptyTIFF(to path: String, side: Int32, bandCount: Int32) throws {
        GDAL.start()
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        for option in ["TILED=YES", "SPARSE_OK=TRUE", "PHOTOMETRIC=RGB", "INTERLEAVE=PIXEL"] {
            list = CSLAddString(list, option)
        }
        defer { CSLDestroy(list) }
        let driver = GDALGetDriverByName("GTiff")
        guard let dataset = GDALCreate(driver, path, side, side, bandCount, GDT_UInt16, list) else {
            throw GDALFailure()
        }
        GDALClose(dataset)
    }

    /// Makes smaller copies of a raster in its file.
    public static func addOverviews(to path: String, factors: [Int32], resampling: String = "AVERAGE") throws
    {
        GDAL.start()
        guard let dataset = GDALOpen(path, GA_Update) else { throw GDALFailure() }
        defer { GDALClose(dataset) }
        var factors = factors
        let count = Int32(factors.count)
        guard GDALBuildOverviews(dataset, resampling, count, &factors, 0, nil, nil, nil) == CE_None else {
            throw GDALFailure()
        }
    }

    private func setPaletteAndPlace(of dataset: GDALDatasetH) {
        if let alphaBand {
            GDALSetRasterColorInterpretation(GDALGetRasterBand(dataset, Int32(alphaBand)), GCI_AlphaBand)
        }
        if let noData {
            for band in 1...bandCount {
                GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, Int32(band)), noData)
            }
        }
        if !palette.isEmpty {
            let table = GDALCreateColorTable(GPI_RGB)
            for (index, colour) in palette.enumerated() {
                var entry = GDALColorEntry(
                    c1: Int16(colour.red), c2: Int16(colour.green), c3: Int16(colour.blue), c4: 255)
                GDALSetColorEntry(table, Int32(index), &entry)
            }
            GDALSetRasterColorTable(GDALGetRasterBand(dataset, 1), table)
            GDALDestroyColorTable(table)
        }
        if transform.count == 6 {
            var numbers = transform
            GDALSetGeoTransform(dataset, &numbers)
        }
        let reference = OSRNewSpatialReference(nil)
        defer { OSRDestroySpatialReference(reference) }
        if !crs.isEmpty { OSRSetFromUserInput(reference, crs) }
        if !controlPoints.isEmpty {
            var gcps = [GDAL_GCP](repeating: GDAL_GCP(), count: controlPoints.count)
            GDALInitGCPs(Int32(gcps.count), &gcps)
            for (number, point) in controlPoints.enumerated() {
                gcps[number].dfGCPPixel = point[0]
                gcps[number].dfGCPLine = point[1]
                gcps[number].dfGCPX = point[2]
                gcps[number].dfGCPY = point[3]
            }
            GDALSetGCPs2(dataset, Int32(gcps.count), gcps, crs.isEmpty ? nil : reference)
            GDALDeinitGCPs(Int32(gcps.count), &gcps)
        } else if !crs.isEmpty {
            GDALSetSpatialRef(dataset, reference)
        }
        if !polynomials.isEmpty {
            var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
            for line in polynomials { list = CSLAddString(list, line) }
            GDALSetMetadata(dataset, list, "RPC")
            CSLDestroy(list)
        }
    }
}

/// What says in a file how a picture has to be turned: EXIF's tag 274 in a TIFF of its own.
public func exifBytes(orientation tag: Int) -> [UInt8] {
    [
        0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(tag), 0, 0, 0, 0, 0, 0,
    ]
}

/// The bytes of a JPEG file, with what says how it has to be turned.
public func jpeg(_ bytes: [UInt8], orientation tag: Int) -> [UInt8] {
    let content = Array("Exif".utf8) + [0, 0] + exifBytes(orientation: tag)
    let length = content.count + 2
    // After the two bytes that begin every file.
    return Array(bytes[..<2]) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + content + bytes[2...]
}
