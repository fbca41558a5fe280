import Bytes
import Files
import Pixels
import Records
import Scenes
import TestSupport
import Testing

/// Holds mixed canvases to a plain way: one tile above the other on the whole canvas, and every window beside every tile.
struct MixedScatterTests {
    /// A mixed pack, and what it was made of.
    private struct Case {
        var mixed: MixedCanvases
        var rules = ["car=car", "boat=boat", "other=*"]
        var stride = 3
        var windowCount = 900
        var seed: UInt64 = 1
    }

    private static let classNames = ["car", "boat", "dog", "cat"]

    /// - Returns: what was made, and the tiles and labels of the plain way.
    private func made(
        _ scattered: Case, width: Int = 8, height: Int = 8
    ) throws -> (pack: TilePack, canvases: [PlainCanvas], result: ScatteredPack) {
        let folder = try TemporaryFolder()
        let pack = try folder.pack(count: 40, classNames: Self.classNames, width: width, height: height)
        let plan = ScatterPlan(
            groups: try ClassGroups(scattered.rules, classNames: Self.classNames),
            canvases: .mixed(scattered.mixed), stride: scattered.stride, windowCount: scattered.windowCount,
            originalShare: 0, seed: scattered.seed)
        let output = folder.file("mixed.tiles")
        let result = try scatter(pack, to: .replacing(output), plan: plan)
        let made = try TilePack(opening: output)
        let tiles = plan.groups.names.indices.map { group in
            (0..<pack.count).filter { plan.groups.groupOfClass[pack.label(of: $0)] == group }
        }
        let painter = try MixedCanvasPainter(pack, tiles, scattered.mixed, plan)
        let canvases = try result.canvases.enumerated().map { number, size in
            try PlainCanvas(
                painter.placements(number, width: size.width, height: size.height), of: pack,
                width: size.width,
                height: size.height)
        }
        return (made, canvases, result)
    }

    @Test(arguments: [
        (MixedCanvases(), 3), (MixedCanvases(layers: [2], scanStride: 5, leastVisible: 0.3), 2),
        (MixedCanvases(layers: [0, 3], shares: [3, 0, 1], scanStride: 7, leastVisible: 0.9), 4),
        (MixedCanvases(layers: [1], scanStride: 1, leastVisible: 1, background: "nothing"), 1),
        (MixedCanvases(layers: [1, 1], scanStride: 40, leastVisible: 0), 3),
    ])
    func windowsAndLabelsAreThoseOfThePlainWay(mixed: MixedCanvases, stride: Int) throws {
        let made = try made(Case(mixed: mixed, stride: stride))
        let names = made.pack.classNames
        #expect(names == ["car", "boat", "other"] + (mixed.background.map { [$0] } ?? []))
        let background = try #require(names.firstIndex(of: mixed.background ?? "other"))
        var tile = 0
        for (canvas, size) in zip(made.canvases, made.result.canvases) {
            for y in Swift.stride(from: 0, through: size.height - 8, by: stride) {
                for x in Swift.stride(from: 0, through: size.width - 8, by: stride) {
                    let expected = canvas.label(
                        ofWindowAt: x, y, radius: 0.75 * Double(mixed.scanStride),
                        leastVisible: mixed.leastVisible,
                        background: background)
                    #expect(made.pack.label(of: tile) == expected)
                    let window = canvas.image.cropped(to: PixelRect(x: x, y: y, width: 8, height: 8))
                    #expect(try made.pack.tile(tile) == window)
                    tile += 1
                }
            }
        }
        #expect(tile == made.pack.count && tile == made.result.tileCount)
        let counts = names.indices.map { label in
            (0..<made.pack.count).count { made.pack.label(of: $0) == label }
        }
        #expect(made.result.classes.map(\.windowCount) == counts)
    }

