import Files
import Rasters

/// The parts of the tar format that WebDataset needs: files with names of any length.
///
/// - Source: POSIX.1-2017, `pax`, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
package enum Tar {
    static let blockByteCount = 512
    /// Two blocks of zeros.
    package static let end = [UInt8](repeating: 0, count: 2 * blockByteCount)

    /// A file in an archive.
    struct Entry: Hashable {
        /// For people, and to tell files apart: with `\xE9` for a byte that is no UTF-8.
        var name: String
        /// Its bytes in the archive.
        var content: Range<Int>
    }

    /// A file as it stands in an archive: header, bytes, zeros up to a whole block.
    ///
    /// - Parameter name: at most 100 bytes.
    package static func encoded(name: String, _ content: RawSpan) -> [UInt8] {
        precondition(name.utf8.count <= 100)
        var header = [UInt8](repeating: 0, count: blockByteCount)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(content.byteCount, digits: 11), at: 124)
        // No time, so that the same images make the same bytes.
        put(octal(0, digits: 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
        let padding = (blockByteCount - content.byteCount % blockByteCount) % blockByteCount
        header.reserveCapacity(blockByteCount + content.byteCount + padding)
        content.withUnsafeBytes { header.append(contentsOf: $0) }
        header.append(contentsOf: repeatElement(0, count: padding))
        return header
    }

    /// - Parameter beginning: of what is no archive.
    private static func checkIsNotCompressed(_ beginning: [UInt8]) throws(Malformed) {
        guard !Compressed.begins(with: beginning) else {
            throw Malformed("it is compressed, whatever it is called; unpack it first (gunzip)")
        }
    }

    /// The regular files of an archive, in order, and whether its end is marked: without a mark it may be cut short.
    ///
    /// - Parameter read: gives bytes of the archive; the range lies inside.
    /// - Throws: with the byte where the archive is damaged.
    static func entries(
        byteCount: Int, read: (Range<Int>) throws -> [UInt8]
    ) throws -> (entries: [Entry], isEnded: Bool) {
        var entries: [Entry] = []
        var offset = 0
        var longName: String?
        var longSize: Int?
        while offset < byteCount {
            guard offset + blockByteCount <= byteCount else {
                if offset == 0 { try checkIsNotCompressed(read(0..<byteCount)) }
                throw Malformed("it ends in the middle of the header at byte \(offset): it is truncated")
            }
            let block = try read(offset..<offset + blockByteCount)
            guard block.contains(where: { $0 != 0 }) else { return (entries, true) }
            guard let header = Header(block) else {
                if offset == 0 { try checkIsNotCompressed(block) }
                throw Malformed("there is no tar header at byte \(offset)")
            }
            let start = offset + blockByteCount
            let size = header.kind == .file ? longSize ?? header.size : header.size
            guard size <= byteCount - start else {
                throw Malformed(
                    "the file at byte \(offset) should have \(size) bytes: the archive is truncated")
            }
            switch header.kind {
            case .file:
                entries.append(Entry(name: longName ?? header.name, content: start..<start + size))
                (longName, longSize) = (nil, nil)
            case .longName, .attributes:
                guard size <= 1 << 20 else { throw Malformed("the name at byte \(offset) has \(size) bytes") }
                let content = try read(start..<start + size)
                if header.kind == .longName {
                    longName = String(nameBytes: content.prefix { $0 != 0 }).showingRawBytes
                } else {
                    let attributes = try attributes(content, at: offset)
                    longName = attributes["path"] ?? longName
                    longSize = attributes["size"].flatMap { Int($0) } ?? longSize
                    if let longSize, longSize < 0 { throw Malformed("a size at byte \(offset) is negative") }
                }
            case .other: (longName, longSize) = (nil, nil)
            case .otherAttributes: break
            }
            offset = start + (size + blockByteCount - 1) / blockByteCount * blockByteCount
        }
        return (entries, false)
    }

    /// The records of a pax header: `"length key=value\n"`.
    private static func attributes(_ bytes: [UInt8], at offset: Int) throws(Malformed) -> [String: String] {
        var attributes: [String: String] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count
            else { throw Malformed("the attributes at byte \(offset) are damaged") }
            let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
            if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
                attributes[String(decoding: record[..<equals], as: UTF8.self)] =
                    String(nameBytes: record[(equals + 1)...]).showingRawBytes
            }
            rest = rest.dropFirst(length)
        }
        return attributes
    }

    private struct Header {
        enum Kind { case file, longName, attributes, otherAttributes, other }
        var name: String
        var size: Int
        var kind: Kind

        /// `nil` where the checksum is wrong or a number is none.
        init?(_ block: [UInt8]) {
            let sum = block.enumerated().reduce(0) { sum, byte in
                sum + ((148..<156).contains(byte.offset) ? 32 : Int(byte.element))
            }
            guard Self.octal(block[148..<156]) == sum, let size = Self.number(block[124..<136]) else {
                return nil
            }
            self.size = size
            func text(_ range: Range<Int>) -> String {
                String(nameBytes: block[range].prefix { $0 != 0 }).showingRawBytes
            }
            let prefix = block[257..<263].elementsEqual(Array("ustar\0".utf8)) ? text(345..<500) : ""
            name = prefix.isEmpty ? text(0..<100) : prefix + "/" + text(0..<100)
            switch block[156] {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = .file
            case UInt8(ascii: "L"): kind = .longName
            case UInt8(ascii: "x"): kind = .attributes
            case UInt8(ascii: "g"), UInt8(ascii: "K"): kind = .otherAttributes
            default: kind = .other
            }
        }

        private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
            let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
            return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
        }

        /// Octal digits, or for large numbers GNU's base 256.
        private static func number(_ field: ArraySlice<UInt8>) -> Int? {
            guard let first = field.first, first == 0x80 else {
                return octal(field).flatMap { $0 < 0 ? nil : $0 }
            }
            guard field.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else { return nil }
            return field.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
    }
}
