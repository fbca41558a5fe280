import Annotations
import Testing

struct LabelStudioTests {
    private func export(
        _ results: String, image: String = "/data/upload/1/0a1b2c3d-scene.tif", key: String = "annotations"
    )
        -> String
    {
        #"[{"id":1,"data":{"image":"\#(image)"},"\#(key)":[{"id":3,"was_cancelled":false,"result":[\#(results)]}]}]"#
    }

    private let box =
        #"{"type":"rectanglelabels","original_width":1000,"original_height":800,"value":{"x":10,"y":25,"width":5,"#
        + #""height":10,"rotation":0,"rectanglelabels":["car"]}}"#

    @Test func readsBoxesAndPointsInPercent() throws {
        let point =
            #"{"type":"keypointlabels","value":{"x":50,"y":50,"width":0.5,"keypointlabels":["boat"]},"score":0.5}"#
        let brush = #"{"type":"brushlabels","value":{"format":"rle","rle":[1,2],"brushlabels":["car"]}}"#
        let read = try annotations(in: export([box, point, brush].joined(separator: ",")), named: "p.json")
        #expect(
            read.annotations == [
                car(100, 200, 150, 280),
                Annotation(className: "boat", shape: .point(x: 500, y: 400), score: 0.5),
            ])
        #expect(read.notes == ["1 object (brushlabels) is skipped"])
    }

    @Test func turnedBoxesAreReadAsTheBoxesAroundThem() throws {
        let turned = box.replacing("\"rotation\":0", with: "\"rotation\":90")
        let quarter = try annotations(in: export(turned), named: "p.json")
        // Turned clockwise about the top left corner.
        #expect(quarter.annotations == [car(20, 200, 100, 250)])
        #expect(quarter.notes.isEmpty)
        let half = box.replacing("\"rotation\":0", with: "\"rotation\":45")
        #expect(try annotations(in: export(half), named: "p.json").notes.count == 1)
    }

    @Test(arguments: [
        "/data/local-files/?d=some/scene.tif", "s3://bucket/a/scene.tif",
        "https://h/scene.tif?X-Signature=a/b",
        "scene.tif", "C:\\\\pictures\\\\scene.tif", "/data/upload/scene.tif",
        "/data/upload/2/12345678-scene.tif",
        "http://h/data/upload/2/12345678-sc%65ne.tif",
    ])
    func findsTheSceneByTheNameOfItsPicture(image: String) throws {
        #expect(try annotations(in: export(box, image: image), named: "p.json").annotations.count == 1)
    }

    @Test func predictionsCountWhereNobodyHasDrawn() throws {
        #expect(try annotations(in: export(box, key: "predictions"), named: "p.json").annotations.count == 1)
        let both =
            #"[{"data":{"image":"scene.tif"},"annotations":[{"result":[]}],"predictions":[{"result":[\#(box)]}]}]"#
        #expect(try annotations(in: both, named: "p.json").annotations.isEmpty)
        let cancelled = both.replacing("\"result\":[]", with: "\"was_cancelled\":true,\"result\":[]")
        #expect(try annotations(in: cancelled, named: "p.json").annotations.count == 1)
    }

    @Test func aPictureOfAnotherShapeOrTurnedIsAnError() {
        for (old, new) in [
            ("\"original_width\":1000", "\"original_width\":500"),
            ("\"type\"", "\"image_rotation\":90,\"type\""),
        ] {
            let error = #expect(throws: AnnotationError.self) {
                try annotations(in: export(box.replacing(old, with: new)), named: "p.json")
            }
            #expect(error?.operation == "read result 1 of task 1")
        }
    }

    @Test func theLastOfSeveralAnnotationsCountsAndItIsSaid() throws {
        let text = #"[{"data":{"image":"scene.tif"},"annotations":[{"result":[]},{"result":[\#(box)]}]}]"#
        let read = try annotations(in: text, named: "p.json")
        #expect(read.annotations.count == 1 && read.notes.count == 1)
    }

    @Test(arguments: [
        (#"[{"id":1}]"#, "task 1"), (#"[{"data":{"text":"a"}}]"#, "task 1"),
        (#"[{"data":{"image":""}}]"#, "task 1"),
        (#"[{"data":{"image":"scene.tif"},"annotations":[{"result":[{}]}]}]"#, "result 1 of task 1"),
        (
            #"[{"data":{"image":"scene.tif"},"annotations":[{"result":[{"type":"rectanglelabels","value":{"x":1,"#
                + #""y":1,"width":0,"height":1,"rectanglelabels":["a"]}}]}]}]"#, "result 1 of task 1"
        ),
        (
            #"[{"data":{"image":"scene.tif"},"annotations":[{"result":[{"type":"keypointlabels","value":{"x":1e300,"#
                + #""y":1,"keypointlabels":["a"]}}]}]}]"#, "result 1 of task 1"
        ),
        (
            #"[{"data":{"image":"scene.tif"},"predictions":[{"result":[{"type":"keypointlabels","value":{"x":1,"y":1,"#
                + #""keypointlabels":["a"]},"score":7}]}]}]"#, "result 1 of task 1"
        ),
        (#"[{"data":{"image":"scene.tif"},"annotations":["#, "task 1"),
    ])
    func saysWhatIsMalformed(text: String, place: String) {
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: text, named: "p.json", format: .labelStudio)
        }
        #expect(error?.operation == "read \(place)")
    }
}
