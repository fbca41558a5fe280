import EndingJobs
import Files
import Foundation
import Pixels
import Records
import Scenes
import Synchronization
import TestSupport
import Testing

private let car = RGB(200, 10, 10)
private let boat = RGB(10, 200, 10)
private let dog = RGB(10, 10, 200)

private func plan(
    _ pack: TilePack, _ rules: [String] = ["car=car", "boat=boat", "other=*"], windows: Int = 900,
    originals: Double = 0.4, seed: UInt64 = 1
) throws -> ScatterPlan {
    ScatterPlan(
        groups: try ClassGroups(rules, classNames: pack.classNames), stride: 3, windowCount: windows,
        originalShare: originals, seed: seed)
}

@Test func everyWindowShowsItsGroupAloneAndNoBareGround() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack([car, boat, dog, car, boat], classNames: ["car", "boat", "dog"])
    let output = folder.file("windows.tiles")
    let scattered = try scatter(pack, to: .replacing(output), plan: plan(pack))
    #expect(scattered.classes.map(\.name) == ["car", "boat", "other"])
    #expect(scattered.classes.allSatisfy { abs($0.windowCount - 300) <= 17 })
    let made = try TilePack(opening: output)
    #expect(made.classNames == ["car", "boat", "other"])
    #expect(made.count == scattered.tileCount)
    #expect(made.origin == TilePackOrigin(canvases: .single, background: "other"))
    let colours = [car, boat, dog]
    let expected = colours.map { Image.flat($0, width: 8, height: 8) }
    let wrong = try (0..<made.count).first { try made.tile($0) != expected[made.label(of: $0)] }
    #expect(wrong == nil)
}

@Test(.enabled(if: SmallDisk.isPossible, "needs a small file system"), arguments: [0.0, 0.9])
func roomIsLookedForBeforeACanvasIsPainted(originals: Double) throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 600, classNames: ["car", "boat"])
    let disk = try SmallDisk(kilobytes: 48)
    let output = disk.folder.file("windows.tiles")
    let painted = Collected<Double>()
    let error = #expect(throws: RecordsError.self) {
        // Without originals the canvases have no room, with many originals these have none.
        try scatter(
            pack, to: .new(output),
            plan: plan(pack, [], windows: originals == 0 ? 4000 : 50, originals: originals),
            job: Job { painted.add($0) })
    }
    #expect(
        error?.path == output && error?.cause.contains(", and 48 KiB are free") == true,
        "\(error?.cause ?? "")")
    #expect(painted.values.isEmpty)
    #expect(try disk.folder.names.isEmpty)
}

@Test func windowsOverlap() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 60, classNames: ["car", "boat"])
    let output = folder.file("windows.tiles")
    _ = try scatter(pack, to: .replacing(output), plan: plan(pack, [], windows: 200))
    let made = try TilePack(opening: output)
    // The second window begins 3 pixels to the right of the first one.
    let (first, second) = (try made.tile(0), try made.tile(1))
    let common = PixelRect(x0: 3, y0: 0, x1: 8, y1: 8)
    #expect(first.cropped(to: common) == second.cropped(to: PixelRect(x0: 0, y0: 0, x1: 5, y1: 8)))
    // Without a group for the rest nothing is background.
    #expect(made.origin == TilePackOrigin(canvases: .single))
}

/// Of 60 tiles of two classes, so 30 of each.
@Test(arguments: [0.0, 0.05, 0.4, 0.9])
func originalsFollowAsManyOfEachGroupAndEachAboutAsOften(share: Double) throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 60, classNames: ["car", "boat"])
    let output = folder.file("windows.tiles")
    let scattered = try scatter(
        pack, to: .replacing(output), plan: plan(pack, [], windows: 200, originals: share))
    let windowCount = scattered.classes.reduce(0) { $0 + $1.windowCount }
    let expectedCount = Int((Double(windowCount) * share / (1 - share) / 2).rounded())
    #expect(scattered.classes.map(\.originalCount) == [expectedCount, expectedCount])
    let made = try TilePack(opening: output)
    #expect(made.count == windowCount + 2 * expectedCount)
    for label in 0..<2 {
        let tiles = try (0..<pack.count).filter { pack.label(of: $0) == label }.map { try pack.tile($0) }
        let originals = try (windowCount..<made.count).filter { made.label(of: $0) == label }
            .map { try made.tile($0) }
        let (repeats, rest) = expectedCount.quotientAndRemainder(dividingBy: tiles.count)
        let counts = tiles.map { tile in originals.count { $0 == tile } }
        #expect(counts == tiles.indices.map { $0 < rest ? repeats + 1 : repeats })
    }
}

