import Bytes
import Files
import Foundation
import Pixels
import Records
import TestSupport
import Testing

@Suite struct TilePackDamageTests {
    let folder: TemporaryFolder
    /// A pack of two blocks: six single tiles and a canvas.
    let sound: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let writer = try TilePackWriter(
            .replacing(folder.file("sound")), tileWidth: 8, tileHeight: 8, classNames: ["a", "b"])
        for index in 0..<6 {
            try writer.append(.random(width: 8, height: 8, using: &random), label: index % 2)
        }
        let grid = WindowGrid(covering: 700, 700, width: 8, height: 8, stride: 8, label: 1)
        try writer.append(Image(width: 700, height: 700), windows: [grid])
        try writer.commit()
        sound = try folder.bytes("sound")
    }

    private func refusal(of bytes: [UInt8]) throws -> RecordsError? {
        let path = try folder.write(bytes, to: "damaged")
        return #expect(throws: RecordsError.self) { _ = try TilePack(opening: path) }
    }

    @Test func aMissingPackIsNamedOnce() {
        let path = folder.file("none")
        let error = #expect(throws: RecordsError.self) { _ = try TilePack(opening: path) }
        #expect(error?.description == "\(path): cannot open: No such file or directory")
    }

    /// No model could tell the two apart.
    @Test func refusesTwoClassesOfOneName() throws {
        let path = folder.file("twice")
        try TilePackWriter(.replacing(path), tileWidth: 8, tileHeight: 8, classNames: ["a", "b", "a"])
            .commit()
        let error = #expect(throws: RecordsError.self) { _ = try TilePack(opening: path) }
        #expect(error?.code == .malformed && error?.cause == "it names the class a twice")
    }

    @Test func namesTheDamagedBlock() throws {
        var bytes = sound
        bytes[64 + (1 << 20) + 5] ^= 1
        let error = try refusal(of: bytes)
        #expect(error?.code == .malformed)
        #expect(error?.cause.contains("block 1 of 2") == true)
        #expect(error?.path == folder.file("damaged"))
    }

    @Test(arguments: UInt64(0)..<10) func noChangedBitGoesUnseen(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bytes = sound
        // Half of them in the header and the index, which are small.
        let place =
            Bool.random(using: &random)
            ? Int.random(in: 0..<bytes.count, using: &random)
            : (bytes.count - 150 + Int.random(in: 0..<214, using: &random)) % bytes.count
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        #expect(try refusal(of: bytes)?.code == .malformed, "byte \(place)")
    }

    @Test(arguments: [0, 1, 7, 8, 63, 64, 65, 1000, -1]) func refusesAFileThatIsCutShort(length: Int) throws {
        let part = length < 0 ? sound.dropLast() : sound.prefix(length)
        #expect(try refusal(of: Array(part))?.code == .malformed)
    }

    @Test func refusesOtherFilesAndGrownOnes() throws {
        #expect(try refusal(of: Array(repeating: 7, count: 500))?.cause.contains("not a tile pack") == true)
        #expect(try refusal(of: sound + [0])?.cause.contains("has grown") == true)
        let missing = #expect(throws: RecordsError.self) { _ = try TilePack(opening: folder.file("no")) }
        #expect(missing?.code == .cannotRead)
        let isFolder = #expect(throws: RecordsError.self) { _ = try TilePack(opening: folder.path) }
        #expect(isFolder?.code == .cannotRead)
    }
}

/// Files whose checksums are right: what a wrong writer makes, or one of ill will.
@Suite struct TilePackContradictionTests {
    let folder: TemporaryFolder
    /// Classes "a", "b"; a canvas of 16x16; a grid of 2x1 windows of 8x8 with label 1, one of 2x1 with labels 0, 1.
    let sound: [UInt8]
    static let pixelEnd = 64 + 16 * 16 * 3

    init() throws {
        folder = try TemporaryFolder()
        let writer = try TilePackWriter(
            .replacing(folder.file("sound")), tileWidth: 8, tileHeight: 8, classNames: ["a", "b"])
        let grids = [
            WindowGrid(stride: 8, columns: 2, rows: 1, labels: .all(1)),
            WindowGrid(y0: 8, stride: 8, columns: 2, rows: 1, labels: .each([0, 1])),
        ]
        try writer.append(Image(width: 16, height: 16), windows: grids)
        try writer.commit()
        sound = try folder.bytes("sound")
    }

