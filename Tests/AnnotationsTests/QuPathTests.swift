import Annotations
import Testing

struct QuPathTests {
    private func feature(_ geometry: String, _ classification: String, _ more: String = "") -> String {
        #"{"type":"Feature","id":"x","geometry":{"type":\#(geometry)},"properties":{"objectType":"annotation"\#(more),"#
            + #""classification":\#(classification)}}"#
    }

    private let square = #""Polygon","coordinates":[[[1,2],[9,2],[9,8],[1,8],[1,2]]]"#

    @Test func readsOutlinesAndPointsWithTheirClasses() throws {
        let features = [
            feature(square, #"{"name":"car","color":[1,2,3]}"#, #","measurements":{"score":0.5,"Area":48}"#),
            feature(#""Point","coordinates":[3,4.5]"#, #"{"names":["Tumor","Positive"]}"#),
            feature(
                #""Polygon","coordinates":[[[5,0],[10,5],[5,10],[0,5],[5,0]]]"#, #"{"name":"car"}"#,
                #","measurements":[{"name":"score","value":0.25}]"#),
            feature(#""LineString","coordinates":[[5,0],[10,5]]"#, #"{"name":"car"}"#),
            feature(square, "null"),
        ]
        let list = features.joined(separator: ",")
        for text in [#"{"type":"FeatureCollection","features":[\#(list)]}"#, "[\(list)]"] {
            let read = try annotations(in: text, named: "q.geojson")
            #expect(
                read.annotations == [
                    car(1, 2, 9, 8, score: 0.5),
                    Annotation(className: "Tumor: Positive", shape: .point(x: 3, y: 4.5)),
                    car(0, 0, 10, 10, score: 0.25),
                ])
            #expect(
                read.notes == [
                    "1 rotated box or outline is read as the upright box around it",
                    "1 object (LineString) is skipped",
                    "1 object (without a classification) is skipped",
                ])
        }
    }

    @Test func oneFeatureAloneIsRead() throws {
        #expect(
            try annotations(in: feature(square, #"{"name":"car"}"#), named: "q.json").annotations
                == [car(1, 2, 9, 8)])
    }

    @Test(arguments: [
        #"{}"#, #"{"geometry":null}"#, #"{"geometry":{"type":"Polygon"}}"#,
        #"{"geometry":{"type":"Polygon","coordinates":[]},"properties":{"classification":{"name":"a"}}}"#,
        #"{"geometry":{"type":"Polygon","coordinates":[[[1,2],[1,3]]]},"properties":{"classification":{"name":"a"}}}"#,
        #"{"geometry":{"type":"Point","coordinates":[1]},"properties":{"classification":{"name":"a"}}}"#,
        #"{"geometry":{"type":"Point","coordinates":[1,1e300]},"properties":{"classification":{"name":"a"}}}"#,
        #"{"geometry":{"type":"Point","coordinates":["1",2]},"properties":{"classification":{"name":"a"}}}"#,
        #"{"geometry":{"type":"Point","coordinates":[1,2]},"properties":{"classification":{"name":"a"},"measurements":{"score":7}}}"#,
        "7",
        #"{"geometry":{"#,
    ])
    func saysWhichObjectIsMalformed(object: String) {
        let text =
            #"{"type":"FeatureCollection","features":[\#(feature(square, #"{"name":"car"}"#)),\#(object)]}"#
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: text, named: "q.geojson", format: .qupath)
        }
        #expect(error?.operation == "read object 2")
    }
}
