import Bytes
import Files
import Pixels
import Rasters
import Records
import Scenes
import TestSupport
import Testing

/// Places of tiles, held to plain rules over many random scenes.
@Suite struct TilePlacerTests {
    private static let folder = Result {
        try TemporaryFolder.lasting { folder in
            try Image(width: 700, height: 500).writePNG(to: .replacing(folder.file("scene.png")))
        }
    }

    /// A scene with objects of many sizes, some at its edge, some over each other.
    private func scene(seed: UInt64, count: Int = 40) throws -> CutScene {
        var random = SplitMix64(seed: seed)
        let objects = (0..<count).map { number in
            let (x, y) = (
                Double.random(in: 0...700, using: &random), Double.random(in: 0...500, using: &random)
            )
            let (width, height) = (
                Double.random(in: 3...90, using: &random), Double.random(in: 3...90, using: &random)
            )
            return CutObject(
                x0: x - width / 2, y0: y - height / 2, x1: x + width / 2, y1: y + height / 2,
                label: number % 5 == 4 ? nil : number % 2)
        }
        return CutScene(
            scene: try Scene(opening: Address(Self.folder.get().file("scene.png"))), name: "scene.png",
            objects: objects)
    }

    private static func plan(seed: UInt64) -> CutPlan {
        var plan = CutPlan(
            windowSize: seed % 2 == 0 ? 32 : 20, scanStride: seed % 3 == 0 ? 16 : 9, seed: seed)
        if seed % 4 == 3 { plan.scale = .factor(0.75) }
        if seed % 5 == 1 { plan.jitter = 2 }
        if seed % 4 == 1 { plan.zoom = 1.3 }
        return plan
    }

    @Test(arguments: UInt64(0)..<24) func noObjectIsFartherFromItsTilesCentreThanTheRadius(seed: UInt64)
        throws
    {
        let plan = Self.plan(seed: seed)
        let scene = try scene(seed: seed)
        let placed = try TilePlacer(scene, plan, background: 2).positives()
        #expect(!placed.places.isEmpty)
        let half = Double(plan.windowSize) / 2
        func distance(_ place: TilePlacer.Place, _ object: CutObject) -> Double {
            let (x, y) = (
                (object.x0 + object.x1) / 2 * place.scale.x, (object.y0 + object.y1) / 2 * place.scale.y
            )
            return max(abs(x - Double(place.x) - half), abs(y - Double(place.y) - half))
        }
        for place in placed.places {
            let object = scene.objects[try #require(place.object)]
            #expect(object.label == place.label)
            #expect(distance(place, object) <= max(0.5, min(plan.jitter, plan.labelRadius)) + 1e-9)
            // No object of another class is nearer to the tile's centre.
            #expect(
                !scene.objects.contains {
                    $0.label != place.label && distance(place, $0) < distance(place, object) - 1e-9
                })
            #expect(place.x >= 0 && place.x + plan.windowSize <= place.scale.width)
            #expect(place.y >= 0 && place.y + plan.windowSize <= place.scale.height)
            let size = max(object.x1 - object.x0, object.y1 - object.y0) * place.scale.x
            switch plan.scale {
            case .fill(let fill):
                let ratio = size / (fill * Double(plan.windowSize))
                #expect((1 / plan.zoom / 1.023...plan.zoom * 1.023).contains(ratio))
            case .factor(let factor): #expect(place.scale.x == factor)
            case .pixelSize: Issue.record("no plan here has it")
            }
        }
        // Every object has tiles, or is counted.
        let known = Set(placed.places.compactMap(\.object))
        #expect(known.count + placed.unfitCount == scene.objects.count { $0.label != nil })
    }

    @Test(arguments: UInt64(0)..<24) func backgroundKeepsAwayFromEveryObject(seed: UInt64) throws {
        var plan = Self.plan(seed: seed)
        if seed % 3 == 1 { plan.distance = 11 }
        var scene = try scene(seed: seed)
        scene.falseAlarms = (0..<30).map { PixelRect(x: 20 * $0, y: 15 * $0, width: 40, height: 30) }
        scene.area = PolygonIndex([[[100, 50, 650, 50, 650, 450, 100, 450]]])
        var placer = TilePlacer(scene, plan, background: 2)
        let random =
            try placer.negatives(150, factors: [0.4, 1, 1.7]) + placer.negatives(50, factors: [0.4, 1, 1.7])
        #expect(Set(random).count == random.count)
        let places = try random + placer.falseAlarmPlaces()
        #expect(places.count > 100)
        for place in places {
            let half = Double(plan.windowSize) / 2
            let (x, y) = (Double(place.x) + half, Double(place.y) + half)
            #expect(place.label == 2 && place.object == nil)
            for object in scene.objects {
                let scale = place.scale
                let outside = max(
                    object.x0 * scale.x - x, x - object.x1 * scale.x, object.y0 * scale.y - y,
                    y - object.y1 * scale.y)
                #expect(outside >= plan.distance - 1e-9)
                let centre = max(
                    abs((object.x0 + object.x1) / 2 * scale.x - x),
                    abs((object.y0 + object.y1) / 2 * scale.y - y))
                #expect(centre > plan.labelRadius - 1e-9)
            }
        }
        for place in random {
            let half = Double(plan.windowSize) / 2
            #expect((100...650).contains((Double(place.x) + half) / place.scale.x))
            #expect((50...450).contains((Double(place.y) + half) / place.scale.y))
        }
    }

