/// The bytes of a zip archive in which files lie as they are.
///
/// - Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
func zipArchive(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var (archive, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, bytes) in files {
        // Version, flags, method and time; the date is the first of 1980.
        let fixed = littleEndian(20, 2) + littleEndian(0, 6) + littleEndian(0x21, 2)
        let sizes =
            littleEndian(Int(crc32(bytes)), 4) + littleEndian(bytes.count, 4) + littleEndian(bytes.count, 4)
        let nameLength = littleEndian(name.utf8.count, 2)
        directory += littleEndian(0x0201_4B50, 4) + littleEndian(20, 2) + fixed + sizes + nameLength
        directory += littleEndian(0, 12) + littleEndian(archive.count, 4) + name.utf8
        archive += littleEndian(0x0403_4B50, 4) + fixed + sizes + nameLength + littleEndian(0, 2) + name.utf8
        archive += bytes
    }
    let end =
        littleEndian(0x0605_4B50, 4) + littleEndian(0, 4) + littleEndian(files.count, 2)
        + littleEndian(files.count, 2) + littleEndian(directory.count, 4) + littleEndian(archive.count, 4)
        + littleEndian(0, 2)
    return archive + directory + end
}

private func littleEndian(_ value: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 < 8 ? value >> (8 * $0) : 0) }
}

/// The checksum of zip, PNG and Ethernet.
private func crc32(_ bytes: [UInt8]) -> UInt32 {
    let remainder = bytes.reduce(~UInt32(0)) { remainder, byte in
        (0..<8).reduce(remainder ^ UInt32(byte)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
        }
    }
    return ~remainder
}
