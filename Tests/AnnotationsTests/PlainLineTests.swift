import Annotations
import Bytes
import Foundation
import Testing

/// The plain reader of JSON Lines: what the fast one must agree with.
private struct PlainLine: Codable {
    var box: [Double]
    var `class`: String
    var visibleFraction: Float
    var z: Int
}

@Test(arguments: UInt64(0)..<10) func linesAreReadAsJSONDecoderReadsThem(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let lines = (0..<50).map { z in
        let (x, y) = (Int.random(in: 0..<9999, using: &random), Int.random(in: 0..<9999, using: &random))
        return PlainLine(
            box: [x, y, x + 32, y + 32].map(Double.init),
            class: ["car", "boat", "ö\"\\/"].randomElement(using: &random) ?? "car",
            visibleFraction: .random(in: 0...1, using: &random), z: z)
    }
    let encoded = try lines.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    let expected = try encoded.map { try JSONDecoder().decode(PlainLine.self, from: Data($0.utf8)) }.map {
        Annotation(
            className: $0.class,
            shape: .box(AnnotationBox(x0: $0.box[0], y0: $0.box[1], x1: $0.box[2], y1: $0.box[3])),
            visibleFraction: $0.visibleFraction)
    }
    #expect(try annotations(in: encoded.joined(separator: "\n"), named: "a.jsonl").annotations == expected)
}