    private func put(_ value: UInt32, at offset: Int, in bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<offset + 4, with: $0) }
    }

    /// Makes the three checksums of a pack of one block right.
    private func repair(_ bytes: inout [UInt8]) {
        let table = bytes.count - 4
        put(CRC32C.checksum(bytes.span.bytes.extracting(64..<table)), at: table, in: &bytes)
        put(CRC32C.checksum(bytes.span.bytes.extracting(table..<table + 4)), at: 56, in: &bytes)
        put(CRC32C.checksum(bytes.span.bytes.extracting(0..<60)), at: 60, in: &bytes)
    }

    private func open(_ bytes: [UInt8]) throws -> TilePack {
        try TilePack(opening: folder.write(bytes, to: "changed"))
    }

    @Test func repairLeavesASoundFileAsItIs() throws {
        var bytes = sound
        repair(&bytes)
        #expect(bytes == sound)
        #expect(try open(bytes).count == 4)
    }

    /// - Parameter offset: in the index, which begins with two names (5 bytes each), the number of canvases (8), width
    ///   and height, the number of grids (8), and the first grid at 34: canvas, x0, y0, stride, columns, rows, label.
    @Test(
        arguments: [
            (0, 100, "name of class 0"), (10, 9, "list of canvases"), (18, 17, "do not make 768 bytes"),
            (18, .max, "list of canvases"), (26, 9, "list of windows"), (34, 1, "outside its canvas"),
            (38, 1, "outside its canvas"), (38, .max, "outside its canvas"), (42, 9, "outside its canvas"),
            (46, 9, "outside its canvas"), (46, 0, "outside its canvas"), (46, .max, "outside its canvas"),
            (50, 3, "outside its canvas"), (50, .max, "outside its canvas"), (50, 1, "windows are not 4"),
            (54, 2, "windows are not 4"), (54, .max, "outside its canvas"), (58, 2, "beyond its 2 classes"),
            (58, .max, "labels of grid 1 are truncated"), (86, 0, "index is too long"),
            (90, 0x2_0000, "beyond its 2"),
        ] as [(Int, UInt32, String)])
    func refusesAnIndexThatContradictsItself(offset: Int, value: UInt32, reason: String) throws {
        var bytes = sound
        put(value, at: Self.pixelEnd + offset, in: &bytes)
        repair(&bytes)
        let error = #expect(throws: RecordsError.self) { _ = try open(bytes) }
        #expect(error?.code == .malformed)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test(
        arguments: [
            (8, 0, "version"), (8, 3, "version"), (8, 2, "how it was made is damaged"),
            (12, 0, "tiles of 0x8"), (16, .max, "tiles of 8x4294967295"),
            (20, 1, "header is damaged"),
            (28, 1, "4294967300 tiles"), (24, 5, "windows are not 5"),
            (36, 0x3FFF, "truncated or has grown"), (36, 0x7FFF_FFFF, "more than a pack can have"),
            (40, 0x4000_0000, "truncated or has grown"), (40, 0x4000_0001, "more than an index can have"),
            (44, 0x7FFF_FFFF, "more than an index can have"), (48, 70_000, "names 70000 classes"),
        ] as [(Int, UInt32, String)])
    func refusesAHeaderThatContradictsTheRest(offset: Int, value: UInt32, reason: String) throws {
        var bytes = sound
        put(value, at: offset, in: &bytes)
        repair(&bytes)
        let error = #expect(throws: RecordsError.self) { _ = try open(bytes) }
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test(arguments: UInt64(0)..<5) func noContradictionCrashes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var refusedCount = 0
        for _ in 0..<60 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: Self.pixelEnd..<bytes.count - 4, using: &random)
                bytes[place] = .random(in: 0...255, using: &random)
            }
            repair(&bytes)
            do {
                let pack = try open(bytes)
                for tile in 0..<pack.count { _ = try pack.tile(tile) }
            } catch let error as RecordsError {
                #expect(error.code == .malformed)
                refusedCount += 1
            }
        }
        #expect(refusedCount > 30)
    }
}
