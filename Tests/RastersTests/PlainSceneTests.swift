import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Scenes that somebody else has chosen.
struct PlainSceneTests {
    private let raster = TestRaster(
        width: 64, height: 48, bandCount: 3, samples: (0..<64 * 48 * 3).map { Double($0 % 251) })

    private func check(_ path: String, in folder: TemporaryFolder) throws {
        try PlainScene.check(Address(path), in: SealedFolder(path: folder.path))
    }

    @Test func takesPictures() throws {
        let folder = try TemporaryFolder()
        for (driver, ending) in [
            ("GTiff", "tif"), ("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"), ("BMP", "bmp"),
        ] {
            let path = folder.file("a." + ending)
            try raster.write(to: path, driver: driver)
            #expect(PlainScene.isNamedSo(path))
            try check(path, in: folder)
        }
    }

    @Test func refusesATIFFThatNamesItsOverview() throws {
        let folder = try TemporaryFolder()
        try raster.write(to: folder.file("secret.tif"))
        try raster.write(to: folder.file("a.tif"))
        let dataset = GDALOpen(folder.file("a.tif"), GA_Update)
        GDALSetMetadataItem(dataset, "OVERVIEW_FILE", folder.file("secret.tif"), "OVERVIEWS")
        GDALClose(dataset)
        // GDAL itself would follow it.
        let opened = GDALOpen(folder.file("a.tif"), GA_ReadOnly)
        #expect(GDALGetMetadataItem(opened, "OVERVIEW_FILE", "OVERVIEWS") != nil)
        GDALClose(opened)
        #expect { try check(folder.file("a.tif"), in: folder) } throws: { error in
            (error as? RasterError)?.code == .unsupported
        }
        // Where it is not the image, but the overviews beside it that name another file.
        try raster.write(to: folder.file("b.tif"))
        try FileManager.default.copyItem(atPath: folder.file("a.tif"), toPath: folder.file("b.tif.ovr"))
        #expect(throws: RasterError.self) { try check(folder.file("b.tif"), in: folder) }
    }

    @Test func refusesLinksOutOfTheFolder() throws {
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        try raster.write(to: other.file("a.tif"))
        try raster.write(to: folder.file("b.tif"))
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: folder.file("a.tif"), withDestinationPath: other.file("a.tif"))
        try check(folder.file("b.tif"), in: folder)
        #expect(throws: RasterError.self) { try check(folder.file("a.tif"), in: folder) }
        for name in ["b.tif.ovr", "b.tfw", "B.TIF.aux.xml", "b_RPC.TXT"] {
            try manager.createSymbolicLink(
                atPath: folder.file(name), withDestinationPath: other.file("a.tif"))
            #expect(throws: RasterError.self, "\(name)") { try check(folder.file("b.tif"), in: folder) }
            try manager.removeItem(atPath: folder.file(name))
        }
        try check(folder.file("b.tif"), in: folder)
    }

    @Test func refusesOtherFormats() throws {
        let folder = try TemporaryFolder()
        for text in [
            "", "<VRTDataset/>", "BM<VRTDataset", "<GDAL_WMS/>", "<MRF_META/>",
            "[Virtual Microscope Specimen]",
        ] {
            let path = try folder.write(Array(text.utf8), to: "a.tif")
            #expect(throws: RasterError.self, "\(text)") { try check(path, in: folder) }
        }
    }

    @Test func leavesOutDriversThatLeadElsewhere() {
        let skipped = Set(GDAL.driversToSkip.split(separator: ",").map(String.init))
        for name in ["VRT", "WMS", "MRF", "HTTP", "Zarr", "OGR_VRT", "netCDF"]
        where GDALGetDriverByName(name) != nil {
            #expect(skipped.contains(name), "\(name)")
        }
        for name in ["GTiff", "PNG", "JPEG", "MEM", "COG", "GPKG", "GeoJSON", "ESRI Shapefile"] {
            #expect(!skipped.contains(name), "\(name)")
        }
    }
}
