import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Records
import Scenes
import TestSupport
import Testing

/// Packs that are cut from scenes.
@Suite struct CutTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Noise with red squares of a side at places.
    private func writeScene(_ name: String, seed: UInt64, squares: [PixelRect]) throws -> CutScene {
        var random = SplitMix64(seed: seed)
        var image = Image(
            width: 240, height: 200,
            pixelsHWC: (0..<240 * 200 * 3).map { _ in UInt8.random(in: 60...120, using: &random) })
        for square in squares { image.fill(square, color: RGB(250, 10, 10)) }
        try image.writePNG(to: .replacing(folder.file(name)))
        return CutScene(
            scene: try Scene(opening: Address(folder.file(name))), name: name,
            objects: squares.map {
                CutObject(
                    x0: Double($0.x0), y0: Double($0.y0), x1: Double($0.x1), y1: Double($0.y1), label: 0)
            })
    }

    private func scenes() throws -> [CutScene] {
        [
            try writeScene(
                "a.png", seed: 1,
                squares: [
                    PixelRect(x: 40, y: 40, width: 20, height: 20),
                    PixelRect(x: 150, y: 90, width: 40, height: 40),
                ]),
            try writeScene("b.png", seed: 2, squares: [PixelRect(x: 100, y: 60, width: 24, height: 24)]),
        ]
    }

    private func cut(
        _ scenes: [CutScene], _ plan: CutPlan, to name: String = "made.tiles"
    ) throws -> (cut: CutPack, pack: TilePack) {
        let made = try Scenes.cut(
            scenes, to: .replacing(folder.file(name)), classes: ["car", "background"], background: 1,
            plan: plan)
        return (made, try TilePack(opening: folder.file(name)))
    }

    private func redShare(_ tile: Image) -> Double {
        let count = (0..<tile.width * tile.height).count {
            tile.pixelsHWC[3 * $0] > 180 && tile.pixelsHWC[3 * $0 + 1] < 60
        }
        return Double(count) / Double(tile.width * tile.height)
    }

    @Test func anObjectFillsItsTileAsAsked() throws {
        var plan = CutPlan(form: .tiles(copies: 1))
        plan.negativeShare = 0.75
        let (made, pack) = try cut(try scenes(), plan)
        #expect(made.scenes.map(\.tileCounts).map { $0[0] } == [2, 1])
        #expect(made.tileCount == 12 && pack.count == 12)
        for tile in 0..<pack.count {
            let share = redShare(try pack.tile(tile))
            if pack.label(of: tile) == 0 {
                // A square of 19 of 32 pixels, but for its blurred edge.
                #expect((0.26...0.42).contains(share), "\(share)")
            } else {
                #expect(share < 0.3, "\(share)")
            }
        }
        let origin = try #require(pack.origin)
        #expect(origin.canvases == .mixed && origin.background == "background" && origin.labelRadius == 12)
        #expect(origin.objects?.sizes == ["car": [20, 24, 40]])
        #expect(origin.objects.map { $0.sizesInTiles.allSatisfy { (18.7...19.7).contains($0) } } == true)
        #expect(origin.pixelSize == nil && origin.objects?.scenePixelSize == nil)
    }

    @Test func tilesAreWhatAScanSees() throws {
        let scene = try scenes()[0]
        var plan = CutPlan(scale: .factor(0.5), form: .tiles(copies: 5))
        plan.negativeShare = 0
        let (_, pack) = try cut([scene], plan)
        let places = try TilePlacer(scene, plan, background: 1).positives().places
            .sorted(by: TilePlacer.Place.isBefore)
        #expect(places.count == pack.count && pack.count > 4)
        let view = SceneView(scale: SceneScale(x: 0.5, y: 0.5, fullWidth: 240, fullHeight: 200))
        let raster = try Scene(opening: scene.scene.address, view: view).open()
        for (tile, place) in places.enumerated() {
            #expect(
                try pack.tile(tile) == raster.read(PixelRect(x: place.x, y: place.y, width: 32, height: 32)))
        }
    }

    @Test(arguments: [CutPlan.Form.tiles(copies: 6), .canvases(stride: 5)])
    func theOrderOfScenesChangesNothing(form: CutPlan.Form) throws {
        let scenes = try scenes()
        let plan = CutPlan(windowSize: 16, form: form, scanStride: 8, seed: 3)
        _ = try cut(scenes, plan, to: "ab.tiles")
        _ = try cut(scenes.reversed(), plan, to: "ba.tiles")
        #expect(try folder.bytes("ab.tiles") == folder.bytes("ba.tiles"))
        guard case .tiles = form else { return }
        var other = plan
        other.seed = 4
        _ = try cut(scenes, other, to: "other.tiles")
        #expect(try folder.bytes("ab.tiles") != folder.bytes("other.tiles"))
    }

    @Test func aFalseAlarmIsBackground() throws {
        var scene = try scenes()[0]
        // One beside the objects, and one that is an object.
        scene.falseAlarms = [
            PixelRect(x: 90, y: 150, width: 32, height: 32), PixelRect(x: 38, y: 38, width: 26, height: 26),
        ]
        var plan = CutPlan(form: .tiles(copies: 4))
        plan.negativeShare = 0
        let (made, pack) = try cut([scene], plan)
        #expect((1...4).contains(made.scenes[0].falseAlarmCount))
        #expect(made.scenes[0].tileCounts[1] == made.scenes[0].falseAlarmCount)
        #expect((0..<pack.count).count { pack.label(of: $0) == 1 } == made.scenes[0].falseAlarmCount)
    }

    @Test func canvasesHaveEveryWindowOfAScene() throws {
        let scenes = try scenes()
        var plan = CutPlan(windowSize: 16, scale: .factor(0.5), form: .canvases(stride: 4), scanStride: 8)
        plan.negativeShare = 0
        let (made, pack) = try cut(scenes, plan)
        // 120 x 100 pixels are seen.
        let (columns, rows) = ((120 - 16) / 4 + 1, (100 - 16) / 4 + 1)
        #expect(pack.count == 2 * columns * rows && made.repeatCount == 1)
        let raster = try scenes[0].scene.seen(
            at: SceneScale(x: 0.5, y: 0.5, fullWidth: 240, fullHeight: 200)
        ).open()
        for tile in Swift.stride(from: 0, to: columns * rows, by: 7) {
            let place = PixelRect(x: tile % columns * 4, y: tile / columns * 4, width: 16, height: 16)
            #expect(try pack.tile(tile) == raster.read(place))
            let isNear = scenes[0].objects.contains { object in
                max(
                    abs((object.x0 + object.x1) / 4 - Double(place.x0) - 8),
                    abs((object.y0 + object.y1) / 4 - Double(place.y0) - 8)) <= 6
            }
            #expect(pack.label(of: tile) == (isNear ? 0 : 1))
        }
        #expect(pack.origin?.objects?.sizesInTiles == [10, 20])
        // The same again, with half of it windows that show an object.
        plan.negativeShare = 0.5
        let (even, repeated) = try cut(scenes, plan, to: "even.tiles")
        #expect(even.repeatCount > 1 && repeated.count == even.tileCount)
        let share =
            Double((0..<repeated.count).count { repeated.label(of: $0) == 0 }) / Double(repeated.count)
        #expect((0.4...0.6).contains(share), "\(share)")
    }

    @Test func canvasesShowObjectsOfAllSizesAtAsFewScalesAsCanBe() throws {
        let scene = try writeScene(
            "sizes.png", seed: 3,
            squares: [
                PixelRect(x: 20, y: 20, width: 10, height: 10),
                PixelRect(x: 120, y: 80, width: 60, height: 60),
            ])
        var plan = CutPlan(windowSize: 16, form: .canvases(stride: 4), scanStride: 8)
        plan.negativeShare = 0
        let (made, pack) = try cut([scene], plan)
        // 10 to 60 pixels are six times: two scales. An object that another scale is for makes no windows there.
        #expect(made.origin.objects?.sizes["car"] == [10, 60, 60])
        #expect(made.scenes[0].tileCounts[0] > 10)
        #expect(
            (0..<pack.count).contains { redShare((try? pack.tile($0)) ?? Image(width: 1, height: 1)) > 0.2 })
    }

    @Test func aSceneThatFailsKeepsNoOtherBack() throws {
        let scenes = try scenes()
        try FileManager.default.removeItem(atPath: folder.file("a.png"))
        let (made, pack) = try cut(scenes, CutPlan())
        #expect(made.scenes[0].error != nil && made.scenes[0].tileCounts == [0, 0])
        #expect(made.scenes[1].error == nil && made.scenes[1].tileCounts[0] == 8)
        #expect(pack.count == made.tileCount)
    }

    @Test func scenesWithoutObjectsMakeNoPack() throws {
        let scene = try writeScene("none.png", seed: 1, squares: [])
        let error = #expect(throws: ScenesError.self) { _ = try cut([scene], CutPlan()) }
        #expect(error?.cause.contains("no object") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.file("made.tiles")))
    }
}
