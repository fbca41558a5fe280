import Files

/// Bytes among which a TIFF stands.
protocol TIFFSource: ~Copyable {
    /// - Returns: fewer bytes at the end, none behind it.
    func bytes(_ count: Int, at offset: Int) throws(FileError) -> [UInt8]
}

extension StoredFile: TIFFSource {
    func bytes(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        guard (0..<byteCount).contains(offset), count > 0 else { return [] }
        return try read(offset..<offset + min(count, byteCount - offset))
    }
}

extension FileReader: TIFFSource {
    func bytes(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        guard (0..<byteCount).contains(offset), count > 0 else { return [] }
        return try read(min(count, byteCount - offset), at: offset)
    }
}

/// How a TIFF counts, and where its first directory stands.
///
/// - Source: TIFF 6.0, section 2, and Adobe's BigTIFF with numbers of eight bytes.
struct TIFFHead {
    private let isBigEndian: Bool
    private let isBig: Bool
    let firstDirectory: Int

    /// A directory with more entries is not looked at to its end.
    private static let entryLimit = 4096

    /// - Returns: `nil` where it is no TIFF.
    init?(of source: borrowing some TIFFSource & ~Copyable) throws(FileError) {
        let head = try source.bytes(16, at: 0)
        guard head.count >= 8 else { return nil }
        switch Array(head[..<4]) {
        case [0x49, 0x49, 42, 0]: (isBigEndian, isBig) = (false, false)
        case [0x4D, 0x4D, 0, 42]: (isBigEndian, isBig) = (true, false)
        case [0x49, 0x49, 43, 0]: (isBigEndian, isBig) = (false, true)
        case [0x4D, 0x4D, 0, 43]: (isBigEndian, isBig) = (true, true)
        default: return nil
        }
        guard !isBig || head.count == 16,
            let offset = Self.number(head[isBig ? 8..<16 : 4..<8], isBigEndian)
        else { return nil }
        firstDirectory = offset
    }

    /// One entry of a directory.
    struct Entry: Hashable, Sendable {
        /// Bytes of one number; 0 for kinds that are none.
        fileprivate var numberByteCount: Int
        let count: Int
        /// Where its numbers stand.
        fileprivate var place: Int
    }

    /// What a directory says.
    struct Directory {
        /// By tag.
        var entries: [Int: Entry] = [:]
        /// Where the next one stands; `nil` for the last one.
        var next: Int?
    }

    /// - Returns: what there is of it, where the file ends in it.
    func directory(
        at offset: Int, in source: borrowing some TIFFSource & ~Copyable
    ) throws(FileError) -> Directory {
        let (countSize, entrySize, offsetSize) = isBig ? (8, 20, 8) : (2, 12, 4)
        let head = try source.bytes(countSize, at: offset)
        var directory = Directory()
        guard head.count == countSize, let count = Self.number(head[...], isBigEndian) else {
            return directory
        }
        let list = try source.bytes(
            min(count, Self.entryLimit) * entrySize + offsetSize, at: offset + countSize)
        for entry in 0..<min(count, Self.entryLimit) {
            let start = entry * entrySize
            guard start + entrySize <= list.count else { return directory }
            func number(_ from: Int, _ count: Int) -> Int? {
                Self.number(list[start + from..<start + from + count], isBigEndian)
            }
            guard let tag = number(0, 2), let type = number(2, 2), let count = number(4, offsetSize) else {
                continue
            }
            let size = Self.numberByteCount(ofType: type)
            let (byteCount, isTooLarge) = size.multipliedReportingOverflow(by: count)
            guard !isTooLarge else { continue }
            // Few bytes stand where else their place would.
            let valuePlace = offset + countSize + start + 4 + offsetSize
            guard let place = byteCount <= offsetSize ? valuePlace : number(4 + offsetSize, offsetSize) else {
                continue
            }
            // The first of several.
            if directory.entries[tag] == nil {
                directory.entries[tag] = Entry(numberByteCount: size, count: count, place: place)
            }
        }
        let end = count * entrySize
        if count <= Self.entryLimit, list.count == end + offsetSize,
            let next = Self.number(list[end...], isBigEndian), next > 0
        {
            directory.next = next
        }
        return directory
    }

    /// One of an entry's numbers; `nil` where it has none there that is whole, or the file ends before.
    func number(
        _ index: Int = 0, of entry: Entry?, in source: borrowing some TIFFSource & ~Copyable
    ) throws(FileError) -> Int? {
        guard let entry, (0..<entry.count).contains(index), entry.numberByteCount > 0 else { return nil }
        let bytes = try source.bytes(
            entry.numberByteCount, at: entry.place + index * entry.numberByteCount)
        guard bytes.count == entry.numberByteCount else { return nil }
        return Self.number(bytes[...], isBigEndian)
    }

    /// All bytes of an entry.
    func bytes(
        of entry: Entry, in source: borrowing some TIFFSource & ~Copyable
    ) throws(FileError) -> [UInt8] {
        try source.bytes(entry.count * entry.numberByteCount, at: entry.place)
    }

    /// By the numbers that TIFF has for them: whole numbers without a sign, and bytes and characters.
    private static func numberByteCount(ofType type: Int) -> Int {
        switch type {
        case 1, 2, 7: 1
        case 3: 2
        case 4, 13: 4
        case 16, 18: 8
        default: 0
        }
    }

    /// `nil` for a number that no file can have.
    private static func number(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> Int? {
        let number = (isBigEndian ? Array(bytes) : bytes.reversed()).reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        return Int(exactly: number).flatMap { $0 < 1 << 48 ? $0 : nil }
    }
}
