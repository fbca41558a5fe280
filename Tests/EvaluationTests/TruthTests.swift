import Bytes
import Evaluation
import Files
import Foundation
import Pixels
import TestSupport
import Testing

private let labels = ["car": 0, "boat": 1]

private func truths(reading text: String) throws -> [Truth] {
    try withTemporaryFile(text) { try readTruths(from: $0, labels: labels).truths }
}

@Test func readsTheTruthsOfTheClassesAskedFor() throws {
    let text = """
        {"box":[10,20,42,52],"class":"car","sourceClass":"automobile","z":12,"visibleFraction":0.83}
        {"box":[0,0,32,32],"class":"other","sourceClass":"frog","z":3,"visibleFraction":1}

        { "visibleFraction" : 0, "extra": {"a": [1, "}"], "b": null}, "class" : "boat", "box" : [ -4, 0, 3, 9 ] }\r
        """
    #expect(
        try truths(reading: text) == [
            Truth(box: PixelRect(x0: 10, y0: 20, x1: 42, y1: 52), label: 0, visibleFraction: 0.83),
            Truth(box: PixelRect(x0: -4, y0: 0, x1: 3, y1: 9), label: 1, visibleFraction: 0),
        ])
}

@Test func objectsOfOtherClassesAreCounted() throws {
    let lines = ["car", "bleu", "other", "bleu"].map {
        #"{"box":[0,0,9,9],"class":"\#($0)","visibleFraction":1}"#
    }
    let read = try withTemporaryFile(lines.joined(separator: "\n")) {
        try readTruths(from: $0, labels: labels)
    }
    #expect(read.truths.map(\.label) == [0] && read.otherCounts == ["bleu": 2, "other": 1])
}

@Test func filesThatAreTooLongAreNotRead() throws {
    try withTemporaryFile("") { path in
        truncate(path, 1 << 40)
        let truth = #expect(throws: FileError.self) { _ = try readTruths(from: path, labels: labels) }
        #expect(truth?.code == .tooLarge)
        let names = #expect(throws: FileError.self) { _ = try NameList(reading: path) }
        #expect(names?.code == .tooLarge)
    }
}

@Test func anEmptyTruthFileHasNoTruths() throws {
    #expect(try truths(reading: "") == [])
    #expect(try truths(reading: "\n\n") == [])
}

@Test func understandsEscapesInNames() throws {
    let text = #"{"box":[0,0,1,1],"\u0063lass":"c\u0061r","visibleFraction":1,"note":"a \" quote \\"}"#
    #expect(try truths(reading: text).map(\.label) == [0])
}

@Test(arguments: [
    "[]", "{", "{}", "null", #"{"box":[0,0,1,1],"visibleFraction":1}"#,
    #"{"box":[0,0,1],"class":"car","visibleFraction":1}"#,
    #"{"box":[0,0,1,1,1],"class":"car","visibleFraction":1}"#,
    #"{"point":[0,1],"class":"car","visibleFraction":1}"#,
    #"{"box":[5,0,5,1],"class":"car","visibleFraction":1}"#,
    #"{"box":[0,0,1,99999999999],"class":"car","visibleFraction":1}"#,
    #"{"box":[0,0,1,-9223372036854775808],"class":"car","visibleFraction":1}"#,
    #"{"box":[0,0,1,1],"class":"car","visibleFraction":1.5}"#,
    #"{"box":[0,0,1,1],"class":"car","visibleFraction":nan}"#,
    #"{"box":[0,0,1,1],"class":7,"visibleFraction":1}"#,
    #"{"box":[0,0,1,1],"class":"car","visibleFraction":1} x"#,
    #"{"box":[0,0,1,1],"class":"car","visibleFraction":1,}"#,
    #"{"box":[0,0,1,1] "class":"car","visibleFraction":1}"#,
    #"{"box":[0,0,1,1],"class":"car,"visibleFraction":1}"#,
    #"{"box":[0,0,1,1],"class":"c\qr","visibleFraction":1}"#,
    #"{"box":[0,0,1,1],"class":"car","visibleFraction":1,"extra":[1,2}"#,
    #"{"box":[0,0,1,1],"class":"car","visibleFraction":1,"extra":}"#,
    #"{"box":[0,0,1,1],"class":"car","visibleFraction":1,"extra":"\"#,
    #"{"box":[0,0,1,1],"class":"car","visib"#,
])
func namesTheLineThatIsMalformed(line: String) throws {
    let good = #"{"box":[0,0,1,1],"class":"car","visibleFraction":1}"#
    let error = #expect(throws: EvaluationError.self) {
        try truths(reading: "\(good)\n\(line)\n\(good)\n")
    }
    #expect(error?.code == .malformedLine)
    #expect(error?.operation == "read the truth on line 2")
}

@Test func aMissingTruthFileIsAnError() {
    #expect(throws: FileError.self) { try readTruths(from: "/nowhere/truth.jsonl", labels: labels) }
}

/// The plain reader: what the fast one must agree with.
private struct PlainLine: Codable {
    var box: [Int]
    var `class`: String
    var visibleFraction: Float
    var z: Int
}

@Test(arguments: UInt64(0)..<10) func agreesWithJSONDecoder(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let lines = (0..<50).map { z in
        let (x, y) = (Int.random(in: 0..<9999, using: &random), Int.random(in: 0..<9999, using: &random))
        return PlainLine(
            box: [x, y, x + 32, y + 32],
            class: ["car", "boat", "ö\"\\/"].randomElement(using: &random) ?? "car",
            visibleFraction: .random(in: 0...1, using: &random), z: z)
    }
    let encoded = try lines.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    let expected = try encoded.map { try JSONDecoder().decode(PlainLine.self, from: Data($0.utf8)) }
        .compactMap { line in
            labels[line.class].map {
                Truth(
                    box: PixelRect(x0: line.box[0], y0: line.box[1], x1: line.box[2], y1: line.box[3]),
                    label: $0, visibleFraction: line.visibleFraction)
            }
        }
    #expect(try truths(reading: encoded.joined(separator: "\n")) == expected)
}
