/// CRC-32C (Castagnoli): the checksum of iSCSI, ext4 and Parquet.
///
/// - Source: RFC 3720, appendix B.4 (polynomial, test vectors); Kounavis and Berry, "Novel table lookup-based
///   algorithms for high-performance CRC generation", 2008 (slicing by 8).
package enum CRC32C {
    /// The checksum of `bytes`, eight at a time through eight tables.
    ///
    /// - Parameter previous: the checksum of the bytes that come before; 0 for none.
    package static func checksum(_ bytes: RawSpan, after previous: UInt32 = 0) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var crc = ~previous
            let wordEnd = bytes.byteCount & ~7
            for offset in stride(from: 0, to: wordEnd, by: 8) {
                let word =
                    bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) ^ UInt64(crc)
                crc = tables[7 << 8 | Int(word & 255)]
                for byte in 1..<8 {
                    crc ^= tables[(7 - byte) << 8 | Int(word >> (8 * UInt64(byte)) & 255)]
                }
            }
            for offset in wordEnd..<bytes.byteCount {
                let byte = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
                crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
            }
            return ~crc
        }
    }

    /// The plain version: one bit at a time.
    package static func plainChecksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { shifted($0 ^ UInt32($1)) }
    }

    /// Eight bits go through the polynomial, reflected.
    private static func shifted(_ crc: UInt32) -> UInt32 {
        (0..<8).reduce(crc) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    /// Table k at `k << 8`: the effect of a byte with k bytes after it.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { shifted(UInt32($0)) }
        for index in 256..<8 * 256 {
            let previous = tables[index - 256]
            tables.append(previous >> 8 ^ tables[Int(previous & 255)])
        }
        return tables
    }()
}
