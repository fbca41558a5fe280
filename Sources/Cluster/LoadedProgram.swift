package import Foundation

/// Executables and libraries without what only debuggers and linkers read.
package enum LoadedProgram {
    /// What a loader reads of a file for Linux on processors of 64 bits: all up to the end of its last segment.
    ///
    /// Symbols for linkers, and what debuggers want, stand behind it. The header then says that there are no sections.
    ///
    /// - Returns: `nil` for another file, or one that ends early.
    /// - Source: the System V ABI, "Object Files": `Elf64_Ehdr` and `Elf64_Phdr`.
    package static func stripped(_ file: Data) -> Data? {
        let headerByteCount = 64
        let segmentByteCount = 56
        guard file.count >= headerByteCount, file.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            return nil
        }
        func number(_ offset: Int, _ byteCount: Int) -> Int? {
            guard offset >= 0, offset <= file.count - byteCount else { return nil }
            let bytes = file[file.startIndex + offset..<file.startIndex + offset + byteCount]
            let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(exactly: value)
        }
        guard let first = number(32, 8), number(54, 2) == segmentByteCount, let count = number(56, 2) else {
            return nil
        }
        guard first <= file.count else { return nil }
        var end = max(headerByteCount, first + count * segmentByteCount)
        for segment in 0..<count {
            let entry = first + segment * segmentByteCount
            guard let offset = number(entry + 8, 8), let byteCount = number(entry + 32, 8) else { return nil }
            let (sum, isTooLarge) = offset.addingReportingOverflow(byteCount)
            guard !isTooLarge else { return nil }
            end = max(end, sum)
        }
        guard end <= file.count else { return nil }
        var loaded = file.prefix(end)
        // Where sections are listed, how many there are, and which of them has their names.
        for range in [40..<48, 60..<62, 62..<64] {
            loaded.resetBytes(in: loaded.startIndex + range.lowerBound..<loaded.startIndex + range.upperBound)
        }
        return loaded
    }
}
