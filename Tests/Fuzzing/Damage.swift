import Bytes

/// Seeded damage to files: of bytes, of numbers in bytes, and of texts.
struct Damage {
    var random: SplitMix64

    /// Damages a file in one to four places.
    ///
    /// Every other text gets only other numbers and words, so that it can still be read and what it says is looked at.
    ///
    /// - Parameter other: a file of the same kind, of which parts may be taken.
    mutating func apply(to bytes: inout [UInt8], other: [UInt8]) {
        let isText = !bytes.prefix(256).contains(0)
        let kinds = isText && Bool.random(using: &random) ? [.number, .number, .word] : Kind.allCases
        let most = Bool.random(using: &random) ? 1 : 4
        for _ in 0..<Int.random(in: 1...most, using: &random) where !bytes.isEmpty {
            if let kind = kinds.randomElement(using: &random) { change(&bytes, other, kind) }
        }
    }

    private enum Kind: CaseIterable {
        case bit, byte, run, removal, repetition, end, splice, binaryNumber, number, word, insertedWord,
            nesting
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8], _ kind: Kind) {
        let place = place(in: bytes.count)
        let run = place..<min(bytes.count, place + Int.random(in: 1...32, using: &random))
        switch kind {
        case .bit: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .byte: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case .run: for index in run { bytes[index] = .random(in: 0...255, using: &random) }
        case .removal: bytes.removeSubrange(run)
        case .repetition: bytes.insert(contentsOf: bytes[run], at: place)
        case .end: bytes.removeSubrange(place...)
        case .splice:
            bytes = bytes[..<place] + other.suffix(max(0, other.count - self.place(in: other.count)))
        case .binaryNumber: putNumber(at: place, in: &bytes)
        case .number: replace(Self.isOfNumber, near: place, in: &bytes, with: Self.numbers)
        case .word: replace(Self.isOfWord, near: place, in: &bytes, with: Self.words)
        case .insertedWord:
            bytes.insert(contentsOf: (Self.words.randomElement(using: &random) ?? "").utf8, at: place)
        case .nesting: bytes.insert(contentsOf: Self.nesting(using: &random), at: place)
        }
    }

    /// Most often near the beginning or the end: there lie headers and indexes.
    private mutating func place(in count: Int) -> Int {
        guard count > 0 else { return 0 }
        let near = Int.random(in: 0..<min(count, 1024), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1: return near
        case 2: return count - 1 - near
        default: return Int.random(in: 0..<count, using: &random)
        }
    }

    /// A number at a border in 2, 4 or 8 bytes, in either order.
    private mutating func putNumber(at place: Int, in bytes: inout [UInt8]) {
        let width = [2, 4, 8].randomElement(using: &random) ?? 4
        let border = Int.random(in: 0...8 * width, using: &random)
        let power: UInt64 = border == 64 ? 0 : 1 << UInt64(border)
        let value = power &+ UInt64(truncatingIfNeeded: Int.random(in: -1...1, using: &random))
        let isLittleEndian = Bool.random(using: &random)
        for index in 0..<width where place + index < bytes.count {
            let shift = 8 * UInt64(isLittleEndian ? index : width - 1 - index)
            bytes[place + index] = UInt8(truncatingIfNeeded: value >> shift)
        }
    }

    /// Puts one of `texts` in the place of the next run of such bytes.
    private mutating func replace(
        _ belongs: (UInt8) -> Bool, near place: Int, in bytes: inout [UInt8], with texts: [String]
    ) {
        guard let start = bytes[place...].firstIndex(where: belongs) else { return }
        let end = bytes[start...].firstIndex { !belongs($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: (texts.randomElement(using: &random) ?? "").utf8)
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.".utf8.contains(byte)
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func nesting(using random: inout SplitMix64) -> [UInt8] {
        let opening = ["[", "{\"a\":", "(", "\""].randomElement(using: &random) ?? "["
        let depth = [2, 100, 100_000].randomElement(using: &random) ?? 2
        return Array(String(repeating: opening, count: depth).utf8)
    }

    private static let numbers = [
        "0", "-0", "-1", "1", "2", "0.5", "1.5", "65535", "65536", "2147483647", "2147483648", "-2147483649",
        "4294967295", "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e19", "1e38", "1e39",
        "1e308",
        "1e309", "-1e308", "1e-320", "1e-400", "1e18", "-1e18", "NaN", "Infinity", "-Infinity", "1e", "0x10",
        "01", "3.4028235e38", "100000000000000000000000000000000",
    ]
    private static let words = [
        "", "null", "true", "[]", "{}", "\"", "\\", "\\u0000", "\\ud800", "\n", "\r\n", "\t", "\u{0}",
        "\u{600}<",
        "\u{202E}", "\u{1B}[2J", "</script>", "/", "../../x", "\u{FEFF}", "a\u{301}", "\u{E9}", " ", ",", ":",
    ]
}
