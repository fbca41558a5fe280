import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Records

extension FuzzedReader {
    static let packs = [
        FuzzedReader(
            name: "tile-packs", corpus: tilePacks, repair: sealTilePack,
            read: { folder in
                let samples = try openSamples(folder + "/a.tiles")
                guard let pack = samples as? TilePack else { return }
                for tile in 0..<min(pack.count, 100) { _ = (try pack.tile(tile), pack.label(of: tile)) }
            }),
        FuzzedReader(
            name: "records",
            corpus: { folder in
                let pictures = try pictures(in: folder)
                try runCommand("pack", pictures, "--output", folder + "/a.rec")
                let whole = try Input(["a.rec", "a.idx", "a.crc", "a.meta.json"], in: folder)
                return [
                    whole, whole.filter { ["a.rec", "a.idx"].contains($0.key) },
                    whole.filter { $0.key == "a.rec" },
                ]
            },
            read: { folder in
                let records = try ImageRecords(opening: folder + "/a.rec")
                for record in 0..<min(records.count, 100) {
                    _ = (records.label(of: record), try records.labels(of: record))
                    _ = try records.withImage(of: record) { bytes throws(RecordsError) in bytes.byteCount }
                }
                try packAsTiles("a.rec", in: folder)
            }),
        FuzzedReader(
            name: "archives",
            corpus: { folder in
                try runCommand("pack", try pictures(in: folder), "--output", folder + "/a.tar")
                let byHand = try ["x.json": #"{"label": [1, 2]}"#, "y.json": #"{"label": "cat"}"#].map {
                    let image = try drawnPicture(1).pngData()
                    return [
                        "a.tar": Tar.encoded(name: $0.prefix(1) + ".png", image.span.bytes)
                            + Tar.encoded(name: $0, Array($1.utf8).span.bytes) + Tar.end
                    ]
                }
                let whole = try Input(["a.tar", "a.tar.meta.json"], in: folder)
                return [whole, whole.filter { $0.key == "a.tar" }] + byHand
            }, repair: sealArchive, read: { try packAsTiles("a.tar", in: $0) }),
        FuzzedReader(
            name: "lists",
            corpus: { folder in
                let list = "0\t1\tpictures/a/0.png\n7\t0.0\t2.5\tpictures/b/0.png\r\n"
                _ = try pictures(in: folder)
                let pictures = try Input(["pictures/a/0.png", "pictures/b/0.png"], in: folder)
                return [pictures.merging(["a.lst": Array(list.utf8)]) { $1 }]
            }, damages: { $0 == "a.lst" }, read: { try packAsTiles("a.lst", in: $0) }),
        FuzzedReader(
            name: "pack-ledgers", corpus: packLedger, damages: { $0.hasPrefix("out") },
            read: { try packAsTiles("pictures", in: $0) }),
        FuzzedReader(
            name: "cifar",
            corpus: { folder in
                var random = SplitMix64(seed: 1)
                var input: Input = [
                    "batches.meta.txt": Array((CIFAR10.classNames.joined(separator: "\n") + "\n").utf8)
                ]
                for part in CIFAR10.Part.allCases {
                    for name in part.fileNames {
                        input[name] = (0..<2).flatMap { label in
                            [UInt8(label)] + (0..<3072).map { _ in UInt8.random(in: 0...255, using: &random) }
                        }
                    }
                }
                return [input]
            },
            read: { folder in
                let images = CIFAR10(folder: folder, recordsPerFile: 2)
                for part in CIFAR10.Part.allCases {
                    _ = try images.pack(part, to: .replacing(folder + "/out.tiles"))
                }
            }),
    ]

    /// Packs images as tiles of 8 pixels.
    private static func packAsTiles(_ name: String, in folder: String) throws {
        try runCommand(
            "pack", folder + "/" + name, "--output", folder + "/out.tiles", "--tile-size", "8",
            "--no-shuffle",
            "--workers", "1")
    }

    /// Three pictures of each of two classes in their folders.
    private static func pictures(in folder: String) throws -> String {
        for label in 0..<6 {
            let path = folder + "/pictures/" + (label < 3 ? "a" : "b")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try writeDrawnPicture(label, to: path + "/\(label % 3).png")
        }
        return folder + "/pictures"
    }

    /// One of single tiles, one of canvases.
    private static func tilePacks(folder: String) throws -> [Input] {
        let (singles, canvases) = (folder + "/a.tiles", folder + "/b.tiles")
        try runCommand("sample", singles, "--per-class", "1")
        try runCommand(
            "scatter", singles, canvases, "--group", "car=car", "--group", "other=*", "--windows", "20")
        return [
            try Input(["a.tiles"], in: folder),
            ["a.tiles": try Input(["b.tiles"], in: folder)["b.tiles"] ?? []],
        ]
    }

    /// What a run that was ended after half of its pictures leaves, made of what it makes when it is not.
    private static func packLedger(folder: String) throws -> [Input] {
        let pictures = try pictures(in: folder)
        try packAsTiles("pictures", in: folder)
        let packed = try Data(contentsOf: URL(filePath: folder + "/out.tiles"))
        let meta = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(filePath: folder + "/out.tiles.meta.json")))
        let plan = (meta as? [String: Any])?["plan"] ?? [:]
        // Pixels begin behind a header of 64 bytes.
        let tiles = (0..<3).map { Array(packed[(64 + 192 * $0)...].prefix(192)) }
        let lines = tiles.map { "192 \(CRC32C.checksum($0.span.bytes))\n" }.joined()
        let names = try FileManager.default.subpathsOfDirectory(atPath: pictures)
            .filter { $0.hasSuffix(".png") }
        var input = try Input(names.map { "pictures/" + $0 }, in: folder)
        input["out.tiles.partial"] = tiles.flatMap(\.self)
        input["out.tiles.partial.ledger"] =
            try Array(JSONSerialization.data(withJSONObject: plan)) + Array("\n\(lines)".utf8)
        return [input]
    }

    /// Makes the three checksums of a pack of one block right, as `TilePackFormat` says.
    private static func sealTilePack(_ bytes: inout [UInt8], sound: [UInt8]) {
        let table = bytes.count - 4
        guard table > 64 else { return }
        put(CRC32C.checksum(bytes.span.bytes.extracting(64..<table)), at: table, in: &bytes)
        put(CRC32C.checksum(bytes.span.bytes.extracting(table..<table + 4)), at: 56, in: &bytes)
        put(CRC32C.checksum(bytes.span.bytes.extracting(0..<60)), at: 60, in: &bytes)
    }

    /// Makes the checksum of every header of an archive right: eight octal digits, counted as spaces.
    private static func sealArchive(_ bytes: inout [UInt8], sound: [UInt8]) {
        for start in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
            for index in 148..<156 { bytes[start + index] = UInt8(ascii: " ") }
            let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            let text = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "\0 "
            for (index, byte) in text.utf8.prefix(8).enumerated() { bytes[start + 148 + index] = byte }
        }
    }
}

/// Puts a number into bytes, the lowest first.
func put(_ number: UInt32, at offset: Int, in bytes: inout [UInt8]) {
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(index))) }
}

/// A picture that differs from those with other numbers.
func drawnPicture(_ number: Int, side: Int = 12) -> Image {
    Image(
        width: side, height: side,
        pixelsHWC: (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * (number + 3)) })
}

/// Writes such a picture as PNG.
func writeDrawnPicture(_ number: Int, side: Int = 12, to path: String) throws {
    try Data(drawnPicture(number, side: side).pngData()).write(to: URL(filePath: path))
}