    @Test func aSceneFullOfObjectsEndsTheSearch() throws {
        var scene = try scene(seed: 1, count: 0)
        scene.objects = [CutObject(x0: -10, y0: -10, x1: 710, y1: 510, label: 0)]
        var placer = TilePlacer(scene, CutPlan(scale: .factor(1)), background: 1)
        #expect(try placer.negatives(10, factors: [1]).isEmpty)
    }

    @Test func aRequestEndsTheSearch() throws {
        var scene = try scene(seed: 1)
        scene.falseAlarms = [PixelRect(x: 1, y: 1, width: 30, height: 30)]
        var placer = TilePlacer(scene, CutPlan(scale: .factor(1)), background: 2)
        let cancellation = Cancellation()
        cancellation.request()
        #expect(throws: Cancelled.self) { try placer.positives(cancellation) }
        #expect(throws: Cancelled.self) { try placer.falseAlarmPlaces(cancellation) }
        #expect(throws: Cancelled.self) {
            try placer.negatives(10, factors: [1], cancellation: cancellation)
        }
    }

    @Test func aSceneWithoutPixelSizeHasNoResolution() throws {
        let placer = TilePlacer(try scene(seed: 1), CutPlan(scale: .pixelSize(0.2)), background: 2)
        let error = #expect(throws: ScenesError.self) { _ = try placer.positives() }
        #expect(error?.cause.contains("does not state its pixel size") == true)
    }
}

/// Labels of windows, held to every window beside every object.
@Suite struct CanvasLabelsTests {
    @Test(arguments: UInt64(0)..<30) func windowsHaveTheClassOfTheNearestObject(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (stride, side) = (Int.random(in: 1...9, using: &random), Int.random(in: 5...20, using: &random))
        let (x0, y0) = (Int.random(in: 0...50, using: &random), Int.random(in: 0...50, using: &random))
        let (columns, rows) = (Int.random(in: 1...30, using: &random), Int.random(in: 1...30, using: &random))
        let radius = Double.random(in: 0.5...20, using: &random)
        let marks = (0..<25).map { number in
            CanvasLabels.Mark(
                x: .random(in: -20...300, using: &random), y: .random(in: -20...300, using: &random),
                label: number % 7 == 0 ? nil : number % 4)
        }
        var made = CanvasLabels(
            x0: x0, y0: y0, columns: columns, rows: rows, stride: stride, windowSize: side, marks: marks,
            radius: radius, background: 3)
        for row in 0..<rows {
            for column in 0..<columns {
                let x = Double(x0 + column * stride) + Double(side) / 2
                let y = Double(y0 + row * stride) + Double(side) / 2
                func distance(_ mark: CanvasLabels.Mark) -> Double { max(abs(mark.x - x), abs(mark.y - y)) }
                let near = marks.filter { $0.label != 3 && distance($0) <= radius }
                let nearest = near.min { distance($0) < distance($1) }
                let window = row * columns + column
                #expect(made.labels[window] == (nearest.map(\.label) ?? 3))
                let isAlarm = nearest == nil && marks.contains { $0.label == 3 && distance($0) <= radius }
                #expect(made.isMarked[window] == (nearest?.label != nil || isAlarm))
            }
        }
        for _ in 0..<10 { made.leaveOut(.random(in: 0..<columns * rows, using: &random)) }
        // Each window once, and those with a mark twice more.
        var counts = [Int](repeating: 0, count: columns * rows)
        for grid in made.grids(stride: stride, repeats: 3) {
            for row in 0..<grid.rows {
                for column in 0..<grid.columns {
                    let window = (grid.y0 / stride + row) * columns + grid.x0 / stride + column
                    counts[window] += 1
                    #expect(grid.label(of: row * grid.columns + column) == made.labels[window])
                }
            }
        }
        #expect(
            counts == made.labels.indices.map { made.labels[$0] == nil ? 0 : made.isMarked[$0] ? 3 : 1 })
    }
}