@Test func originalsOfLargeGroupsLieInSeveralColumns() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 5000, classNames: ["car"])
    let output = folder.file("windows.tiles")
    let scattered = try scatter(
        pack, to: .replacing(output), plan: plan(pack, [], windows: 9000, originals: 0.4))
    let originalCount = scattered.classes[0].originalCount
    #expect(originalCount > 5000 && originalCount < 10_000)
    let made = try TilePack(opening: output)
    let windowCount = scattered.classes[0].windowCount
    var counts: [Image: Int] = [:]
    for tile in windowCount..<made.count { counts[try made.tile(tile), default: 0] += 1 }
    var expected: [Image: Int] = [:]
    for number in 0..<originalCount { expected[try pack.tile(number % 5000), default: 0] += 1 }
    #expect(counts == expected)
}

@Test func aScatterIsAFunctionOfItsSeed() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 30)
    let files = try [1, 1, 2].enumerated().map { index, seed in
        let path = folder.file("\(index).tiles")
        _ = try scatter(pack, to: .replacing(path), plan: plan(pack, seed: UInt64(seed)))
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    #expect(files[0] == files[1])
    #expect(files[0] != files[2])
}

@Test func tilesNeedNotBeSquare() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack([car], classNames: ["car"], width: 9, height: 5)
    let output = folder.file("windows.tiles")
    let scattered = try scatter(pack, to: .replacing(output), plan: plan(pack, [], windows: 100))
    let made = try TilePack(opening: output)
    #expect((made.tileWidth, made.tileHeight) == (9, 5))
    #expect(scattered.canvases.map { [$0.width, $0.height] } == [[36, 32]])
    #expect(try (0..<made.count).allSatisfy { try made.tile($0) == .flat(car, width: 9, height: 5) })
}

@Test func windowsAreNotScatteredAgain() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 60, classNames: ["car", "boat"])
    let output = folder.file("windows.tiles")
    _ = try scatter(pack, to: .replacing(output), plan: plan(pack, [], windows: 200))
    let windows = try TilePack(opening: output)
    let error = try #require(throws: ScenesError.self) {
        try scatter(
            windows, to: .replacing(folder.file("again.tiles")), plan: plan(windows, [], windows: 200))
    }
    #expect(error.place == output && error.cause.contains("overlapping windows"))
}

/// Of canvases of a few million pixels, each of which takes a while.
@Test(arguments: [ScatterPlan.Canvases.single, .mixed(MixedCanvases(layers: [1, 1], scanStride: 3))])
func progressGoesOnWithinACanvas(canvases: ScatterPlan.Canvases) throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 60, classNames: ["car", "boat"])
    var plan = try plan(pack, [], windows: 80_000)
    plan.canvases = canvases
    let told = Mutex<[Double]>([])
    _ = try scatter(
        pack, to: .replacing(folder.file("windows.tiles")), plan: plan,
        job: Job(progress: { progress in told.withLock { $0.append(progress) } }))
    let progress = told.withLock { $0 }
    #expect(progress.contains { $0 > 0.1 && $0 < 0.9 } && progress.contains { $0 > 1.1 && $0 < 1.9 })
    #expect(progress.last == 2 && progress == progress.sorted())
}

@Test func aGroupWithoutTilesIsRefused() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack([car], classNames: ["car", "boat"])
    let error = try #require(throws: ScenesError.self) {
        try scatter(
            pack, to: .replacing(folder.file("windows.tiles")), plan: plan(pack, ["a=car", "b=boat"]))
    }
    #expect(error.code == .unsuitable && error.operation.contains("group b"))
}

@Test func anInterruptedScatterLeavesWhatStoodThere() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 9)
    let output = folder.file("windows.tiles")
    try Data("before".utf8).write(to: URL(fileURLWithPath: output))
    let before = try folder.names
    #expect(throws: Cancelled()) {
        try scatter(pack, to: .replacing(output), plan: plan(pack), job: .cancelled)
    }
    #expect(try folder.names == before)
    #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == Data("before".utf8))
}
