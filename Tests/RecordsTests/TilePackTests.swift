import Bytes
import Dispatch
import Files
import Foundation
import Pixels
import Records
import TestSupport
import Testing

@Suite struct TilePackTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writer(_ name: String = "a.tiles") throws -> TilePackWriter {
        try TilePackWriter(
            .replacing(folder.file(name)), tileWidth: 6, tileHeight: 4, classNames: ["car", "Boot", "其他"])
    }

    @Test func roomIsLookedForBeforeAnythingIsWritten() throws {
        let writer = try writer()
        try writer.checkRoom(pixelByteCount: 1 << 10)
        let full = #expect(throws: RecordsError.self) { try writer.checkRoom(pixelByteCount: 1 << 46) }
        #expect(full?.cause.contains("they take 65536.0 GiB, and") == true, "\(full?.cause ?? "")")
        #expect(full?.cause.contains("are free") == true)
        let large = #expect(throws: RecordsError.self) { try writer.checkRoom(pixelByteCount: 1 << 47) }
        #expect(large?.cause.contains("a pack holds 65536.0 GiB") == true, "\(large?.cause ?? "")")
    }

    @Test func givesBackSingleTiles() throws {
        var random = SplitMix64(seed: 1)
        let tiles = (0..<10).map { _ in Image.random(width: 6, height: 4, using: &random) }
        let writer = try writer()
        for (index, tile) in tiles.enumerated() { try writer.append(tile, label: index % 3) }
        try writer.commit()

        let pack = try TilePack(opening: folder.file("a.tiles"))
        #expect(pack.count == 10)
        #expect(pack.tileWidth == 6)
        #expect(pack.tileHeight == 4)
        #expect(pack.classNames == ["car", "Boot", "其他"])
        #expect(try (0..<10).map { try pack.tile($0) } == tiles)
        #expect((0..<10).map { pack.label(of: $0) } == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
        var copy = [UInt8](repeating: 0, count: 6 * 4 * 3)
        var span = copy.mutableSpan
        try pack.copyTile(7, into: &span)
        #expect(copy == tiles[7].pixelsHWC)
    }

    @Test func cutsWindowsOutOfCanvases() throws {
        var random = SplitMix64(seed: 2)
        let canvas = Image.random(width: 21, height: 15, using: &random)
        let covering = WindowGrid(covering: 21, 15, width: 6, height: 4, stride: 3, label: 2)
        let some = WindowGrid(
            x0: 2, y0: 1, stride: 5, columns: 2, rows: 3, labels: .each([0, 1, 2, 2, 1, 0]))
        let single = Image.random(width: 6, height: 4, using: &random)
        let writer = try writer()
        try writer.append(single, label: 1)
        try writer.append(canvas, windows: [covering, some])
        try writer.append(single, label: 0)
        try writer.commit()

        let pack = try TilePack(opening: folder.file("a.tiles"))
        #expect(covering.count == 6 * 4)
        #expect(pack.count == 1 + 24 + 6 + 1)
        #expect(try pack.tile(0) == single)
        #expect(try pack.tile(31) == single)
        #expect((pack.label(of: 0), pack.label(of: 31)) == (1, 0))
        for window in 0..<24 {
            let rect = PixelRect(x: window % 6 * 3, y: window / 6 * 3, width: 6, height: 4)
            #expect(try pack.tile(1 + window) == canvas.cropped(to: rect))
            #expect(pack.label(of: 1 + window) == 2)
        }
        for window in 0..<6 {
            let rect = PixelRect(x: 2 + window % 2 * 5, y: 1 + window / 2 * 5, width: 6, height: 4)
            #expect(try pack.tile(25 + window) == canvas.cropped(to: rect))
            #expect(pack.label(of: 25 + window) == [0, 1, 2, 2, 1, 0][window])
        }
    }

    @Test func threadsMakeTheFileThatOneThreadMakes() throws {
        var random = SplitMix64(seed: 3)
        let canvases = (0..<20).map { Image.random(width: 6 + $0, height: 9, using: &random) }
        @Sendable func windows(_ canvas: Image) -> [WindowGrid] {
            [WindowGrid(covering: canvas.width, 9, width: 6, height: 4, stride: 1, label: 0)]
        }
        let (inOrder, parallel) = (try writer("a"), try writer("b"))
        for canvas in canvases { try inOrder.append(canvas, windows: windows(canvas)) }
        DispatchQueue.concurrentPerform(iterations: 20) { index in
            // A different order on each run: later canvases may come first.
            let order = 19 - index
            #expect(throws: Never.self) {
                try parallel.append(canvases[order], windows: windows(canvases[order]), order: order)
            }
        }
        try inOrder.commit()
        try parallel.commit()
        #expect(try folder.bytes("a") == folder.bytes("b"))
        let first = canvases[0].cropped(to: PixelRect(x: 0, y: 0, width: 6, height: 4))
        #expect(try TilePack(opening: folder.file("b")).tile(0) == first)
    }

    @Test func smallCanvasesHaveNoWindowsAndEmptyPacksNoTiles() throws {
        let writer = try writer()
        let grid = WindowGrid(covering: 5, 100, width: 6, height: 4, stride: 2, label: 0)
        try writer.append(Image(width: 5, height: 100), windows: [grid])
        try writer.commit()
        let pack = try TilePack(opening: folder.file("a.tiles"))
        #expect(pack.count == 0)
    }

    @Test func appearsOnlyWhenCommitted() throws {
        do {
            let writer = try writer()
            try writer.append(Image(width: 6, height: 4), label: 0)
        }
        #expect(try folder.names.isEmpty)
    }

    @Test func saysWhereItCannotWrite() {
        let error = #expect(throws: RecordsError.self) { _ = try writer("no/a.tiles") }
        #expect(error?.code == .cannotWrite)
        #expect(error?.path == folder.file("no/a.tiles"))
    }
}