    @Test func canvasesHigherThanABandAndTilesThatAreNotSquare() throws {
        let scattered = Case(mixed: MixedCanvases(layers: [1], scanStride: 6), stride: 11, windowCount: 2500)
        let made = try made(scattered, width: 9, height: 5)
        let size = made.result.canvases[0]
        #expect(size.height > 512)
        let columns = (size.width - 9) / 11 + 1
        for tile in 0..<made.pack.count {
            let (row, column) = tile.quotientAndRemainder(dividingBy: columns)
            let box = PixelRect(x: column * 11, y: row * 11, width: 9, height: 5)
            #expect(try made.pack.tile(tile) == made.canvases[0].image.cropped(to: box))
            #expect(
                made.pack.label(of: tile)
                    == made.canvases[0].label(
                        ofWindowAt: box.x0, box.y0, radius: 4.5, leastVisible: 0.5, background: 2))
        }
    }

    @Test func thePackSaysHowItWasMade() throws {
        let made = try made(Case(mixed: MixedCanvases(layers: [1], scanStride: 5, leastVisible: 0.25)))
        #expect(
            made.pack.origin
                == TilePackOrigin(
                    canvases: .mixed, background: "other", labelRadius: 3.75, scanStride: 5,
                    leastVisible: 0.25
                ))
    }

    @Test func withoutAGroupForTheRestTheBackgroundIsAClassOfItsOwn() throws {
        let made = try made(Case(mixed: MixedCanvases(), rules: ["car=car", "boat=boat"]))
        #expect(made.pack.classNames == ["car", "boat", "background"])
        #expect(made.pack.origin?.background == "background")
    }

    @Test func halfIsBackgroundAndTheRestIsShared() throws {
        let mixed = MixedCanvases(layers: [20])
        let made = try made(Case(mixed: mixed, windowCount: 4000))
        let groups = made.canvases[0].placements.map(\.group)
        let shares = (0..<3).map { group in
            Double(groups.count { $0 == group }) / Double(groups.count)
        }
        #expect(zip(shares, [0.25, 0.25, 0.5]).allSatisfy { abs($0 - $1) < 0.03 })
    }

    @Test func theFirstLayerLiesEdgeToEdgeAndTheOthersInsideTheCanvas() throws {
        let made = try made(Case(mixed: MixedCanvases(layers: [0, 2])))
        let size = made.result.canvases[0]
        let corners = stride(from: 0, to: size.height, by: 8).flatMap { y in
            stride(from: 0, to: size.width, by: 8).map { [$0, y] }
        }
        #expect(made.canvases[0].placements.map { [$0.x, $0.y] } == corners)
        let placements = made.canvases[1].placements
        #expect(placements.prefix(corners.count).map { [$0.x, $0.y] } == corners)
        let others = placements.dropFirst(corners.count)
        #expect(others.count == 2 * size.width * size.height / 64)
        let isInside = others.allSatisfy {
            (0...size.width - 8).contains($0.x) && (0...size.height - 8).contains($0.y)
        }
        #expect(isInside)
    }

    /// A canvas as large as one tile.
    @Test func oneWindowIsEnoughWhateverTheStride() throws {
        let made = try made(Case(mixed: MixedCanvases(layers: [1]), stride: 5000, windowCount: 1))
        #expect(made.pack.count == 1)
    }

    @Test func aShareOfNoneIsNeverDrawn() throws {
        let made = try made(Case(mixed: MixedCanvases(layers: [5], shares: [0, 1, 0])))
        #expect(made.canvases[0].placements.allSatisfy { $0.group == 1 })
    }

    @Test(arguments: [[1.0, 2], [0, 0, 0], [1, -1, 1]])
    func refusesSharesThatAreNone(shares: [Double]) throws {
        let error = #expect(throws: ScenesError.self) {
            try made(Case(mixed: MixedCanvases(shares: shares)))
        }
        #expect(error?.code == .unsuitable && error?.place == "--shares")
    }
}

/// A canvas painted tile by tile.
private struct PlainCanvas {
    let placements: [MixedCanvasPainter.Placement]
    let image: Image
    private let visibleFractions: [Double]

    init(
        _ placements: [MixedCanvasPainter.Placement], of pack: TilePack, width: Int, height: Int
    ) throws {
        var image = Image(width: width, height: height)
        var owners = [Int](repeating: -1, count: width * height)
        for (index, placement) in placements.enumerated() {
            image.paste(try pack.tile(placement.tile), x: placement.x, y: placement.y)
            for y in placement.y..<min(height, placement.y + pack.tileHeight) {
                for x in placement.x..<min(width, placement.x + pack.tileWidth) {
                    owners[y * width + x] = index
                }
            }
        }
        var counts = [Int](repeating: 0, count: placements.count)
        for owner in owners { counts[owner] += 1 }
        visibleFractions = counts.map { Double($0) / Double(pack.tileWidth * pack.tileHeight) }
        (self.placements, self.image) = (placements, image)
    }

    func label(
        ofWindowAt x: Int, _ y: Int, radius: Double, leastVisible: Double, background: Int
    ) -> Int {
        var label = background
        var nearest = radius
        for (placement, visible) in zip(placements, visibleFractions)
        where placement.group != background && visible > 0 && visible >= leastVisible {
            let distance = Double(max(abs(placement.x - x), abs(placement.y - y)))
            if distance <= nearest { (label, nearest) = (placement.group, distance) }
        }
        return label
    }
}
