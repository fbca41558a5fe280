import Foundation
import Service
import TestSupport
import Testing

struct ScanRequestTests {
    private static let classes = ["boat", "car"]

    private static func options(_ more: String, classes: [String] = classes) throws -> [String] {
        let body = #"{"scene":"s","model":"m"\#(more.isEmpty ? "" : ",")\#(more)}"#
        return try ScanRequest(parsing: Array(body.utf8)).options(classes: classes)
    }

    @Test func makesTheOptionsOfTheCommand() throws {
        #expect(try Self.options("") == [])
        #expect(
            try Self.options(
                #"""
                "stride":8,"mode":"exact","views":8,"floor":0.25,"forms":["coco","GPKG"],"region":[-1,0,50.5,60],
                "rule":{"classes":["car"],"threshold":0.5,"method":"wbf","iou":0.25,"acrossClasses":true,
                "subStride":false,"boxShare":0.5,"heatMap":true,"crops":12,"cog":true}
                """#) == [
                    "--stride=8", "--exact", "--views=8", "--floor=0.25", "--region=-1.0,0.0,50.5,60.0",
                    "--threshold=0.5", "--method=wbf", "--iou=0.25", "--across-classes", "--no-sub-stride",
                    "--heat-map", "--box-share=0.5", "--crops=12", "--cog", "--format=coco,GPKG",
                    "--labels=car",
                ])
        #expect(try Self.options(#""forms":[]"#) == ["--format=jsonl"])
        #expect(try Self.options(#""stride":null,"views":1"#) == ["--views=1"])
    }

    @Test(arguments: [
        #""stride":0"#, #""stride":1048577"#, #""stride":1.5"#, #""stride":1e300"#, #""stride":"8""#,
        #""views":3"#, #""floor":-0.1"#, #""floor":1.1"#, #""mode":"--output=/""#,
        #""mode":"dense","views":2"#,
        #""mode":"exact","denseBlock":64"#, #""mode":"dense","scales":[1,0.5]"#, #""scales":[]"#,
        #""scales":[100]"#, #""scales":[1],"resolution":"0.5""#, #""crs":"http://a.b/c""#,
        #""crs":"/etc/passwd""#, #""region":[0,0,1]"#, #""region":[0,0,0,1]"#,
        #""region":[0,0,1,1],"mapRegion":[0,0,1,1]"#, #""keepEmpty":true,"minValid":0.5"#, #""fill":"1,2""#,
        #""range":"--overwrite""#, #""forms":["coco,csv"]"#, #""forms":["nothing"]"#,
        #""forms":["coco","coco"]"#,
        #""forms":["MVT"]"#, #""rule":{"threshold":2}"#, #""rule":{"threshold":0.01}"#,
        #""rule":{"method":"nm"}"#,
        #""rule":{"crops":-1}"#, #""rule":{"iou":"0.5"}"#, #""rule":[]"#, #""rule":{"classes":"car"}"#,
        #""rule":{"forms":["coco"]},"forms":["csv"]"#, #""rule":{"classes":["a\u0000b"]}"#,
        #""truthForm":"csv""#,
        #""objectSize":3"#, #""truth":"x","truthForm":"yolo""#,
        #""truth":"x","truthForm":"csv","objectSize":0"#,
        #""stride":8,"stride":9"#,
    ])
    func refuses(_ more: String) {
        let error = #expect(throws: (any Error).self) { try Self.options(more) }
        let words = String(describing: error)
        #expect(words.contains("400") || words.contains("422"), "\(words)")
    }

    @Test(arguments: [#""output":"/""#, #""rule":{"memory":5}"#, #""--overwrite":true"#])
    func namesUnknownKeys(_ more: String) throws {
        let error = #expect(throws: (any Error).self) { try Self.options(more) }
        let name = try #require(more.split(separator: "\"").first { $0.contains(/output|memory|overwrite/) })
        #expect("\(String(describing: error))".contains(name))
    }

    @Test(arguments: ["", "[]", "null", "{", #"{"scene":"s"}"#, #"{"scene":1,"model":"m"}"#, "{} {}"])
    func refusesOtherBodies(_ body: String) {
        #expect(throws: (any Error).self) { try ScanRequest(parsing: Array(body.utf8)) }
    }

    @Test(arguments: HostileName.all) func keepsClassNamesInOneArgument(name: HostileName) throws {
        let text = String(decoding: try JSONEncoder().encode([name.text]), as: UTF8.self)
        let rule = #""rule":{"classes":\#(text)}"#
        guard !name.text.utf8.contains(0) else {
            #expect(throws: (any Error).self) { try Self.options(rule, classes: [name.text]) }
            return
        }
        let options = try Self.options(rule, classes: [name.text, "other"])
        #expect(options.count == 1)
        #expect(options[0].unicodeScalars.elementsEqual(("--labels=" + name.text).unicodeScalars))
        #expect(throws: (any Error).self) { try Self.options(rule, classes: ["other"]) }
    }

    @Test func refusesClassesThatAListCannotTellApart() throws {
        let rule = #""rule":{"classes":["a","b"]}"#
        #expect(try Self.options(rule, classes: ["a", "b"]) == ["--labels=a,b"])
        #expect(throws: (any Error).self) { try Self.options(rule, classes: ["a", "b", "a,b"]) }
    }

    @Test func takesTheTruthAndLeavesItOutOfTheRequest() throws {
        let truth = #"{"type":"FeatureCollection","features":[]}"#
        let text = String(decoding: try JSONEncoder().encode(truth), as: UTF8.self)
        let request = try ScanRequest(
            parsing: Array(#"{"scene":"s","model":"m","truth":\#(text),"objectSize":4}"#.utf8))
        #expect(request.truth?.text == truth)
        #expect(!request.json.contains("FeatureCollection"))
        let places = ScanPlaces(dataFolder: "/d", id: "x")
        let options = try request.options(classes: [])
        #expect(
            places.scanArguments(scene: "-s", model: "/m", options: options) == [
                "scan", "--supervised", "--model=/m", "--output=/d/scans/x/results",
                "--truth=/d/scans/x/truth.geojson", "--truth-format=geojson", "--object-size=4.0", "--", "-s",
            ])
        #expect(
            places.mergeArguments(scene: "/s", options: ["--iou=0.5"], scanOptions: options + ["--stride=8"])
                == [
                    "merge", "--supervised", "--iou=0.5", "--truth=/d/scans/x/truth.geojson",
                    "--truth-format=geojson", "--object-size=4.0", "--scene=/s", "--", "/d/scans/x/results",
                ])
    }

    @Test(arguments: [
        #"{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"http://a.b/"}},"features":[]}"#,
        #"{"type":"FeatureCollection","CRS":{"type":"name","properties":{"name":"http://a.b/"}},"features":[]}"#,
        #"{"type":"FeatureCollection","features":[{"geometry":{"\u0063rs":{"type":"url"}}}]}"#,
        #"{"type":"Topology","objects":{}}"#, "<kml/>", #"{"type":"Feature"} {}"#,
    ])
    func refusesTruthThatLeadsElsewhere(_ truth: String) throws {
        let text = String(decoding: try JSONEncoder().encode(truth), as: UTF8.self)
        #expect(throws: (any Error).self) { try Self.options(#""truth":\#(text)"#) }
    }

    @Test func takesTruthWithANamedSystem() throws {
        let truth =
            #"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"features":[{"type":"Feature","properties":{"crs":"any","list":[1]},"geometry":{"type":"Point","coordinates":[1,2]}}]}"#
        let text = String(decoding: try JSONEncoder().encode(truth), as: UTF8.self)
        #expect(try Self.options(#""truth":\#(text)"#).count == 2)
    }
}
