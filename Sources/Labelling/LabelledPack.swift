import Bytes
package import Files
package import Labels
package import Records

/// The tiles of a pack, with what people have said of them. A tile is known by its pixels: a pack that is made again loses no label,
/// and tiles that are the same have one label.
package struct LabelledPack: Sendable {
    package let pack: TilePack
    /// What tells a tile from others, by tile: the digest of its pixels.
    private let digests: [String]
    private let areCopies: [Bool]

    /// What labels of tiles are kept under, whatever pack they are in.
    package static let source = "tiles"

    /// - Throws: `RecordsError`, `Cancelled`.
    /// - Cost: reads all tiles, about 300 MB a second.
    package init(opening path: String, cancellation: Cancellation) throws {
        pack = try TilePack(opening: path)
        digests = try (0..<pack.count).map { [pack] tile in
            if tile.isMultiple(of: 1024) { try cancellation.check() }
            return try pack.digest(ofTile: tile)
        }
        var known: Set<String> = []
        areCopies = digests.map { !known.insert($0).inserted }
    }

    /// Whether an earlier tile has the same pixels.
    package func isCopy(_ tile: Int) -> Bool { areCopies[tile] }

    package func place(of tile: Int) -> LabelPlace { .record(digests[tile]) }

    /// As `TilePack.digest` gives it.
    package func digest(of tile: Int) -> String { digests[tile] }

    /// What is said of each tile.
    package func labels(in store: LabelStore) throws -> [Label?] {
        let known = Dictionary(
            try store.labels(of: Self.source).map { ($0.place, $0.label) },
            uniquingKeysWith: { one, _ in one })
        return digests.map { known[.record($0)] }
    }

    /// How many different tiles have a label.
    package func count(_ labels: [Label?]) -> Int {
        Set(zip(digests, labels).lazy.filter { $1 != nil }.map(\.0)).count
    }

    /// The classes that a pack's own labels say, by the places of tiles: a truth that answers in the place of a person.
    package var answers: [LabelPlace: String] {
        Dictionary(
            digests.indices.map { (place(of: $0), pack.classNames[pack.label(of: $0)]) },
            uniquingKeysWith: { one, _ in one })
    }

    /// Writes the tiles that have one of some classes as a pack.
    ///
    /// - Parameter labels: of all tiles.
    /// - Parameter classes: of the new pack, in the order of its labels.
    package func write(_ labels: [Label?], classes: [String], to output: OutputFile) throws {
        let numbers = Dictionary(classes.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
        let writer = try TilePackWriter(
            output, tileWidth: pack.tileWidth, tileHeight: pack.tileHeight, classNames: classes)
        for (tile, label) in labels.enumerated() {
            guard case .class(let name)? = label, let number = numbers[name] else { continue }
            try writer.append(try pack.tile(tile), label: number)
        }
        try writer.commit()
    }
}

extension TilePack {
    /// What tells a tile from others, wherever it lies: SHA-256 of its pixels, in hexadecimal.
    package func digest(ofTile tile: Int) throws(RecordsError) -> String {
        var pixels = [UInt8](repeating: 0, count: tileWidth * tileHeight * 3)
        var target = pixels.mutableSpan
        try copyTile(tile, into: &target)
        return SHA256.hexDigest(of: pixels.span.bytes)
    }
}
