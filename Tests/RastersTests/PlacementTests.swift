import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Scenes that say in other ways than by a transform where they lie.
@Suite struct PlacementTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func scene(
        transform: [Double] = [], controlPoints: [[Double]] = [], polynomials: [String] = [],
        crs: String = "",
        named name: String = "scene.tif"
    ) throws -> Address {
        try TestRaster(
            width: 100, height: 80, bandCount: 1, samples: .init(repeating: 7, count: 8000),
            transform: transform, controlPoints: controlPoints, polynomials: polynomials, crs: crs
        ).write(to: folder.file(name))
        return Address(folder.file(name))
    }

    private static let corners: [[Double]] = [
        [0, 0, 500_000, 5_000_000], [100, 0, 500_050, 5_000_000], [0, 80, 500_000, 4_999_960],
        [100, 80, 500_050, 4_999_960],
    ]

    @Test func cornersLeadToThePlacesOfTheirTransform() throws {
        let points = try #require(
            Scene(opening: scene(controlPoints: Self.corners, crs: "EPSG:32633")).georeference)
        let plain = try #require(
            Scene(
                opening: scene(
                    transform: [500_000, 0.5, 0, 5_000_000, 0, -0.5], crs: "EPSG:32633", named: "plain.tif")
            ).georeference)
        #expect(points.words == "places by 4 ground control points" && plain.words == nil)
        let (one, other) = (try GeographicTransformation(points), try GeographicTransformation(plain))
        for (x, y) in [(0.0, 0.0), (50, 40), (99.5, 3)] {
            let (found, wanted) = (
                try one.longitudeLatitude(x: x, y: y), try other.longitudeLatitude(x: x, y: y)
            )
            #expect(abs(found.longitude - wanted.longitude) < 1e-9)
            #expect(abs(found.latitude - wanted.latitude) < 1e-9)
        }
        let size = try #require(try Raster(opening: folder.file("scene.tif")).pixelSize)
        #expect(abs(size.x - 0.5) < 1e-3 && abs(size.y - 0.5) < 1e-3)
    }

    /// Nine points of a mapping of the second degree.
    private static let curved: [[Double]] = {
        var points: [[Double]] = []
        for x in [0.0, 50, 100] {
            for y in [0.0, 40, 80] { points.append([x, y] + curvedPlace(x, y)) }
        }
        return points
    }()

    private static func curvedPlace(_ x: Double, _ y: Double) -> [Double] {
        let east: Double = 10 + 0.01 * x + 1e-5 * x * x
        let north: Double = 50 - 0.01 * y + 1e-5 * x * y
        return [east, north]
    }

    @Test func aCurvedMappingLeadsThereAndBack() throws {
        let scene = try Scene(opening: scene(controlPoints: Self.curved, crs: "EPSG:4326"))
        let georeference = try #require(scene.georeference)
        let transformation = try PixelTransformation(georeference)
        for x in stride(from: 0.0, through: 100, by: 12.5) {
            for y in stride(from: 0.0, through: 80, by: 10) {
                let place = try #require(transformation.coordinates(x: x, y: y))
                let wanted = Self.curvedPlace(x, y)
                #expect(abs(place.x - wanted[0]) < 1e-7 && abs(place.y - wanted[1]) < 1e-7)
                let back = try #require(transformation.pixels(x: place.x, y: place.y))
                #expect(abs(back.x - x) < 1e-4 && abs(back.y - y) < 1e-4)
            }
        }
    }

    @Test func pointsOnALineLeadNowhere() throws {
        let line: [[Double]] = [[0, 0, 10, 50], [1, 1, 11, 51], [2, 2, 12, 52], [3, 3, 13, 53]]
        let points = try Scene(opening: scene(controlPoints: line, crs: "EPSG:4326"))
        let georeference = try #require(points.georeference)
        let error = #expect(throws: RasterError.self) { try PixelTransformation(georeference) }
        #expect(error?.description.contains("4 ground control points") == true)
    }

    private static let polynomials: [String] = {
        func list(_ values: [Int: Double]) -> String {
            (0..<20).map { "\(values[$0] ?? 0)" }.joined(separator: " ")
        }
        return [
            "LINE_OFF=40", "SAMP_OFF=50", "LAT_OFF=47", "LONG_OFF=11", "HEIGHT_OFF=600", "LINE_SCALE=40",
            "SAMP_SCALE=50", "LAT_SCALE=0.04", "LONG_SCALE=0.05", "HEIGHT_SCALE=500",
            // Columns go east with the longitude, and with the height above the mean; rows go south.
            "SAMP_NUM_COEFF=" + list([1: 1, 3: 0.1]), "SAMP_DEN_COEFF=" + list([0: 1]),
            "LINE_NUM_COEFF=" + list([2: -1]), "LINE_DEN_COEFF=" + list([0: 1]),
        ]
    }()

    @Test func polynomialsAreSolvedOnTheMeanHeight() throws {
        let georeference = try #require(Scene(opening: scene(polynomials: Self.polynomials)).georeference)
        #expect(georeference.words == "places by rational polynomials (RPCs)")
        let earth = try GeographicTransformation(georeference)
        // RPCs count from the middle of the first pixel.
        let middle = try earth.longitudeLatitude(x: 50.5, y: 40.5)
        #expect(abs(middle.longitude - 11) < 1e-6 && abs(middle.latitude - 47) < 1e-6)
        let other = try earth.longitudeLatitude(x: 75.5, y: 60.5)
        #expect(abs(other.longitude - 11.025) < 1e-6 && abs(other.latitude - 46.98) < 1e-6)
        let transformation = try PixelTransformation(georeference)
        let back = try #require(transformation.pixels(x: 11.025, y: 46.98))
        #expect(abs(back.x - 75.5) < 1e-3 && abs(back.y - 60.5) < 1e-3)
    }

    @Test func aTransformComesBeforePointsAndThoseBeforePolynomials() throws {
        let transform = [500_000, 0.5, 0, 5_000_000, 0, -0.5]
        let both = try scene(transform: transform, polynomials: Self.polynomials, crs: "EPSG:32633")
        #expect(try Scene(opening: both).georeference?.words == nil)
        let points = try scene(
            controlPoints: Self.corners, polynomials: Self.polynomials, crs: "EPSG:32633", named: "points.tif"
        )
        #expect(try Scene(opening: points).georeference?.words == "places by 4 ground control points")
        // What has no system leads nowhere, until somebody names it.
        let unnamed = try scene(transform: transform, polynomials: Self.polynomials, named: "unnamed.tif")
        #expect(try Scene(opening: unnamed).georeference?.words == "places by rational polynomials (RPCs)")
        let wkt = try #require(CoordinateSystem.wkt(named: "EPSG:32633"))
        #expect(
            try Scene(opening: unnamed, crs: wkt).georeference?.words == "places by --crs, as EPSG:32633")
    }

    private static let metres = [500_000, 0.5, 0, 5_000_000, 0, -0.5]
    private static let degrees = [13.4, 1e-5, 0, 52.5, 0, -1e-5]

    @Test(arguments: [
        (metres, "EPSG:4326", "500000.25, 4999999.75"), (degrees, "EPSG:32633", "13.4"),
        // Beyond what a zone can have.
        ([9e7, 0.5, 0, 5_000_000, 0, -0.5], "EPSG:32633", "90000000.25"),
    ])
    func coordinatesThatCannotBelongToTheNamedSystemAreRefused(
        transform: [Double], crs: String, words: String
    ) throws {
        let wkt = try #require(CoordinateSystem.wkt(named: crs))
        let address = try scene(transform: transform)
        let error = #expect(throws: RasterError.self) { try Scene(opening: address, crs: wkt) }
        #expect(error?.code == .unsupported && error?.operation.contains("--crs") == true)
        #expect(
            error?.cause.contains(words) == true && error?.cause.contains(crs) == true,
            "\(error?.cause ?? "none")")
    }

    @Test func degreesThatCannotBeAreRefusedAlsoWhereTheFileSaysSo() throws {
        let address = try scene(transform: Self.metres, crs: "EPSG:4326")
        let error = #expect(throws: RasterError.self) { try Scene(opening: address) }
        #expect(error?.cause.contains("500000.25, 4999999.75") == true)
        #expect(error?.cause.contains("--crs") == true && error?.cause.contains("-unsetgt") == true)
        // The right name mends it.
        let wkt = try #require(CoordinateSystem.wkt(named: "EPSG:32633"))
        #expect(try Scene(opening: address, crs: wkt).georeference?.words?.contains("32633") == true)
    }

    @Test(arguments: [
        // The whole Earth, with half a pixel beyond the poles, and with longitudes up to 360.
        [-180, 3.6, 0, 91.2, 0, -2.28], [0, 3.6, 0, 90, 0, -2.25], [170, 0.5, 0, 50, 0, -0.5], degrees,
    ])
    func degreesOfAllKindsAreTaken(transform: [Double]) throws {
        #expect(try Scene(opening: scene(transform: transform, crs: "EPSG:4326")).georeference != nil)
    }

    @Test func aSystemThatIsNamedByHandGivesPlaces() throws {
        let transform = [500_000, 0.5, 0, 5_000_000, 0, -0.5]
        let unnamed = try scene(transform: transform)
        #expect(try Scene(opening: unnamed).georeference == nil)
        let wkt = try #require(CoordinateSystem.wkt(named: "epsg:32633"))
        let named = try #require(Scene(opening: unnamed, crs: wkt).georeference)
        let own = try #require(
            Scene(opening: scene(transform: transform, crs: "EPSG:32633", named: "own.tif")).georeference)
        let places = try [named, own].map {
            try GeographicTransformation($0).longitudeLatitude(x: 10, y: 10)
        }
        #expect(places[0] == places[1])
        try Image(width: 9, height: 9).writePNG(to: .replacing(folder.file("picture.png")))
        let error = #expect(throws: RasterError.self) {
            try Scene(opening: Address(folder.file("picture.png")), crs: wkt)
        }
        #expect(error?.description.contains("--crs") == true)
    }

    @Test func onlyNamesAreSystems() throws {
        for name in ["EPSG:4326", "OGC:CRS84", "+proj=utm +zone=33", #"LOCAL_CS["hall",UNIT["metre",1]]"#] {
            #expect(CoordinateSystem.wkt(named: name) != nil, "\(name)")
        }
        let file = try folder.write(
            Array((CoordinateSystem.wkt(named: "EPSG:4326") ?? "").utf8), to: "system.prj")
        for name in ["EPSG:99999999", "utm", "", file, "https://localhost/4326", "nonsense[", "EPSG:"] {
            #expect(CoordinateSystem.wkt(named: name) == nil, "\(name)")
        }
    }

    @Test func theWrittenTIFFKeepsPointsAndPolynomials() throws {
        let points = try scene(controlPoints: Self.curved, crs: "EPSG:4326", named: "a.tif")
        let polynomials = try scene(polynomials: Self.polynomials, named: "b.tif")
        for (name, address) in [("points", points), ("polynomials", polynomials)] {
            let georeference = try #require(Scene(opening: address).georeference)
            var writer = try TiledTIFFWriter(
                .replacing(folder.file(name + ".tif")), width: 100, height: 80, georeference: georeference)
            try writer.write(Image(width: 100, height: 80), x: 0, y: 0)
            try writer.commit()
            let written = try #require(try Raster(opening: folder.file(name + ".tif")).georeference)
            #expect(written.words == georeference.words)
            let places = try [written, georeference].map {
                try GeographicTransformation($0).longitudeLatitude(x: 33, y: 44)
            }
            #expect(abs(places[0].longitude - places[1].longitude) < 1e-9)
            #expect(abs(places[0].latitude - places[1].latitude) < 1e-9)
        }
    }

    @Test func whatOlderVersionsHaveKeptIsReadAndKeptTheSame() throws {
        let old = #"{"transform":[500000,0.5,0,5000000,0,-0.5],"wkt":"LOCAL_CS[\"hall\"]"}"#
        let georeference = try JSONDecoder().decode(Georeference.self, from: Data(old.utf8))
        #expect(georeference.words == nil)
        let again = try JSONDecoder().decode(
            Georeference.self, from: JSONEncoder().encode(georeference))
        #expect(again == georeference)
    }

    @Test func aVectorFileThatNamesOthersIsRefused() throws {
        let inner = try folder.write(
            Array(#"{"type":"Polygon","coordinates":[[[1,1],[5,1],[5,5],[1,1]]]}"#.utf8), to: "inner.geojson")
        let outer = try folder.write(
            Array(
                "<OGRVRTDataSource><OGRVRTLayer name=\"inner\"><SrcDataSource>\(inner)</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
                    .utf8), to: "outer.vrt")
        let plain = try Scene(opening: scene())
        #expect(try plain.polygons(ofVectorFile: Address(inner)).count == 1)
        let error = #expect(throws: RasterError.self) { try plain.polygons(ofVectorFile: Address(outer)) }
        #expect(error?.description.contains("OGR_VRT") == true)
    }
}
