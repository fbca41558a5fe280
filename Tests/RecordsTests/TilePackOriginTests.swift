import Files
import Foundation
import Pixels
import Records
import TestSupport
import Testing

/// What a pack says of how its windows were made.
@Suite struct TilePackOriginTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let origin = TilePackOrigin(
        canvases: .mixed, background: "其他", labelRadius: 7.5, scanStride: 15, leastVisible: 0.4)

    /// - Returns: the file's bytes.
    private func written(_ origin: TilePackOrigin?) throws -> [UInt8] {
        let path = folder.file("a.tiles")
        let writer = try TilePackWriter(
            .replacing(path), tileWidth: 6, tileHeight: 4, classNames: ["car", "其他"], origin: origin)
        let windows = WindowGrid(stride: 2, columns: 2, rows: 1, labels: .each([1, 0]))
        try writer.append(Image(width: 8, height: 4), windows: [windows])
        try writer.commit()
        return Array(try Data(contentsOf: URL(filePath: path)))
    }

    @Test(arguments: [
        origin, TilePackOrigin(canvases: .single), TilePackOrigin(canvases: .single, background: "car"),
        TilePackOrigin(
            pixelSize: 0.25,
            objects: TileObjects(sizes: ["car": [3, 4.5, 90]], sizesInTiles: [18, 20], scenePixelSize: 0.1)),
    ])
    func isReadAsItWasWritten(origin: TilePackOrigin) throws {
        #expect(try written(origin)[8] == 2)
        let pack = try TilePack(opening: folder.file("a.tiles"))
        #expect(pack.origin == origin)
        #expect((pack.label(of: 0), pack.label(of: 1)) == (1, 0))
        #expect((pack as any SampleSource).origin == origin)
    }

    @Test func aPackWithoutItIsOfTheFirstVersion() throws {
        let (plain, told) = (try written(nil), try written(Self.origin))
        #expect(plain[8] == 1)
        _ = try written(nil)
        #expect(try TilePack(opening: folder.file("a.tiles")).origin == nil)
        #expect(told.count > plain.count)
    }

    @Test(
        arguments: [
            TilePackOrigin(canvases: .mixed, background: "boat"),
            TilePackOrigin(canvases: .mixed, labelRadius: -1),
            TilePackOrigin(canvases: .mixed, scanStride: 0),
            TilePackOrigin(canvases: .mixed, leastVisible: 1.5),
            TilePackOrigin(objects: TileObjects(sizes: ["boat": [1, 2, 3]], sizesInTiles: [1, 2])),
            TilePackOrigin(objects: TileObjects(sizes: ["car": [3, 2, 3]], sizesInTiles: [1, 2])),
            TilePackOrigin(objects: TileObjects(sizes: [:], sizesInTiles: [0, 2])),
        ])
    func refusesWhatCannotBe(origin: TilePackOrigin) throws {
        _ = try written(origin)
        let error = #expect(throws: RecordsError.self) {
            _ = try TilePack(opening: folder.file("a.tiles"))
        }
        #expect(error?.cause.contains("how it was made is impossible") == true)
    }
}
