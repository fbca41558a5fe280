import Bytes
import EndingJobs
import Files
import Foundation
import Pixels
import Rasters
import Records
import Scenes
import TestSupport
import Testing

private func mosaic(
    _ pack: TilePack, _ plan: MosaicPlan, guide: Image = .gradient(width: 14, height: 11),
    rules: [String] = ["car=car", "other=*"]
) throws -> Mosaic {
    try Mosaic(
        guide: guide, pack: pack, groups: ClassGroups(rules, classNames: pack.classNames), plan: plan)
}

/// Grid, collage, and both with tiles that overlap their neighbours.
private let plans = [
    MosaicPlan(), MosaicPlan(mode: .collage), MosaicPlan(tileSpacing: 5),
    MosaicPlan(mode: .collage, tileSpacing: 5, seed: 3), MosaicPlan(mode: .collage, tileSpacing: 1),
]

@Test(arguments: plans) func truthAgreesWithThePixels(plan: MosaicPlan) throws {
    let folder = try TemporaryFolder()
    let mosaic = try mosaic(folder.pack(count: 200), plan)
    let all = mosaic.base + mosaic.overlays
    #expect(Set(all.map(\.z)) == Set(0..<Int32(all.count)))
    // The plain way: paint every tile from the lowest to the highest, and count whose pixels stay.
    var image = Image(width: mosaic.width, height: mosaic.height)
    var owner = [Int](repeating: -1, count: mosaic.width * mosaic.height)
    for placement in all.sorted(by: { $0.z < $1.z }) {
        let box = mosaic.box(of: placement)
        try #require(image.bounds.contains(box))
        image.paste(try mosaic.pack.tile(Int(placement.tile)), x: box.x0, y: box.y0)
        for y in box.y0..<box.y1 {
            for x in box.x0..<box.x1 { owner[y * mosaic.width + x] = Int(placement.z) }
        }
    }
    #expect(!owner.contains(-1))
    var visibleCount = [Int](repeating: 0, count: all.count)
    for z in owner { visibleCount[z] += 1 }
    let wrong = all.first { mosaic.visibleFraction(of: $0) != Double(visibleCount[Int($0.z)]) / 64 }
    #expect(wrong == nil)
    for band in [
        PixelRect(x0: 0, y0: 0, x1: mosaic.width, y1: 7), image.bounds,
        PixelRect(x0: 3, y0: 9, x1: 11, y1: 10),
    ] {
        #expect(try mosaic.image(of: band) == image.cropped(to: band))
    }
}

@Test(arguments: MosaicPlan.Mode.allCases) func aMosaicIsAFunctionOfItsSeed(mode: MosaicPlan.Mode) throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 200)
    let placements = try [1, 1, 2].map { seed in
        let mosaic = try mosaic(pack, MosaicPlan(mode: mode, seed: UInt64(seed)))
        return mosaic.base + mosaic.overlays
    }
    #expect(placements[0] == placements[1])
    #expect(placements[0] != placements[2])
}

/// With one tile of each colour the guide comes back, at one and at four colours per tile.
@Test(arguments: [1, 2]) func choosesTheTilesThatFit(pixelsPerTile: Int) throws {
    let folder = try TemporaryFolder()
    let colours = [RGB(250, 0, 0), RGB(0, 250, 0), RGB(0, 0, 250), RGB(250, 250, 250), RGB(0, 0, 0)]
    let pack = try folder.pack(colours, classNames: ["tile"])
    var random = SplitMix64(seed: 6)
    var guide = Image(width: 6 * pixelsPerTile, height: 4 * pixelsPerTile)
    var wanted: [Int] = []
    for y in 0..<4 {
        for x in 0..<6 {
            let tile = Int.random(in: colours.indices, using: &random)
            wanted.append(tile)
            guide.paste(
                .flat(colours[tile], width: pixelsPerTile, height: pixelsPerTile), x: x * pixelsPerTile,
                y: y * pixelsPerTile)
        }
    }
    let plan = MosaicPlan(tilesAcross: 6, repeatDistance: 0)
    let mosaic = try mosaic(pack, plan, guide: guide, rules: [])
    #expect(mosaic.base.map { Int($0.tile) } == wanted)
    #expect((mosaic.width, mosaic.height) == (48, 32))
}

