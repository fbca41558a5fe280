import Files

/// Files that must be unpacked before they are packed: no image in them can be read without all before it.
enum Compressed {
    /// What one file is called that is compressed.
    static func hasName(_ name: some StringProtocol) -> Bool { endings.contains(ending(of: name)) }

    private static let endings: Set = [
        "gz", "tgz", "xz", "txz", "bz2", "tbz", "tbz2", "zst", "tzst", "zip",
    ]

    /// The compressed archives among files, apart from those that lie unpacked beside: `a.tar.gz` beside `a.tar`.
    static func archives(among names: [String]) -> [String] {
        let there = Set(names)
        return names.filter { name in
            guard hasName(name), let dot = name.lastIndex(of: ".") else { return false }
            let stem = name[..<dot]
            if ending(of: stem) == "tar" { return !there.contains(String(stem)) }
            return ending(of: name).hasPrefix("t") && !there.contains(stem + ".tar")
        }
    }

    /// Whether a file is compressed, whatever it is called.
    ///
    /// - Parameter beginning: its first bytes.
    static func begins(with beginning: some Sequence<UInt8>) -> Bool {
        signatures.contains { beginning.starts(with: $0) }
    }

    /// How files of gzip, xz, bzip2, Zstandard and zip begin.
    private static let signatures: [[UInt8]] = [
        [0x1F, 0x8B], [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x42, 0x5A, 0x68], [0x28, 0xB5, 0x2F, 0xFD],
        [0x50, 0x4B, 0x03, 0x04],
    ]

    /// - Throws: where a folder of archives holds compressed ones: their images would be missing without a word.
    static func checkThereAreNone(among names: [String], in folder: Address) throws(RecordsError) {
        let compressed = archives(among: names)
        guard !compressed.isEmpty else { return }
        throw RecordsError(
            code: .malformed, operation: "list the images", path: folder.description,
            cause: "there are compressed archives in it; unpack them to .tar first (gunzip): "
                + shortList(compressed))
    }
}
