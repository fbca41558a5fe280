import Annotations
import Files
import Foundation
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
        #"{"box":[0,0,1,1],"class":""}"#, #"{"box":[0,0,1,1],"class":7}"#,
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
