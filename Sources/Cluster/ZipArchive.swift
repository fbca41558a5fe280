import Bytes

/// A zip file whose files are stored as they are, the same bytes each time.
///
/// - Source: PKWARE's APPNOTE.TXT 6.3.3: local headers, central directory, end record.
struct ZipArchive {
    private(set) var bytes: [UInt8] = []

    /// - Parameter files: names and contents; fewer than 65,536, below 4 GB together.
    init(_ files: [(name: String, contents: [UInt8])]) {
        var directory: [UInt8] = []
        for (name, contents) in files {
            let place = bytes.count
            let facts = Self.facts(name, contents)
            bytes.appendLittleEndian(UInt32(0x0403_4B50))
            bytes += facts + Array(name.utf8) + contents
            directory.appendLittleEndian(UInt32(0x0201_4B50))
            directory.appendLittleEndian(UInt16(20))
            directory += facts
            // No comment, disk 0, no attributes.
            directory += [UInt8](repeating: 0, count: 10)
            directory.appendLittleEndian(UInt32(place))
            directory += Array(name.utf8)
        }
        let start = bytes.count
        bytes += directory
        bytes.appendLittleEndian(UInt32(0x0605_4B50))
        bytes.appendLittleEndian(UInt32(0))
        bytes.appendLittleEndian(UInt16(files.count))
        bytes.appendLittleEndian(UInt16(files.count))
        bytes.appendLittleEndian(UInt32(directory.count))
        bytes.appendLittleEndian(UInt32(start))
        bytes.appendLittleEndian(UInt16(0))
    }

    /// What both headers of a file have: version, flags, method, a date of 1980, checksum, sizes, length of the name.
    private static func facts(_ name: String, _ contents: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in [20, 0x800, 0, 0, 0x21] as [UInt16] { bytes.appendLittleEndian(number) }
        bytes.appendLittleEndian(CRC32.checksum(contents.span.bytes))
        bytes.appendLittleEndian(UInt32(contents.count))
        bytes.appendLittleEndian(UInt32(contents.count))
        bytes.appendLittleEndian(UInt16(name.utf8.count))
        bytes.appendLittleEndian(UInt16(0))
        return bytes
    }
}