@Test func partsOfATileAreComparedWhenTheGuideHasThem() throws {
    let folder = try TemporaryFolder()
    // Two tiles with one mean: white on the left, or on the right.
    let path = folder.file("halves.tiles")
    let writer = try TilePackWriter(.replacing(path), tileWidth: 8, tileHeight: 8, classNames: ["half"])
    for x in [0, 4] {
        var tile = Image(width: 8, height: 8)
        tile.paste(.flat(RGB(255, 255, 255), width: 4, height: 8), x: x, y: 0)
        try writer.append(tile, label: 0)
    }
    try writer.commit()
    var guide = Image(width: 4, height: 2)
    guide[1, 0] = RGB(255, 255, 255)
    guide[1, 1] = RGB(255, 255, 255)
    guide[2, 0] = RGB(255, 255, 255)
    guide[2, 1] = RGB(255, 255, 255)
    let plan = MosaicPlan(tilesAcross: 2, repeatDistance: 0)
    let mosaic = try mosaic(TilePack(opening: path), plan, guide: guide, rules: [])
    #expect(mosaic.base.map(\.tile) == [1, 0])
}

@Test(arguments: MosaicPlan.Mode.allCases) func aTileIsNotUsedAgainNearby(mode: MosaicPlan.Mode) throws {
    let folder = try TemporaryFolder()
    let guide = Image.flat(RGB(90, 90, 90), width: 20, height: 20)
    let distance = 3
    let plan = MosaicPlan(mode: mode, repeatDistance: distance)
    let mosaic = try mosaic(folder.pack(count: 150), plan, guide: guide)
    let all = mosaic.base + mosaic.overlays
    for (position, placement) in all.enumerated() {
        let isTooNear = all[..<position].contains { other in
            let (dx, dy) = (abs(other.x / 8 - placement.x / 8), abs(other.y / 8 - placement.y / 8))
            return other.tile == placement.tile && max(dx, dy) <= distance
        }
        #expect(!isTooNear)
    }
}

@Test func fewerTilesThanTheNeighbourhoodStillFillTheScene() throws {
    let folder = try TemporaryFolder()
    let mosaic = try mosaic(folder.pack(count: 3), MosaicPlan())
    #expect(Set(mosaic.base.map(\.tile)).isSubset(of: [0, 1, 2]))
}

@Test func noTileIsUsedMoreOftenThanAllowed() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 20)
    let guide = Image.flat(RGB(90, 90, 90), width: 10, height: 10)
    let mosaic = try mosaic(pack, MosaicPlan(maxRepeats: 5), guide: guide)
    let counts = Dictionary(grouping: mosaic.base, by: \.tile).mapValues(\.count)
    #expect(counts.values.allSatisfy { $0 == 5 } && counts.count == 20)
    let error = try #require(throws: ScenesError.self) {
        try Mosaic(
            guide: guide, pack: pack, groups: ClassGroups([], classNames: pack.classNames),
            plan: MosaicPlan(maxRepeats: 4))
    }
    #expect(error.code == .unsuitable && error.cause.contains("at least 5 repeats"))
}

@Test func aTileMayBeUsedAsOftenAsAnIntegerCanSay() throws {
    let folder = try TemporaryFolder()
    let mosaic = try mosaic(folder.pack(count: 3), MosaicPlan(maxRepeats: Int.max))
    #expect(mosaic.tileCount == 14 * 11)
}

@Test func anEmptyPackIsRefused() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack([], classNames: [])
    let error = try #require(throws: ScenesError.self) {
        _ = try mosaic(pack, MosaicPlan(maxRepeats: 2), rules: [])
    }
    #expect(error.code == .unsuitable && error.place == pack.path)
}

