import Bytes
import Files
import Foundation
import Pixels
import Records
import TestSupport
import Testing

/// Files that are cut off while they are open.
@Suite struct CutFileTests {
    let folder: TemporaryFolder
    private let packPath: String

    /// A pack of 40 stored tiles of 8 x 8 pixels, then 35 windows of a canvas.
    init() throws {
        folder = try TemporaryFolder()
        packPath = folder.file("a.tiles")
        var random = SplitMix64(seed: 4)
        let writer = try TilePackWriter(.replacing(packPath), tileWidth: 8, tileHeight: 8, classNames: ["a"])
        for _ in 0..<40 { try writer.append(.random(width: 8, height: 8, using: &random), label: 0) }
        let canvas = Image.random(width: 20, height: 18, using: &random)
        try writer.append(
            canvas, windows: [WindowGrid(x0: 0, y0: 0, stride: 2, columns: 7, rows: 5, labels: .all(0))])
        try writer.commit()
    }

    @Test func tilesThatAreReadOneByOneAreThoseThatAreHeld() throws {
        let held = try TilePack(opening: packPath)
        let read = try TilePack(opening: packPath, heldByteLimit: 0)
        #expect(read.count == 75)
        for tile in 0..<75 { #expect(try read.tile(tile) == held.tile(tile)) }
    }

    @Test func aPackThatIsHeldNeedsItsFileNoMore() throws {
        let pack = try TilePack(opening: packPath)
        let tiles = try (0..<75).map { try pack.tile($0) }
        truncate(packPath, 100)
        #expect(try (0..<75).map { try pack.tile($0) } == tiles)
    }

    @Test func aTileOfAPackThatWasCutIsAnErrorThatNamesIt() throws {
        let pack = try TilePack(opening: packPath, heldByteLimit: 0)
        let first = try pack.tile(0)
        truncate(packPath, 64 + 8 * 8 * 3)
        #expect(try pack.tile(0) == first)
        for tile in [1, 74] {
            let error = #expect(throws: RecordsError.self) { try pack.tile(tile) }
            #expect(error?.code == .changed)
            #expect(error?.description.contains(packPath) == true)
        }
    }

    /// Else every sample that is lost would be taken for a damaged one, and another put in its place.
    @Test func aPackThatWasCutEndsThePass() throws {
        let pack = try TilePack(opening: packPath, heldByteLimit: 0)
        truncate(packPath, 64 + 10 * 8 * 8 * 3)
        let loader = BatchLoader(evaluating: pack, side: 8, batchSize: 4, workerCount: 1)
        #expect(try loader.next()?.count == 4)
        let error = #expect(throws: RecordsError.self) { while try loader.next() != nil {} }
        #expect(error?.code == .changed)
        #expect(loader.quarantined.isEmpty)
    }

    @Test func aRecordOfAFileThatWasCutIsAnErrorThatNamesIt() throws {
        var bytes: [UInt8] = []
        for record in 0..<3 {
            let header = ImageRecordHeader(labels: [Float(record)], id: 0).encoded()
            bytes += RecordIO.encoded((header + [UInt8](repeating: 9, count: 5000)).span.bytes)
        }
        let path = try folder.write(bytes, to: "a.rec")
        let records = try ImageRecords(opening: path)
        truncate(path, 6000)
        #expect(try records.withImage(of: 0) { $0.byteCount } == 5000)
        let error = #expect(throws: RecordsError.self) { try records.withImage(of: 1) { $0.byteCount } }
        #expect(error?.code == .changed)
        #expect(error?.path == path)
    }
}
