import Files

/// What GDAL does not tell of a PNG file.
struct PNGHeader {
    /// Whether rows come in seven passes over the picture.
    var isInterlaced: Bool

    /// `nil` where the file is shorter than a header.
    ///
    /// - Source: PNG specification, 11.2.2: the first chunk is `IHDR`, which ends with the interlace method.
    init?(of address: Address) {
        guard let bytes = firstBytes(29, of: address) else { return nil }
        isInterlaced = bytes[28] != 0
    }
}

/// What GDAL does not tell of a BMP file, or does not heed.
struct BMPHeader {
    /// Bits of a pixel.
    var bitCount: Int
    /// 0 for none, 1 and 2 for runs, 3 for bit fields.
    private var compression: Int
    /// Which bits of a pixel are red, green and blue.
    private var masks: [Int]

    /// Whether the pixels are stored as runs of equal ones.
    var isCompressed: Bool { [1, 2].contains(compression) }

    /// `nil` where the file is shorter than a header, as one of OS/2 may be.
    ///
    /// - Source: Microsoft, `BITMAPINFOHEADER` and `BITMAPV4HEADER`: after the 14 bytes of the file's header; the masks follow
    ///   its first 40 bytes, as a part of the header or behind it.
    init?(of address: Address) {
        guard let bytes = firstBytes(66, of: address) else { return nil }
        func number(_ offset: Int, _ count: Int) -> Int {
            bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let hasMasks = number(14, 4) >= 40
        bitCount = number(28, 2)
        compression = hasMasks ? number(30, 4) : 0
        masks = [54, 58, 62].map { number($0, 4) }
    }

    /// GDAL's bands of red, green and blue: it takes the lowest byte of 32 bits for blue, whatever the masks are. `nil` where
    /// the colours are not three of its bands.
    var colourBands: [Int]? {
        guard bitCount == 32, compression == 3 else { return [1, 2, 3] }
        let bandOfMask = [0xFF0000: 1, 0xFF00: 2, 0xFF: 3]
        let bands = masks.compactMap { bandOfMask[$0] }
        return Set(bands).count == 3 ? bands : nil
    }
}

/// What libjpeg only tells by refusing a picture.
struct JPEGHeader {
    /// Bits of a sample: 8 or 12 in pictures, up to 16 where nothing is lost.
    var sampleBitCount: Int

    /// `nil` where the bytes are no JPEG, or end before its frame header.
    ///
    /// - Source: ISO/IEC 10918-1, B.2: segments of a marker and a length; the frame header `SOFn` begins with the precision.
    init?(of bytes: UnsafeRawBufferPointer) {
        guard JPEGDecoder.recognises(bytes) else { return nil }
        var offset = 2
        while offset + 5 <= bytes.count, bytes[offset] == 0xFF {
            let marker = bytes[offset + 1]
            if marker == 0xFF {
                // Filling.
                offset += 1
                continue
            }
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                sampleBitCount = Int(bytes[offset + 4])
                return
            }
            guard marker != 0xDA else { return nil }
            offset += 2 + (Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]))
        }
        return nil
    }
}

/// What GDAL does not tell of a JPEG 2000 file.
struct JPEG2000Header {
    /// Pixels of the smallest piece that is coded apart; a decoder keeps a record of each such piece.
    var leastCodeBlockArea = Int.max

    /// More boxes or marker segments than this stand before no picture's data.
    private static let partCountLimit = 1000

    /// `nil` where the file is no JPEG 2000, or its header is cut short.
    ///
    /// - Source: ISO/IEC 15444-1, annex I (boxes) and A.6.1 (the segment `COD`: after marker and length the style, four bytes of
    ///   the whole, the number of levels, two exponents of a code block less 2, the transform, and where the style says so an
    ///   exponent pair of the precincts of each level).
    init?(of address: Address) {
        do throws(FileError) {
            let file = try StoredFile(opening: address)
            guard let start = try Self.codestream(in: file) else { return nil }
            var offset = start + 2
            for _ in 0..<Self.partCountLimit {
                guard let head = try Self.bytes(4, at: offset, of: file), head[0] == 0xFF else { return nil }
                // The first tile begins.
                guard head[1] != 0x90 else { return }
                let length = Int(head[2]) << 8 | Int(head[3])
                if head[1] == 0x52, let content = try Self.bytes(length - 2, at: offset + 4, of: file) {
                    guard content.count >= 10 else { return nil }
                    read(content)
                }
                offset += 2 + length
            }
        } catch {
            return nil
        }
        return nil
    }

    private mutating func read(_ content: [UInt8]) {
        let (width, height) = (Int(content[6] & 15) + 2, Int(content[7] & 15) + 2)
        let precincts = content[0] & 1 == 1 ? content.dropFirst(10) : []
        let areas = precincts.map { 1 << (min(width, Int($0 & 15)) + min(height, Int($0 >> 4))) }
        leastCodeBlockArea = min(leastCodeBlockArea, areas.min() ?? 1 << (width + height))
    }

    /// Where the coded picture begins: in a bare one at once, else in the box `jp2c`.
    private static func codestream(in file: borrowing StoredFile) throws(FileError) -> Int? {
        var offset = 0
        for _ in 0..<partCountLimit {
            guard let head = try bytes(16, at: offset, of: file) else { return nil }
            if head.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) { return offset }
            let length = head[..<4].reduce(0) { $0 << 8 | Int($1) }
            let isLong = length == 1
            if head[4..<8].elementsEqual("jp2c".utf8) { return offset + (isLong ? 16 : 8) }
            let longLength = head[8...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard let whole = isLong ? Int(exactly: longLength) : length, whole >= 8,
                whole <= file.byteCount - offset
            else { return nil }
            offset += whole
        }
        return nil
    }

    private static func bytes(
        _ count: Int, at offset: Int, of file: borrowing StoredFile
    ) throws(FileError) -> [UInt8]? {
        guard count >= 0, offset <= file.byteCount - count else { return nil }
        return try file.read(offset..<offset + count)
    }
}

private func firstBytes(_ count: Int, of address: Address) -> [UInt8]? {
    do throws(FileError) {
        let file = try StoredFile(opening: address)
        return file.byteCount < count ? nil : try file.read(0..<count)
    } catch {
        return nil
    }
}
