import EndingJobs
import Files
import Foundation
import Pixels
import Records
import Scenes
import TestSupport
import Testing

private let car = RGB(200, 10, 10)
private let boat = RGB(10, 200, 10)
private let dog = RGB(10, 10, 200)

private func plan(
    _ pack: TilePack, _ rules: [String] = ["car=car", "boat=boat", "other=*"], windows: Int = 900,
    seed: UInt64 = 1
) throws -> ScatterPlan {
    ScatterPlan(
        groups: try ClassGroups(rules, classNames: pack.classNames), stride: 3, windowCount: windows,
        seed: seed)
}

@Test func everyWindowShowsItsGroupAloneAndNoBareGround() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack([car, boat, dog, car, boat], classNames: ["car", "boat", "dog"])
    let output = folder.file("windows.tiles")
    let groups = try scatter(pack, to: .replacing(output), plan: plan(pack))
    #expect(groups.map(\.name) == ["car", "boat", "other"])
    #expect(groups.map(\.originalCount) == [2, 2, 1])
    #expect(groups.allSatisfy { abs($0.windowCount - 300) <= 17 })
    let made = try TilePack(opening: output)
    #expect(made.classNames == ["car", "boat", "other"])
    #expect(made.count == groups.reduce(0) { $0 + $1.windowCount + $1.originalCount })
    let colours = [car, boat, dog]
    let expected = colours.map { Image.flat($0, width: 8, height: 8) }
    let wrong = try (0..<made.count).first { try made.tile($0) != expected[made.label(of: $0)] }
    #expect(wrong == nil)
}

@Test func windowsOverlapAndTheOriginalsFollow() throws {
    let folder = try TemporaryFolder()
    let pack = try folder.pack(count: 60, classNames: ["car", "boat"])
    let output = folder.file("windows.tiles")
    let groups = try scatter(pack, to: .replacing(output), plan: plan(pack, [], windows: 200))
    let made = try TilePack(opening: output)
    // The second window begins 3 pixels to the right of the first one.
    let (first, second) = (try made.tile(0), try made.tile(1))
    let common = PixelRect(x0: 3, y0: 0, x1: 8, y1: 8)
    #expect(first.cropped(to: common) == second.cropped(to: PixelRect(x0: 0, y0: 0, x1: 5, y1: 8)))
    let windowCount = groups.reduce(0) { $0 + $1.windowCount }
    let originals = try (windowCount..<made.count).map { try made.tile($0) }
    let expected = try (0..<2).flatMap { label in
        try (0..<pack.count).filter { pack.label(of: $0) == label }.map { try pack.tile($0) }
    }
    #expect(originals == expected)
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
    let groups = try scatter(pack, to: .replacing(output), plan: plan(pack, [], windows: 100))
    let made = try TilePack(opening: output)
    #expect((made.tileWidth, made.tileHeight) == (9, 5))
    #expect((groups[0].canvasWidth, groups[0].canvasHeight) == (36, 32))
    #expect(try (0..<made.count).allSatisfy { try made.tile($0) == .flat(car, width: 9, height: 5) })
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
