import Bytes
import Files

/// Where a PNG file is not as it was written.
///
/// A decoder checks a chunk when it has come to its end: rows before that may be wrong already, and nobody tells.
enum PNGDamage {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let pixelType = Array("IDAT".utf8)
    private static let transparencyType = Array("tRNS".utf8)
    private static let readByteCount = 1 << 20

    /// How many bytes stand before the first damaged chunk of a PNG file; `nil` where none is damaged.
    ///
    /// A chunk that is cut off is right as far as it goes. Texts and other chunks that change no pixel may have any checksum. Reads
    /// the file up to the damage.
    ///
    /// - Source: PNG specification, 5.3: length, type, contents and CRC-32 of the latter two; 5.4: bit 5 of a type's first letter tells
    ///   chunks that a decoder can do without; 5.6: all chunks with pixels follow each other.
    static func soundByteCount(of file: FileReader) throws(FileError) -> Int? {
        var start = signature.count
        // Where pixels have begun: a chunk with a wrong checksum that may be one of theirs, with a wrong type.
        var hasPixels = false
        var suspect: Int?
        while start + 12 <= file.byteCount {
            let head = try file.read(8, at: start)
            let type = Array(head[4...])
            if type == pixelType, let suspect { return suspect }
            let end = start + 8 + head[..<4].reduce(0) { $0 << 8 | Int($1) }
            guard end + 4 <= file.byteCount else { return nil }
            var checksum = CRC32.checksum(head.span.bytes.extracting(4..<8))
            for offset in stride(from: start + 8, to: end, by: readByteCount) {
                let bytes = try file.read(min(readByteCount, end - offset), at: offset)
                checksum = CRC32.checksum(bytes.span.bytes, after: checksum)
            }
            let written = try file.read(4, at: end).reduce(0) { $0 << 8 | UInt32($1) }
            if checksum != written {
                guard changesNoPixel(type) else { return start }
                if hasPixels { suspect = suspect ?? start }
            }
            hasPixels = hasPixels || type == pixelType
            start = end + 4
        }
        return nil
    }

    /// Whether a decoder can do without a chunk: all but the transparency of colours.
    private static func changesNoPixel(_ type: [UInt8]) -> Bool {
        type[0] & 0x20 != 0 && type != transparencyType
    }
}
