/// The tables of a cyclic redundancy check of 32 bits, reflected, by which eight bytes go at a time.
///
/// - Source: Kounavis and Berry, "Novel table lookup-based algorithms for high-performance CRC generation", 2008 (slicing by 8).
private struct CheckTables {
    let polynomial: UInt32
    /// Table k at `k << 8`: the effect of a byte with k bytes after it.
    private let entries: [UInt32]

    init(polynomial: UInt32) {
        self.polynomial = polynomial
        var entries = (0..<256).map { Self.shifted(UInt32($0), polynomial) }
        for index in 256..<8 * 256 {
            let previous = entries[index - 256]
            entries.append(previous >> 8 ^ entries[Int(previous & 255)])
        }
        self.entries = entries
    }

    /// Eight bits go through the polynomial.
    private static func shifted(_ crc: UInt32, _ polynomial: UInt32) -> UInt32 {
        (0..<8).reduce(crc) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1 }
    }

    func checksum(_ bytes: RawSpan, after previous: UInt32) -> UInt32 {
        entries.withUnsafeBufferPointer { tables in
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

    /// One bit at a time.
    func plainChecksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { Self.shifted($0 ^ UInt32($1), polynomial) }
    }
}

/// CRC-32C (Castagnoli): the checksum of iSCSI, ext4 and Parquet.
///
/// - Source: RFC 3720, appendix B.4 (polynomial, test vectors).
package enum CRC32C {
    private static let tables = CheckTables(polynomial: 0x82F6_3B78)

    /// The checksum of `bytes`, eight at a time through eight tables.
    ///
    /// - Parameter previous: the checksum of the bytes that come before; 0 for none.
    package static func checksum(_ bytes: RawSpan, after previous: UInt32 = 0) -> UInt32 {
        tables.checksum(bytes, after: previous)
    }

    /// The plain version: one bit at a time.
    package static func plainChecksum(_ bytes: [UInt8]) -> UInt32 { tables.plainChecksum(bytes) }
}

/// CRC-32: the checksum of zip, gzip and PNG, which every language has in its library.
///
/// - Source: RFC 1952, section 8 (polynomial).
package enum CRC32 {
    private static let tables = CheckTables(polynomial: 0xEDB8_8320)

    /// The checksum of `bytes`, eight at a time through eight tables.
    ///
    /// - Parameter previous: the checksum of the bytes that come before; 0 for none.
    package static func checksum(_ bytes: RawSpan, after previous: UInt32 = 0) -> UInt32 {
        tables.checksum(bytes, after: previous)
    }

    /// The plain version: one bit at a time.
    package static func plainChecksum(_ bytes: [UInt8]) -> UInt32 { tables.plainChecksum(bytes) }
}
