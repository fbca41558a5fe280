import Annotations
import Files
import TestSupport
import Testing

struct AnnotationFormatTests {
    @Test func everyFormatHasANameThatMakesItAgain() {
        for name in AnnotationFormat.names {
            #expect(AnnotationFormat(name: name.uppercased())?.name == name)
        }
        #expect(AnnotationFormat(name: "gpkg") == .ogr(driver: "GPKG"))
        #expect(AnnotationFormat(name: "flatgeobuf") == .ogr(driver: "FlatGeobuf"))
        #expect(AnnotationFormat(name: "shapefile") == .ogr(driver: "ESRI Shapefile"))
        #expect(AnnotationFormat(name: "GTiff") == nil)
        #expect(AnnotationFormat(name: "nothing") == nil)
    }

    private static let files: [(name: String, text: String, format: AnnotationFormat)] = [
        ("a.jsonl", "", .jsonLines), ("a.csv", "x", .csv), ("a.TSV", "x", .csv),
        ("a.parquet", "PAR1", .parquet),
        ("a.json", #"{"images":[],"annotations":[]}"#, .coco), ("a.json", #"[{"image_id":1}]"#, .coco),
        ("a.json", "[]", .coco), ("a.json", #"[{"id":1,"data":{"image":"a"}}]"#, .labelStudio),
        ("a.json", #"{"id":1,"data":{"image":"a"}}"#, .labelStudio),
        ("a.json", "{\"box\":[0,0,1,1]}\n{\"box\":[0,0,1,1]}", .jsonLines),
        ("a", "\n {\"box\":[0,0,1,1],\"class\":\"a\"}", .jsonLines),
        (
            "a.geojson", #"{"type":"FeatureCollection","features":[{"properties":{"objectType":"cell"}}]}"#,
            .qupath
        ),
        ("a.geojson", #"{"type":"FeatureCollection","features":[{"properties":{"class":"a"}}]}"#, .geoJSON),
        ("a.geojson", #"{"type":"FeatureCollection","features":[]}"#, .geoJSON),
        ("a.geojson", #"{"features":[{"properties":{"classification":"forest"}}]}"#, .geoJSON),
        ("a.geojson", #"{"features":[{"properties":{"classification":{"name":"a"}}}]}"#, .qupath),
        ("a.json", #"[{"id":1,"annotations":[{"result":[{}]}"#, .labelStudio),
        ("a.json", #"{"id":1,"annotations":[{"result":[{}]}"#, .labelStudio),
        ("a.xml", "<?xml version=\"1.0\"?>\n<annotation>", .voc), ("a.txt", "0 0.5 0.5 0.1 0.1\n", .yolo),
        ("a.txt", "class,x,y\n", .csv),
    ]

    @Test func findsAFormatByNameAndContents() throws {
        for (name, text, format) in Self.files {
            let folder = try TemporaryFolder()
            let address = Address(try folder.write(Array(text.utf8), to: name))
            #expect(try AnnotationFormat(of: address) == format, "\(name): \(text)")
        }
    }

    @Test(arguments: ["", "something else", "\u{0}\u{1}", "<kml>", "{", "[", "[7]"])
    func whatNobodyKnowsIsAnError(text: String) throws {
        #expect(throws: (any Error).self) { try annotations(in: text, named: "a.what") }
    }

    @Test func aMissingFileIsAnError() {
        #expect(throws: FileError.self) {
            try AnnotationFile(opening: Address("/nowhere/a.csv"), cancellation: Cancellation())
        }
    }
}
