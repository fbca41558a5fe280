import Files
import Pixels
import Rasters
import TestRasters
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

private func pixelSize(crs: String, transform: [Double]) throws -> PixelSize? {
    let folder = try TemporaryFolder()
    let path = folder.file("scene.tif")
    try scene(crs: crs, transform: transform).write(to: path)
    return try Raster(opening: path).pixelSize
}

private func isClose(_ size: PixelSize?, _ x: Double, _ y: Double, within share: Double) -> Bool {
    guard let size else { return false }
    return abs(size.x / x - 1) < share && abs(size.y / y - 1) < share
}

@Test func aProjectedScenesPixelsAreInItsUnit() throws {
    // The projection's own lengths count: those on the ground differ by 0.04 % here.
    let metres = try pixelSize(crs: "EPSG:32633", transform: [500_000, 0.25, 0, 5_000_000, 0, -0.5])
    #expect(metres == PixelSize(x: 0.25, y: 0.5))
    // New York's state plane in US survey feet.
    let feet = try pixelSize(crs: "EPSG:2263", transform: [987_000, 2, 0, 211_000, 0, -2])
    #expect(isClose(feet, 2 * 1200 / 3937, 2 * 1200 / 3937, within: 1e-9))
    // Turned by a quarter.
    let turned = try pixelSize(crs: "EPSG:32633", transform: [500_000, 0, 3, 5_000_000, 2, 0])
    #expect(turned == PixelSize(x: 2, y: 3))
}

@Test func aScenesPixelsInDegreesAreMeasuredOnTheEllipsoid() throws {
    // At 60 degrees of latitude a degree has 55.80 km of longitude and 111.41 km of latitude.
    let size = try pixelSize(crs: "EPSG:4326", transform: [8, 1e-5, 0, 60, 0, -1e-5])
    #expect(isClose(size, 0.558, 1.1141, within: 1e-3))
}

@Test func webMercatorsPixelsAreMeasuredOnTheGround() throws {
    // 60 degrees of latitude, where it shows everything twice as large.
    let north = try pixelSize(crs: "EPSG:3857", transform: [0, 1, 0, 8_399_737.9, 0, -1])
    #expect(isClose(north, 0.5, 0.5, within: 5e-3))
    let equator = try pixelSize(crs: "EPSG:3857", transform: [0, 1, 0, 2, 0, -1])
    #expect(equator == PixelSize(x: 1, y: 1))
}

@Test func aPlanOfABuildingHasPixelsOfItsUnit() throws {
    let local = #"LOCAL_CS["a hall",UNIT["metre",1]]"#
    #expect(try pixelSize(crs: local, transform: [0, 0.1, 0, 0, 0, -0.1]) == PixelSize(x: 0.1, y: 0.1))
}

@Test func aPictureWithoutAPlaceHasNoPixelSize() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("picture.png")
    try Image(width: 2, height: 2).writePNG(to: .replacing(path))
    #expect(try Raster(opening: path).pixelSize == nil)
}
