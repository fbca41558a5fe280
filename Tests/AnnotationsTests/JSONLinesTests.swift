import Annotations
import Files
import Foundation
import Rasters
import Testing

struct JSONLinesTests {
    @Test func readsBoxesAndPointsWithAllThatIsSaid() throws {
        let text = """
            {"box":[10,20,42.5,52],"class":"car","score":0.75,"label":3,"visibleFraction":0.5,"verdict":"wrong"}

            { "class" : "boat", "point" : [ -4, 1e1 ], "score": null, "more": {"a": [1, "}"]} }\r
            """
        let read = try annotations(in: text, named: "a.jsonl").annotations
        #expect(
            read == [
                car(10, 20, 42.5, 52, score: 0.75, visible: 0.5, verdict: .wrong),
                Annotation(className: "boat", shape: .point(x: -4, y: 10)),
            ])
    }

    @Test func aMarkOfUTF8IsNoPartOfTheText() throws {
        let bytes = [0xEF, 0xBB, 0xBF] + Array(#"{"box":[0,0,1,1],"class":"car"}"#.utf8)
        #expect(try annotations(in: bytes, named: "a.jsonl").annotations == [car(0, 0, 1, 1)])
        #expect(try annotations(in: bytes, named: "a.txt").annotations == [car(0, 0, 1, 1)])
    }

    @Test(arguments: [
        "[]", "{", "{}", "null", #"{"box":[0,0,1,1]}"#, #"{"class":"car"}"#,
        #"{"box":[0,0,1],"class":"car"}"#, #"{"box":[0,0,1,1,1],"class":"car"}"#,
        #"{"box":[5,0,5,1],"class":"car"}"#, #"{"box":[5,0,4,1],"class":"car"}"#,
        #"{"box":[0,0,1,1e10],"class":"car"}"#, #"{"box":[0,0,1,1e999],"class":"car"}"#,
        #"{"box":[0,0,1,-9223372036854775808],"class":"car"}"#, #"{"box":[0,0,1,nan],"class":"car"}"#,
        #"{"point":[0],"class":"car"}"#, #"{"point":[0,1e300],"class":"car"}"#,
        #"{"point":[0,1],"box":[0,0,1,1],"class":"car"}"#,
        #"{"box":[0,0,1,1],"class":"car","visibleFraction":1.5}"#,
        #"{"box":[0,0,1,1],"class":"car","visibleFraction":-0.5}"#,
        #"{"box":[0,0,1,1],"class":"car","score":1e300}"#,
        #"{"box":[0,0,1,1],"class":"car","verdict":"maybe"}"#,
        #"{"box":[0,0,1,1],"class":7}"#, #"{"box":[0,0,1],"class":""}"#,
        #"{"scene":"a.tif","box":[0,0,1,1],"class":"car"}"#,
        #"{"box":[0,0,1,1],"class":"car"} x"#,
        #"{"box":[0,0,1,1] "class":"car"}"#, #"{"box":[0,0,1,1],"class":"c\qr"}"#,
    ])
    func namesTheLineThatIsMalformed(line: String) throws {
        let good = #"{"box":[0,0,1,1],"class":"car"}"#
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: "\(good)\n\(line)\n\(good)\n", named: "a.jsonl")
        }
        #expect(error?.code == .malformed)
        #expect(error?.operation == "read line 2")
    }

    private func scene(_ name: String) -> AnnotatedScene {
        AnnotatedScene(name: name, width: 100, height: 100, georeference: nil)
    }

    /// As `mine` writes them.
    @Test func linesNameTheirScene() throws {
        let text = """
            {"box":[0,0,4,4],"class":"car","number":1,"scene":"a.tif"}
            {"box":[4,0,8,4],"class":"car","image":"b.tif"}
            {"box":[8,0,9,4],"class":"car","image":7,"scene":"a.tif"}
            {"box":[9,0,10,4],"class":"car","image":"c.tif","scene":"a.tif"}
            """.replacing("\"a.tif\"", with: "\"photos/a.tif\"").replacing("\n", with: "\r\n")
        #expect(
            try annotations(in: text, named: "a.jsonl", of: scene("a.tif")).annotations == [
                car(0, 0, 4, 4), car(8, 0, 9, 4), car(9, 0, 10, 4),
            ])
        #expect(
            try annotations(in: text, named: "a.jsonl", of: scene("b.tif")).annotations == [car(4, 0, 8, 4)])
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: text, named: "a.jsonl", of: scene("c.tif"))
        }
        #expect(error?.code == .unknownScene && error?.cause.contains("a.tif, b.tif") == true)
    }

    @Test func linesNameTheirSceneOrNoneDoes() throws {
        let named = #"{"box":[0,0,1,1],"class":"car","scene":"scene.tif"}"#
        let error = #expect(throws: AnnotationError.self) {
            try annotations(in: "\(named)\n\n{\"box\":[0,0,1,1],\"class\":\"car\"}", named: "a.jsonl")
        }
        #expect(error?.operation == "read line 3" && error?.cause.contains("it names no scene") == true)
    }

    @Test func linesWithoutAClassAreLeftOutAndCounted() throws {
        let text = """
            {"box":[0,0,1,1],"class":null,"predicted":"car","scene":"a.tif"}
            {"box":[1,0,2,1],"class":"","scene":"a.tif"}
            {"box":[2,0,3,1],"predicted":"car","scene":"a.tif"}
            {"box":[3,0,4,1],"class":"car","scene":"a.tif"}
            {"box":[3,0,4,1],"class":null,"scene":"b.tif"}
            """
        let read = try annotations(in: text, named: "a.jsonl", of: scene("a.tif"))
        #expect(read.annotations == [car(3, 0, 4, 1)] && read.classlessCount == 3)
        #expect(read.notes == ["3 objects without a class: left out"])
        let other = try annotations(in: text, named: "a.jsonl", of: scene("b.tif"))
        #expect(other.annotations.isEmpty && other.classlessCount == 1)
    }

    @Test func bytesThatAreNoUTF8AreAnError() {
        let bytes = Array(#"{"box":[0,0,1,1],"class":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        #expect(throws: AnnotationError.self) { try annotations(in: bytes, named: "a.jsonl") }
    }

    @Test(arguments: [
        "0", "-0", "7", "123456789012345", "1234567890123456789", "0.1", "-12.625", "3.0000000000000004",
        "0.000000000000001", "1e-3", "2E5", "99999999999999.9", "0.30000000000000004",
    ])
    func readsNumbersAsTheSystemDoes(text: String) throws {
        let line = #"{"point":[\#(text),0],"class":"car"}"#
        let expected = try #require(Double(text))
        if abs(expected) < Double(1 << 29) {
            #expect(
                try annotations(in: line, named: "a.jsonl").annotations.first?.shape
                    == .point(x: expected, y: 0))
        } else {
            #expect(throws: AnnotationError.self) { try annotations(in: line, named: "a.jsonl") }
        }
    }
}
