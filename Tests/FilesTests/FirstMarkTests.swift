import Bytes
import Files
import Foundation
import Testing

struct FirstMarkTests {
    @Test(arguments: UInt64(0)..<50) func findsWhatAPlainSearchFinds(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let letters = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                ["a", ":", "/", "ä", "👩‍🚀"].randomElement(using: &random) ?? ""
            }
            let text = letters.joined()
            let expected = text.range(of: "://", options: .literal).map { text[..<$0.lowerBound].utf8.count }
            #expect(text.firstMark("://").map { text.utf8[..<$0.lowerBound].count } == expected, "\(text)")
        }
    }

    @Test func findsTheFirst() {
        #expect("s3://a://b".firstMark("://").map { "s3://a://b"[$0.upperBound...] } == "a://b")
        #expect("".firstMark(":/") == nil)
        #expect("x:".firstMark(":/") == nil)
    }
}
