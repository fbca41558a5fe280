import Pixels

/// What a viewer shows of an animated GIF, frame by frame, by the rules of GIF89a.
struct GIFFrames {
    enum Failure: Error { case notAGIF, isCutShort, badCode }

    private(set) var frames: [Image] = []
    /// Of each frame.
    private(set) var centiseconds: [Int] = []

    init(_ bytes: [UInt8]) throws {
        var file = Reader(bytes: bytes)
        guard try file.take(6) == Array("GIF89a".utf8) else { throw Failure.notAGIF }
        var canvas = Image(width: try file.word(), height: try file.word())
        let globalPalette = try file.palette(try file.byte(), skipping: 2)
        var (delay, transparent): (Int, UInt8?) = (0, nil)
        while true {
            switch try file.byte() {
            case 0x21 where try file.byte() == 0xF9:
                let control = try file.blocks()
                guard control.count == 4 else { throw Failure.isCutShort }
                delay = Int(control[1]) | Int(control[2]) << 8
                transparent = control[0] & 1 == 1 ? control[3] : nil
            case 0x21: _ = try file.blocks()
            case 0x2C:
                let (left, top) = (try file.word(), try file.word())
                let (width, height) = (try file.word(), try file.word())
                let palette = try file.palette(try file.byte(), skipping: 0) ?? globalPalette ?? []
                let codeSize = Int(try file.byte())
                let indices = try Self.unpacked(try file.blocks(), codeSize: codeSize)
                guard indices.count == width * height else { throw Failure.isCutShort }
                for (place, index) in indices.enumerated() where index != transparent {
                    canvas[left + place % width, top + place / width] = palette[Int(index)]
                }
                frames.append(canvas)
                centiseconds.append(delay)
                transparent = nil
            case 0x3B: return
            default: throw Failure.notAGIF
            }
        }
    }

    /// LZW with codes of growing length.
    private static func unpacked(_ bytes: [UInt8], codeSize: Int) throws -> [UInt8] {
        let (clear, end) = (1 << codeSize, 1 << codeSize + 1)
        let roots = (0..<clear).map { [UInt8($0)] } + [[], []]
        var (table, width, previous): ([[UInt8]], Int, [UInt8]?) = (roots, codeSize + 1, nil)
        var (result, bits, bitCount): ([UInt8], Int, Int) = ([], 0, 0)
        for byte in bytes {
            bits |= Int(byte) << bitCount
            bitCount += 8
            guard bitCount >= width else { continue }
            let code = bits & (1 << width - 1)
            bits >>= width
            bitCount -= width
            if code == end { return result }
            if code == clear {
                (table, width, previous) = (roots, codeSize + 1, nil)
                continue
            }
            guard code <= table.count, code < table.count || previous != nil else { throw Failure.badCode }
            let entry = code < table.count ? table[code] : (previous ?? []) + (previous ?? []).prefix(1)
            result += entry
            if let previous, table.count < 4096 { table.append(previous + entry.prefix(1)) }
            previous = entry
            if table.count == 1 << width, width < 12 { width += 1 }
        }
        throw Failure.isCutShort
    }

    private struct Reader {
        var bytes: [UInt8]
        var place = 0

        mutating func take(_ count: Int) throws -> [UInt8] {
            guard place + count <= bytes.count else { throw Failure.isCutShort }
            defer { place += count }
            return Array(bytes[place..<place + count])
        }

        mutating func byte() throws -> UInt8 { try take(1)[0] }

        mutating func word() throws -> Int {
            let pair = try take(2)
            return Int(pair[0]) | Int(pair[1]) << 8
        }

        /// The data of blocks up to the empty one.
        mutating func blocks() throws -> [UInt8] {
            var data: [UInt8] = []
            while case let count = try byte(), count > 0 { data += try take(Int(count)) }
            return data
        }

        /// - Parameter flags: that say whether there is one.
        mutating func palette(_ flags: UInt8, skipping count: Int) throws -> [RGB]? {
            _ = try take(count)
            guard flags & 0x80 != 0 else { return nil }
            let bytes = try take(3 << (Int(flags & 7) + 1))
            return stride(from: 0, to: bytes.count, by: 3).map {
                RGB(bytes[$0], bytes[$0 + 1], bytes[$0 + 2])
            }
        }
    }
}
