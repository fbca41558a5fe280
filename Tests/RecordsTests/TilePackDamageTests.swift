import Foundation
import Pixels
import Testing

@testable import Records

@Suite struct TilePackDamageTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let writer = try TilePackWriter(
            path: folder.file("sound"), tileWidth: 8, tileHeight: 8, classNames: ["a", "b"])
        for index in 0..<6 {
            try writer.append(.random(width: 8, height: 8, using: &random), label: index % 2)
        }
        let grid = WindowGrid(covering: 700, 700, width: 8, height: 8, stride: 8, label: 1)
        try writer.append(Image(width: 700, height: 700), windows: [grid])
        try writer.commit()
    }

    private func refusal(of bytes: [UInt8]) throws -> RecordsError? {
        let path = try folder.write(bytes, to: "damaged")
        return #expect(throws: RecordsError.self) { _ = try TilePack(opening: path) }
    }

    @Test func namesTheDamagedBlock() throws {
        var bytes = try folder.bytes("sound")
        bytes[64 + TilePackFormat.blockByteCount + 5] ^= 1
        let error = try refusal(of: bytes)
        #expect(error?.code == .malformed)
        #expect(error?.cause.contains("block 1 of 2") == true)
        #expect(error?.path == folder.file("damaged"))
    }

    @Test(arguments: UInt64(0)..<10) func noChangedBitGoesUnseen(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var bytes = try folder.bytes("sound")
        // Half of them in the header and the index, which are small.
        let place =
            Bool.random(using: &random)
            ? Int.random(in: 0..<bytes.count, using: &random)
            : (bytes.count - 150 + Int.random(in: 0..<214, using: &random)) % bytes.count
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        #expect(try refusal(of: bytes)?.code == .malformed, "byte \(place)")
    }

    @Test(arguments: [0, 1, 7, 8, 63, 64, 65, 1000, -1]) func refusesAFileThatIsCutShort(length: Int) throws {
        let bytes = try folder.bytes("sound")
        #expect(
            try refusal(of: Array(bytes.prefix(length < 0 ? bytes.count - 1 : length)))?.code == .malformed)
    }

    @Test func refusesOtherFilesAndGrownOnes() throws {
        #expect(try refusal(of: Array(repeating: 7, count: 500))?.cause.contains("not a tile pack") == true)
        #expect(try refusal(of: folder.bytes("sound") + [0])?.cause.contains("has grown") == true)
        let missing = #expect(throws: RecordsError.self) { _ = try TilePack(opening: folder.file("no")) }
        #expect(missing?.code == .cannotRead)
        let isFolder = #expect(throws: RecordsError.self) { _ = try TilePack(opening: folder.path) }
        #expect(isFolder?.code == .cannotRead)
    }

    private static let header = TilePackHeader(
        tileWidth: 8, tileHeight: 8, tileCount: 4, pixelByteCount: 16 * 16 * 3, indexByteCount: 0,
        classCount: 2, checksumOfChecksums: 0)
    private static let index = TilePackIndex(
        classNames: ["a", "b"], canvases: [.init(width: 16, height: 16)],
        grids: [
            .init(canvas: 0, windows: WindowGrid(stride: 8, columns: 2, rows: 1, labels: .all(1))),
            .init(
                canvas: 0, windows: WindowGrid(y0: 8, stride: 8, columns: 2, rows: 1, labels: .each([0, 1]))),
        ])

    @Test func theIndexComesBackAsItWasWritten() throws {
        #expect(try TilePackIndex(decoding: Self.index.encoded(), header: Self.header) == Self.index)
    }

    /// What no checksum tells: a writer that was wrong, or of ill will.
    @Test(arguments: [
        (WindowGrid(x0: 1, stride: 8, columns: 2, rows: 1, labels: .all(1)), "outside its canvas"),
        (WindowGrid(y0: 9, stride: 8, columns: 2, rows: 1, labels: .all(1)), "outside its canvas"),
        (WindowGrid(stride: 9, columns: 2, rows: 1, labels: .all(1)), "outside its canvas"),
        (WindowGrid(stride: 1, columns: 1, rows: 4_294_967_295, labels: .all(1)), "outside its canvas"),
        (WindowGrid(stride: 4_294_967_295, columns: 2, rows: 1, labels: .all(1)), "outside its canvas"),
        (WindowGrid(stride: 8, columns: 2, rows: 1, labels: .all(2)), "beyond its 2 classes"),
        (WindowGrid(stride: 8, columns: 2, rows: 1, labels: .each([0, 2])), "beyond its 2 classes"),
        (WindowGrid(stride: 8, columns: 1, rows: 1, labels: .all(1)), "windows are not 4"),
        (WindowGrid(stride: 4, columns: 3, rows: 1, labels: .all(1)), "windows are not 4"),
    ])
    func refusesAnIndexThatContradictsItself(windows: WindowGrid, reason: String) {
        var index = Self.index
        index.grids[0].windows = windows
        let error = #expect(throws: Malformed.self) {
            _ = try TilePackIndex(decoding: index.encoded(), header: Self.header)
        }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: UInt64(0)..<5) func aDamagedIndexNeverCrashes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let sound = Self.index.encoded()
        var refusedCount = 0
        for _ in 0..<300 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(.random(in: 0...bytes.count, using: &random)) }
            do throws(Malformed) {
                _ = try TilePackIndex(decoding: bytes, header: Self.header)
            } catch {
                refusedCount += 1
            }
        }
        #expect(refusedCount > 150)
    }
}
