/// Picture files byte by byte, for what no encoder writes.
enum PictureBytes {
    /// A PNG of 8-bit red, green and blue, its pixels stored and not compressed.
    ///
    /// - Parameter isInterlaced: in the seven passes of Adam7.
    static func png(width: Int, height: Int, pixelsHWC: [UInt8], isInterlaced: Bool) -> [UInt8] {
        let passes = isInterlaced ? adam7 : [(x: 0, y: 0, stepX: 1, stepY: 1)]
        var rows: [UInt8] = []
        for pass in passes where pass.x < width {
            for y in stride(from: pass.y, to: height, by: pass.stepY) {
                rows.append(0)
                for x in stride(from: pass.x, to: width, by: pass.stepX) {
                    let start = (y * width + x) * 3
                    rows += pixelsHWC[start..<start + 3]
                }
            }
        }
        return png(width: width, height: height, isInterlaced: isInterlaced, data: stored(rows))
    }

    /// A PNG that says it has 8-bit red, green and blue.
    ///
    /// - Parameter data: what is in its `IDAT`.
    static func png(width: Int, height: Int, isInterlaced: Bool, data: [UInt8]) -> [UInt8] {
        let header = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, isInterlaced ? 1 : 0]
        return [0x89] + Array("PNG\r\n".utf8) + [0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", data)
            + chunk("IEND", [])
    }

    private static let adam7 = [
        (x: 0, y: 0, stepX: 8, stepY: 8), (x: 4, y: 0, stepX: 8, stepY: 8), (x: 0, y: 4, stepX: 4, stepY: 8),
        (x: 2, y: 0, stepX: 4, stepY: 4), (x: 0, y: 2, stepX: 2, stepY: 4), (x: 1, y: 0, stepX: 2, stepY: 2),
        (x: 0, y: 1, stepX: 1, stepY: 2),
    ]

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        return bigEndian(content.count) + body + bigEndian(Int(crc32(body)))
    }

    /// A zlib stream of stored blocks.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            let size = littleEndian(block.count, 2)
            stream += [start + 65_535 >= bytes.count ? 1 : 0] + size + size.map { ~$0 } + block
        }
        let sums = bytes.reduce((1, 0)) { sums, byte in
            let low = (sums.0 + Int(byte)) % 65_521
            return (low, (sums.1 + low) % 65_521)
        }
        return stream + bigEndian(sums.1 << 16 | sums.0)
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { checksum, byte in
            (0..<8).reduce(checksum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }

    /// A TIFF that has no pixels: a directory with the given tags, all of them 32-bit numbers.
    static func tiff(width: Int, height: Int, tags: [Int: Int]) -> [UInt8] {
        let all = tags.merging([256: width, 257: height]) { tag, _ in tag }
        let entries = all.sorted { $0.key < $1.key }.flatMap { tag, value in
            littleEndian(tag, 2) + littleEndian(4, 2) + littleEndian(1, 4) + littleEndian(value, 4)
        }
        return Array("II*\0".utf8) + littleEndian(8, 4) + littleEndian(all.count, 2) + entries
            + littleEndian(0, 4)
    }

    /// A BMP of bit fields, all of whose pixels are alike.
    static func bmp(width: Int, height: Int, bitCount: Int, masks: [Int], pixel: Int) -> [UInt8] {
        let pixels = (0..<width * height).flatMap { _ in littleEndian(pixel, bitCount / 8) }
        let header =
            littleEndian(40, 4) + littleEndian(width, 4) + littleEndian(height, 4) + littleEndian(1, 2)
            + littleEndian(bitCount, 2) + littleEndian(3, 4) + [UInt8](repeating: 0, count: 20)
        let start = 14 + header.count + 12
        return Array("BM".utf8) + littleEndian(start + pixels.count, 4) + littleEndian(0, 4)
            + littleEndian(start, 4) + header + masks.flatMap { littleEndian($0, 4) } + pixels
    }

    /// A JPEG with Adobe's mark, or without it, whatever it has had.
    ///
    /// - Parameter adobeTransform: how the mark says that colours are stored: 0 as they are, 2 as blue and red differences.
    static func jpeg(_ bytes: [UInt8], adobeTransform: UInt8?) -> [UInt8] {
        var mark: [UInt8] = []
        if let adobeTransform {
            mark = [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, adobeTransform]
        }
        var rest = bytes[2...]
        if let start = rest.indices.dropLast().first(where: { rest[$0] == 0xFF && rest[$0 + 1] == 0xEE }) {
            let byteCount = 2 + Int(rest[start + 2]) << 8 + Int(rest[start + 3])
            rest.removeSubrange(start..<start + byteCount)
        }
        return Array(bytes[..<2]) + mark + Array(rest)
    }

    private static func littleEndian(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func bigEndian(_ number: Int) -> [UInt8] { littleEndian(number, 4).reversed() }
}
