import Bytes
import Files

/// Where a PNG file is not as it was written.
///
/// A decoder checks a chunk when it has come to its end: rows before that may be wrong already, and nobody tells.
enum PNGDamage {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let readByteCount = 1 << 20

    /// The file up to its first chunk with a wrong checksum; `nil` where there is none, or it is no PNG file of this machine.
    ///
    /// A chunk that is cut off is right as far as it goes. Reads all of the file up to there.
    ///
    /// - Source: PNG specification, 5.3: length, type, contents and CRC-32 of the latter two.
    static func soundPart(of address: Address) throws(FileError) -> Address? {
        guard let path = address.localPath else { return nil }
        let file = try FileReader(path: path)
        guard file.byteCount > signature.count, try file.read(signature.count, at: 0) == signature else {
            return nil
        }
        var start = signature.count
        while start + 12 <= file.byteCount {
            let head = try file.read(8, at: start)
            let end = start + 8 + head[..<4].reduce(0) { $0 << 8 | Int($1) }
            guard end + 4 <= file.byteCount else { return nil }
            var checksum = CRC32.checksum(head.span.bytes.extracting(4..<8))
            for offset in stride(from: start + 8, to: end, by: readByteCount) {
                let bytes = try file.read(min(readByteCount, end - offset), at: offset)
                checksum = CRC32.checksum(bytes.span.bytes, after: checksum)
            }
            let written = try file.read(4, at: end).reduce(0) { $0 << 8 | UInt32($1) }
            guard checksum == written else { return Address("/vsisubfile/0_\(start),\(path)") }
            start = end + 4
        }
        return nil
    }
}
