import Annotations
import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Vector files, written and read in this process as a GIS would read them.
@Suite struct OGRTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let classes = ["boat", "car", "Grün, <b>\"二\""]

    /// A scene of 200×100 pixels that lies somewhere.
    private func scene(
        transform: [Double] = [500_000, 0.5, 0, 5_000_000, 0, -0.5], controlPoints: [[Double]] = [],
        crs: String = "EPSG:32633", named name: String = "scene.tif"
    ) throws -> AnnotatedScene {
        try TestRaster(
            width: 200, height: 100, bandCount: 1, samples: .init(repeating: 7, count: 20_000),
            transform: transform, controlPoints: controlPoints, crs: crs
        ).write(to: folder.file(name))
        return AnnotatedScene(try Scene(opening: Address(folder.file(name))))
    }

    private static let plain = AnnotatedScene(name: "scene.png", width: 200, height: 100, georeference: nil)

    private static let boxes: [Annotation] = [
        box("car", 10, 20, 42, 52, score: 0.98), box("boat", 100.5, 0, 132.5, 32, score: 0.5),
        box(classes[2], 168, 68, 200, 100, score: 0.25),
    ]

    private static func box(
        _ name: String, _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, score: Float? = nil
    ) -> Annotation {
        Annotation(
            className: name, shape: .box(AnnotationBox(x0: x0, y0: y0, x1: x1, y1: y1)), score: score)
    }

    /// - Returns: the path of the file that is opened.
    @discardableResult private func write(
        _ annotations: [Annotation], _ name: String, of scene: AnnotatedScene, into place: String = "out"
    ) throws -> String {
        try makeFolder(folder.file(place))
        let format = try #require(AnnotationFormat(name: name))
        let writer = try format.writer(
            into: folder.file(place), named: "found", of: scene, classes: Self.classes, version: "1.2.3",
            cancellation: Cancellation())
        for annotation in annotations { try writer.write(annotation) }
        #expect(!FileManager.default.fileExists(atPath: folder.file(place) + "/" + writer.fileNames[0]))
        try writer.finish()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file(place))
        #expect(Set(names).isSuperset(of: writer.fileNames), "\(name): \(names)")
        #expect(writer.fileNames == format.fileNames(named: "found", of: scene))
        #expect(Set(AnnotationFormat.allFileNames(named: "found")).isSuperset(of: names), "\(name): \(names)")
        return folder.file(place) + "/" + writer.fileNames[0]
    }

    private func read(_ path: String, of scene: AnnotatedScene) throws -> SceneAnnotations {
        try AnnotationFile(opening: Address(path), cancellation: Cancellation()).annotations(of: scene)
    }

    private func expectSame(_ read: [Annotation], _ written: [Annotation], _ name: String) {
        #expect(read.count == written.count, "\(name)")
        for (one, other) in zip(read, written) {
            #expect(one.className == other.className, "\(name)")
            #expect(one.verdict == other.verdict, "\(name)")
            #expect(abs((one.score ?? -1) - (other.score ?? -1)) < 1e-6, "\(name)")
            let (near, wanted) = (one.box(pointSide: 2), other.box(pointSide: 2))
            for (a, b) in [
                (near.x0, wanted.x0), (near.y0, wanted.y0), (near.x1, wanted.x1), (near.y1, wanted.y1),
            ] { #expect(abs(a - b) < 0.02, "\(name): \(near) \(wanted)") }
        }
    }

    private static let readable = [
        "gpkg", "FlatGeobuf", "shapefile", "MapInfo File", "GML", "KML", "GeoJSONSeq", "geojson", "MapML",
        "JML",
    ].filter { GDALGetDriverByName(AnnotationFormat(name: $0)?.name ?? "") != nil || $0 == "geojson" }

    @Test(arguments: readable) func readsWhatItWritesOnEarth(name: String) throws {
        let scene = try scene()
        let path = try write(Self.boxes, name, of: scene)
        let found = try read(path, of: scene)
        // FlatGeobuf keeps features in the order of its index.
        expectSame(found.annotations.sorted { $0.score ?? 0 > $1.score ?? 0 }, Self.boxes, name)
        #expect(found.notes.isEmpty, "\(found.notes)")
    }

    @Test(arguments: ["gpkg", "fgb", "shapefile", "geojson"])
    func readsWhatItWritesInPixels(name: String) throws {
        let path = try write(Self.boxes, name, of: Self.plain)
        let found = try read(path, of: Self.plain)
        expectSame(found.annotations.sorted { $0.score ?? 0 > $1.score ?? 0 }, Self.boxes, name)
        if name == "geojson" {
            #expect(path.hasSuffix("found-pixels.geojson"))
            // Nobody takes these numbers for degrees, also beside a scene that lies on Earth.
            let onEarth = try scene()
            expectSame(try read(path, of: onEarth).annotations, Self.boxes, name)
        }
    }

    @Test func degreesAreNotWrittenOfASceneInPixels() throws {
        for name in ["KML", "GeoJSONSeq"] {
            let error = #expect(throws: AnnotationError.self) {
                try self.write(Self.boxes, name, of: Self.plain)
            }
            #expect(error?.code == .unsupported)
            #expect(AnnotationFormat(name: name)?.objection(to: Self.plain) != nil)
        }
    }

    @Test func theBytesAreThoseOfOneSecondLater() throws {
        let scene = try scene()
        let names = ["gpkg", "fgb", "shapefile", "geojson", "KML", "GML", "MapInfo File", "SQLite"]
        for (number, name) in names.enumerated() {
            try write(Self.boxes, name, of: scene, into: "a\(number)")
        }
        // Formats write the time in whole seconds: without a pause, one that does would pass.
        Thread.sleep(forTimeInterval: 1.1)
        for (number, name) in names.enumerated() {
            try write(Self.boxes, name, of: scene, into: "b\(number)")
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("a\(number)"))
            for file in files {
                #expect(
                    try folder.bytes("a\(number)/\(file)") == folder.bytes("b\(number)/\(file)"), "\(file)")
            }
        }
    }

    @Test func aWriterThatDoesNotFinishLeavesNothing() throws {
        try makeFolder(folder.file("out"))
        func begin() throws {
            let writer = try AnnotationFormat.ogr(driver: "GPKG").writer(
                into: folder.file("out"), named: "found", of: Self.plain, classes: Self.classes,
                version: "1", cancellation: Cancellation())
            try writer.write(Self.boxes[0])
        }
        try begin()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("out")).isEmpty)
    }

    @Test func aSceneWithoutObjectsGivesAnEmptyLayer() throws {
        let scene = try scene()
        for name in ["gpkg", "fgb", "shapefile", "geojson"] {
            #expect(try read(write([], name, of: scene, into: name), of: scene).annotations.isEmpty)
        }
    }

    @Test func pointsStayPoints() throws {
        let scene = try scene()
        let points = [
            Annotation(className: "car", shape: .point(x: 12.5, y: 30), score: 0.5),
            Annotation(className: "boat", shape: .point(x: 100, y: 99)),
        ]
        for name in ["gpkg", "geojson", "shapefile"] {
            let found = try read(write(points, name, of: scene, into: name), of: scene).annotations
            #expect(found.allSatisfy { $0.isPoint })
            expectSame(found, points, name)
        }
    }

    // MARK: - GeoPackage

    /// One value of a GeoPackage, as a GIS would ask for it.
    private func value(_ sql: String, in path: String) throws -> String? {
        let file = GDALOpenEx(path, UInt32(GDAL_OF_VECTOR), nil, nil, nil)
        defer { GDALClose(file) }
        let result = try #require(GDALDatasetExecuteSQL(file, sql, nil, nil))
        defer { GDALDatasetReleaseResultSet(file, result) }
        guard let feature = OGR_L_GetNextFeature(result) else { return nil }
        defer { OGR_F_Destroy(feature) }
        return OGR_F_IsFieldSetAndNotNull(feature, 0) != 0
            ? String(cString: OGR_F_GetFieldAsString(feature, 0)) : nil
    }

    @Test func aGeoPackageBringsItsStyle() throws {
        let path = try write(Self.boxes, "gpkg", of: scene())
        let row =
            "FROM layer_styles WHERE f_table_schema = '' AND f_table_name = 'found' AND f_geometry_column = 'geom'"
        #expect(try value("SELECT useAsDefault \(row)", in: path) == "1")
        let qml = try #require(try value("SELECT styleQML \(row)", in: path))
        let lines = qml.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("<!DOCTYPE qgis"))
        let check = XMLCheck(lines.dropFirst().joined(separator: "\n"))
        #expect(check.objections.isEmpty && check.elements.count { $0 == "category" } == 3)
        #expect(qml.contains(#"attr="class""#) && qml.contains("&lt;b&gt;"))
        let red = Palette.color(0)
        #expect(qml.contains("\(red.red),\(red.green),\(red.blue),255"))
        #expect(
            try value("SELECT last_change FROM gpkg_contents WHERE table_name = 'found'", in: path)?
                .hasPrefix("1970/01/01") == true)
        #expect(try value("SELECT COUNT(*) FROM found WHERE verdict IS NULL", in: path) == "3")
        #expect(try value("SELECT label FROM found WHERE \"class\" = 'car'", in: path) == "1")
    }

    @Test func aSceneWithoutAPlaceHasALayerInPixelsUpwards() throws {
        let path = try write(Self.boxes, "gpkg", of: Self.plain)
        #expect(
            try value("SELECT srs_id FROM gpkg_contents WHERE table_name = 'found'", in: path) == "-1")
        // As a GIS shows a picture without a place: the upper edge is 0.
        #expect(
            try value("SELECT min_y FROM gpkg_contents WHERE table_name = 'found'", in: path).flatMap {
                Double($0)
            } == -100)
    }

    @Test func aPlanInASystemOfItsOwnKeepsIt() throws {
        let hall = try scene(
            transform: [0, 0.1, 0, 0, 0, -0.1], crs: #"LOCAL_CS["a hall",UNIT["metre",1]]"#)
        let path = try write(Self.boxes, "gpkg", of: hall)
        #expect(
            try value("SELECT max_x FROM gpkg_contents WHERE table_name = 'found'", in: path).flatMap {
                Double($0)
            } == 20)
        expectSame(try read(path, of: hall).annotations, Self.boxes, "gpkg")
        #expect(!hall.hasPlacesOnEarth)
        #expect(try write(Self.boxes, "geojson", of: hall).hasSuffix("found-pixels.geojson"))
    }

    @Test func whatSomebodySaidInAGISComesBack() throws {
        let scene = try scene()
        let path = try write(Self.boxes, "gpkg", of: scene)
        let file = GDALOpenEx(path, UInt32(GDAL_OF_VECTOR | GDAL_OF_UPDATE), nil, nil, nil)
        for sql in [
            "UPDATE found SET verdict = 'Wrong' WHERE \"class\" = 'boat'",
            "UPDATE found SET \"class\" = 'boat', verdict = 'right' WHERE \"class\" = 'car'",
            // Somebody drew a box and gave it no class.
            "UPDATE found SET \"class\" = NULL WHERE score < 0.3",
        ] { GDALDatasetReleaseResultSet(file, GDALDatasetExecuteSQL(file, sql, nil, nil)) }
        GDALClose(file)
        let found = try read(path, of: scene)
        #expect(found.annotations.map(\.className) == ["boat", "boat"])
        #expect(found.annotations.map(\.verdict) == [.right, .wrong])
        #expect(found.notes == ["1 object without a class: left out"])
    }

    // MARK: - Places

    @Test func boxesOverTheDateLineComeBackInOnePiece() throws {
        let scene = try scene(transform: [170, 0.1, 0, 50, 0, -0.1], crs: "EPSG:4326")
        let boxes = [
            Self.box("car", 90, 10, 122, 42, score: 0.9), Self.box("car", 150, 20, 180, 50, score: 0.8),
        ]
        for name in ["geojson", "KML", "gpkg", "GeoJSONSeq"] {
            let path = try write(boxes, name, of: scene, into: name)
            let found = try read(path, of: scene)
            expectSame(found.annotations, boxes, name)
            #expect(found.notes.isEmpty, "\(name): \(found.notes)")
        }
    }

    @Test func controlPointsLeadToPlacesAndBack() throws {
        var points: [[Double]] = []
        for x in [0.0, 100, 200] {
            for y in [0.0, 50, 100] {
                let east: Double = 10 + 1e-4 * x + 1e-8 * x * x
                let north: Double = 50 - 1e-4 * y + 1e-8 * x * y
                points.append([x, y, east, north])
            }
        }
        let scene = try scene(transform: [], controlPoints: points, crs: "EPSG:4326")
        #expect(scene.hasPlacesOnEarth)
        for name in ["gpkg", "geojson", "fgb"] {
            let path = try write(Self.boxes, name, of: scene, into: name)
            let found = try read(path, of: scene).annotations.sorted { $0.score ?? 0 > $1.score ?? 0 }
            expectSame(found, Self.boxes, name)
        }
    }

    /// GeoJSON of somebody else.
    private func features(_ features: [(properties: String, geometry: String)]) throws -> String {
        let list = features.map {
            #"{"type":"Feature","properties":{\#($0.properties)},"geometry":\#($0.geometry)}"#
        }
        return try folder.write(
            Array((#"{"type":"FeatureCollection","features":["# + list.joined(separator: ",") + "]}").utf8),
            to: "others.geojson")
    }

    private func ring(_ places: [(Double, Double)]) -> String {
        #"{"type":"Polygon","coordinates":[[\#((places + [places[0]]).map { "[\($0.0),\($0.1)]" }.joined(separator: ","))]]}"#
    }

    @Test func coordinatesBeyondTheEarthEndNothing() throws {
        let path = try features([(#""class":"car""#, #"{"type":"Point","coordinates":[1e300,10]}"#)])
        let read = try read(path, of: scene())
        #expect(read.annotations.isEmpty && read.notes.contains { $0.contains("outside the scene") })
    }

    @Test func otherShapesAreReadAsWhatTheyAreNearestTo() throws {
        let path = try features([
            (#""Name":"car""#, ring([(50, 10), (90, 50), (50, 90), (10, 50)])),
            (#""Name":"car""#, ring([(10, 10), (30, 10), (30, 30), (10, 30)])),
            (#""Name":"car""#, #"{"type":"LineString","coordinates":[[1,1],[2,2]]}"#),
            (#""Name":"car""#, #"{"type":"Point","coordinates":[500,50]}"#),
            (#""Name":"car""#, "null"),
        ])
        let found = try read(path, of: Self.plain)
        #expect(found.annotations == [Self.box("car", 10, 10, 90, 90), Self.box("car", 10, 10, 30, 30)])
        #expect(
            found.notes == [
                "1 object with polygons that are not upright boxes: read as the upright boxes around them",
                "1 object outside the scene: left out", "2 objects without a polygon or a point: left out",
            ])
    }

    @Test func aFileWithoutClassesSaysWhatItHas() throws {
        let path = try features([(#""species":"oak""#, #"{"type":"Point","coordinates":[5,5]}"#)])
        let error = #expect(throws: AnnotationError.self) { try self.read(path, of: Self.plain) }
        #expect(error?.cause.contains("species") == true && error?.cause.contains("class") == true)
    }

    @Test func aFeatureWithNonsenseIsNamed() throws {
        for property in [
            #""score":"high""#, #""score":7"#, #""verdict":"perhaps""#, #""visible_fraction":2"#,
        ] {
            let path = try features([
                (#""class":"car""#, #"{"type":"Point","coordinates":[5,5]}"#),
                (#""class":"car",\#(property)"#, #"{"type":"Point","coordinates":[5,5]}"#),
            ])
            let error = #expect(throws: AnnotationError.self) { try self.read(path, of: Self.plain) }
            #expect(error?.code == .malformed && error?.operation.contains("feature 2") == true)
        }
    }

    @Test func aLayerOnEarthIsRefusedBesideASceneWithoutAPlace() throws {
        let path = try write(Self.boxes, "gpkg", of: scene())
        let error = #expect(throws: RasterError.self) { try self.read(path, of: Self.plain) }
        #expect(error?.cause.contains("it lies on Earth") == true)
    }
}