@Test(arguments: [0, 1, 200]) func choosingEndsWhenItShould(lastCount: Int) throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 9)
    let progress = Collected<MosaicProgress>()
    let placeCount = 14 * 11 + 13 * 10
    #expect(throws: Cancelled()) {
        _ = try Mosaic(
            guide: .gradient(width: 14, height: 11), pack: pack,
            groups: ClassGroups([], classNames: pack.classNames), plan: MosaicPlan(mode: .collage),
            job: .ending {
                progress.add($0)
                return $0 == .choosing(filledCount: lastCount, placeCount: placeCount)
            })
    }
    #expect(
        progress.values
            == (0...lastCount).map { .choosing(filledCount: $0, placeCount: placeCount) })
}

@Test func tilesOfClassesInNoGroupAreNotUsed() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 30)
    let mosaic = try mosaic(pack, MosaicPlan(), rules: ["vehicle=car,boat"])
    #expect(mosaic.base.allSatisfy { pack.label(of: Int($0.tile)) < 2 })
}

@Test(arguments: [
    (MosaicPlan(tilesAcross: 15), "between 1 and 14"), (MosaicPlan(tilesAcross: 0), "between 1 and 14"),
    (MosaicPlan(tileSpacing: 9), "between 1 and 8"), (MosaicPlan(tileSpacing: 0), "between 1 and 8"),
])
func refusesPlansThatCannotBe(plan: MosaicPlan, cause: String) throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 3)
    let error = try #require(throws: ScenesError.self) { _ = try mosaic(pack, plan) }
    #expect(error.code == .unsuitable && error.cause.contains(cause), "\(error)")
}

/// One line of a truth file.
private struct TruthLine: Decodable {
    var box: [Int]
    var `class`: String
    var sourceClass: String
    var z: Int
    var visibleFraction: Double
}

@Test func writesTheSceneAndItsTruth() throws {
    let folder = try TemporaryFolder()
    let quoted = "a \"dog\"\n"
    let pack = try folder.pack(count: 90, classNames: ["car", "boat", quoted])
    let plan = MosaicPlan(mode: .collage)
    let mosaic = try mosaic(pack, plan, guide: .gradient(width: 70, height: 66))
    let (scene, truth) = (folder.file("scene.tif"), folder.file("truth.jsonl"))
    try mosaic.write(scene: .replacing(scene), truth: .replacing(truth))
    #expect(try folder.names.filter { !$0.hasSuffix(".tiles") } == ["scene.tif", "truth.jsonl"])
    let whole = PixelRect(x0: 0, y0: 0, x1: mosaic.width, y1: mosaic.height)
    #expect(try Image(pictureAt: Address(scene)) == mosaic.image(of: whole))
    let text = try String(contentsOfFile: truth, encoding: .utf8)
    let lines = try text.split(separator: "\n").map {
        try JSONDecoder().decode(TruthLine.self, from: Data($0.utf8))
    }
    #expect(lines.map(\.z) == Array(0..<mosaic.tileCount))
    let placements = (mosaic.base + mosaic.overlays).sorted { $0.z < $1.z }
    let wrong = zip(lines, placements).first { line, placement in
        let box = mosaic.box(of: placement)
        let sourceClass = pack.classNames[pack.label(of: Int(placement.tile))]
        return line.box != [box.x0, box.y0, box.x1, box.y1] || line.sourceClass != sourceClass
            || line.class != (sourceClass == "car" ? "car" : "other")
            || line.visibleFraction != mosaic.visibleFraction(of: placement)
    }
    #expect(wrong == nil)
    #expect(Set(lines.map(\.sourceClass)) == ["car", "boat", quoted])
}

@Test func anInterruptedMosaicLeavesWhatStoodThere() throws {
    let folder = try TemporaryFolder()
    let mosaic = try mosaic(folder.pack(count: 9), MosaicPlan())
    let scene = folder.file("scene.tif")
    try Data("before".utf8).write(to: URL(fileURLWithPath: scene))
    let before = try folder.names
    #expect(throws: Cancelled()) {
        try mosaic.write(
            scene: .replacing(scene), truth: .replacing(folder.file("truth.jsonl")), job: .cancelled)
    }
    #expect(try folder.names == before)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scene)) == Data("before".utf8))
}
