import Files
import Pixels
import Rasters
import TestSupport
import Testing

private func scene(crs: String, transform: [Double]) -> TestRaster {
    TestRaster(
        width: 4, height: 4, bandCount: 1, samples: [Double](repeating: 0, count: 16), transform: transform,
        crs: crs)
}

@Test func findsLongitudeAndLatitudeOfAnUTMScene() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("utm.tif")
    // On the central meridian of zone 33; 5 000 000 m of northing lie at 45.1532... degrees.
    try scene(crs: "EPSG:32633", transform: [500_000, 10, 0, 5_000_000, 0, -10]).write(to: path)
    let place = try GeographicTransformation(#require(try Raster(opening: path).georeference))
    let corner = try place.longitudeLatitude(x: 0, y: 0)
    #expect(abs(corner.longitude - 15) < 1e-9 && abs(corner.latitude - 45.153_4) < 1e-3)
    let south = try place.longitudeLatitude(x: 0, y: 4)
    // 40 m; a degree of latitude has about 111,140 m here.
    #expect(abs((corner.latitude - south.latitude) * 111_140 - 40) < 0.2)
    let east = try place.longitudeLatitude(x: 4, y: 0)
    #expect(east.longitude > corner.longitude)
}

@Test func longitudeComesFirstAlsoInGeographicScenes() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("degrees.tif")
    try scene(crs: "EPSG:4326", transform: [8, 0.5, 0, 50, 0, -0.25]).write(to: path)
    let place = try GeographicTransformation(#require(try Raster(opening: path).georeference))
    let found = try place.longitudeLatitude(x: 2, y: 2)
    #expect(found == (9, 49.5))
}

@Test func aPictureWithoutAPlaceHasNone() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("picture.png")
    try Image(width: 2, height: 2).writePNG(to: .replacing(path))
    #expect(try Raster(opening: path).georeference == nil)
}

@Test func saysThatACoordinateSystemIsNotOnEarth() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("hall.tif")
    let local = #"LOCAL_CS["a hall",UNIT["metre",1]]"#
    try scene(crs: local, transform: [0, 1, 0, 0, 0, -1]).write(to: path)
    let place = try #require(try Raster(opening: path).georeference)
    let error = try #require(throws: RasterError.self) { try GeographicTransformation(place) }
    #expect(error.code == .unsupported)
}
