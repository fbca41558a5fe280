import Bytes
import CGDAL
import Foundation
import Pixels
import Rasters

extension Image {
    /// A whole image file, read as a raster is.
    init(reading path: String) throws(RasterError) {
        let raster = try Raster(opening: path)
        self = try raster.read(raster.bounds)
    }
}

/// What GDAL is to write for a test that reads it.
struct TestRaster {
    var width: Int
    var height: Int
    var type = GDT_Byte
    var bandCount: Int
    /// `[H, W, bands]`.
    var samples: [Double]
    /// GTiff's `"NAME=value"`.
    var options: [String] = []
    var palette: [RGB] = []
    var transform: [Double] = []
    var crs = ""

    private struct GDALFailure: Error {
        var words = String(cString: CPLGetLastErrorMsg())
    }

    /// Writes a TIFF, or a copy of it by another driver.
    func write(to path: String, driver name: String = "GTiff") throws {
        GDALAllRegister()
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
        let status = GDALDatasetRasterIOEx(
            dataset, GF_Write, 0, 0, Int32(width), Int32(height), &values, Int32(width), Int32(height),
            GDT_Float64, Int32(bandCount), nil, pixelByteCount, pixelByteCount * Int64(width), 8, nil)
        guard status == CE_None else { throw GDALFailure() }
        guard name != "GTiff" else { return }
        guard let copy = GDALCreateCopy(GDALGetDriverByName(name), path, dataset, 0, list, nil, nil) else {
            throw GDALFailure()
        }
        GDALClose(copy)
    }

    /// Writes a tiled TIFF of 16-bit samples without any pixels.
    static func writeEmptyTIFF(to path: String, side: Int32, bandCount: Int32) throws {
        GDALAllRegister()
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

    private func setPaletteAndPlace(of dataset: GDALDatasetH) {
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
        if !crs.isEmpty {
            let reference = OSRNewSpatialReference(nil)
            OSRSetFromUserInput(reference, crs)
            GDALSetSpatialRef(dataset, reference)
            OSRDestroySpatialReference(reference)
        }
    }
}

extension Image {
    /// Smooth colours, so that JPEG keeps them nearly.
    static func gradient(width: Int, height: Int) -> Image {
        var image = Image(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                image[x, y] = RGB(
                    UInt8(x * 255 / width), UInt8(y * 255 / height), UInt8(255 - x * 255 / width))
            }
        }
        return image
    }

    static func noise(width: Int, height: Int, seed: UInt64) -> Image {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Image(width: width, height: height, pixelsHWC: bytes)
    }
}
