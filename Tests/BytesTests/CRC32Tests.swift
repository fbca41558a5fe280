import Bytes
import Testing

@Suite struct CRC32Tests {
    /// RFC 3720, B.4, and the usual check value.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func agreesWithPublishedValues(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes.span.bytes) == expected)
        #expect(CRC32C.plainChecksum(bytes) == expected)
    }

    @Test(arguments: UInt64(0)..<10) func agreesWithThePlainVersionWholeAndInParts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        let cut = Int.random(in: 0...bytes.count, using: &random)
        let first = CRC32C.checksum(bytes.span.bytes.extracting(0..<cut))
        let whole = CRC32C.checksum(bytes.span.bytes.extracting(cut..<bytes.count), after: first)
        #expect(whole == CRC32C.plainChecksum(bytes))
        #expect(CRC32C.checksum(bytes.span.bytes) == whole)
    }

    /// The usual check value; RFC 1952 has none.
    @Test(
        arguments: [(Array("123456789".utf8), 0xCBF4_3926), ([], 0), ([0], 0xD202_EF8D)]
            as [([UInt8], UInt32)])
    func theOneOfZipAgreesWithPublishedValues(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32.checksum(bytes.span.bytes) == expected)
        #expect(CRC32.plainChecksum(bytes) == expected)
    }
}
