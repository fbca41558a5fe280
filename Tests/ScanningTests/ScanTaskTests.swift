import Files
import Foundation
import Networks
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

@Suite struct ScanTaskTests {
    let folder: TemporaryFolder
    let tiny: TinyScan

    init() throws {
        folder = try TemporaryFolder()
        tiny = TinyScan(scenePath: try folder.scene(width: 64, height: 48).path)
    }

    private func differences(_ change: (inout TinyScan) throws -> Void) throws -> [String] {
        let task = try tiny.task()
        var other = tiny
        try change(&other)
        return try other.task().differences(from: task)
    }

    @Test func equalTasksHaveNoDifferences() throws {
        #expect(try differences { _ in } == [])
        #expect(try differences { $0.classes = ["boat", "car"] } == [])
        #expect(try differences { ($0.threshold, $0.iou) = (0.3, 0.7) } == [])
        #expect(try differences { $0.limits = ScanLimits(blockPixelLimit: 1) } == [])
    }

    @Test func whatDecidesResultsIsNamed() throws {
        #expect(try differences { $0.stride = 2 }.contains { $0.contains("stride is 2, but was 4") })
        #expect(try differences { $0.classes = ["car"] }.contains { $0.contains("labels") })
        #expect(try differences { $0.floor = 0.2 }.contains { $0.contains("floor") })
        #expect(try differences { $0.dense = DenseChoice() }.contains { $0.contains("dense") })
        #expect(
            try differences { $0.views = .mirroredAndTurned } == ["the number of views is 8, but was 1"])
        #expect(
            try differences { $0.scenePath = try folder.scene(width: 64, height: 48, seed: 9).path }
                .contains { $0.contains("scene") })
    }

    @Test(arguments: [
        ("cat, tabby", [1]), ("cat, tabby,dog", [1, 2]), ("dog,cat, tabby", [2, 1]), ("cat,dog", [0, 2]),
        ("cat,cat, tabby,a,b,c", [0, 1, 3]), ("cat, tabby,cat", [1, 0]),
    ]) func aClassWithCommasIsNamedInAList(list: String, labels: [Int]) throws {
        let classes = ["cat", "cat, tabby", "dog", "a,b,c"]
        let pieces = list.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        #expect(try classLabels(ofList: pieces, among: classes) == labels)
    }

    @Test func namesWithCommasAreListedInQuotes() throws {
        #expect(classList(["cat", "dog"]) == "cat, dog")
        #expect(classList(["cat, tabby", "dog"]) == #""cat, tabby", "dog""#)
    }

    @Test func whatIsNoClassIsNamed() {
        #expect(throws: UnknownClass(name: " tabbi")) {
            try classLabels(ofList: ["cat", " tabbi"], among: ["cat", "cat, tabby"])
        }
        #expect(throws: UnknownClass(name: "a")) { try classLabels(ofList: ["a"], among: ["a,b"]) }
    }

    @Test func aTaskIsReadAsItWasWritten() throws {
        var dense = tiny
        dense.dense = DenseChoice(blockPixelLimit: 1000)
        var mirrored = tiny
        mirrored.views = .mirrored
        for tiny in [tiny, dense, mirrored] {
            let task = try tiny.task()
            try task.check(classCount: 3)
            let read = try JSONDecoder().decode(ScanTask.self, from: JSONEncoder().encode(task))
            #expect(read == task)
        }
    }

    /// So that scans that were begun before there were views can be gone on with.
    @Test func aTaskWithoutViewsIsWrittenAsBeforeThereWereSome() throws {
        var mirrored = tiny
        mirrored.views = .mirrored
        let keys = try [tiny, mirrored].map { tiny in
            let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(tiny.task()))
            return Set(try #require(object as? [String: Any]).keys)
        }
        #expect(keys[0] == ["version", "scene", "model", "grid", "labels", "floor", "numerics"])
        #expect(keys[1] == keys[0].union(["views"]))
        #expect(try tiny.task().digest != mirrored.task().digest)
    }

    @Test func aDenseScanHasNoViews() throws {
        var tiny = tiny
        tiny.dense = DenseChoice(blockPixelLimit: 1000)
        var task = try tiny.task()
        task.views = .mirrored
        let damaged = #expect(throws: ScanError.self) { try task.check(classCount: 3) }
        #expect(damaged?.code == .malformedState)
        tiny.views = .mirrored
        let error = #expect(throws: ScanError.self) { try tiny.task() }
        #expect(error?.code == .wrongTask && error?.cause == WindowViews.onlyExact)
    }

    @Test(arguments: [0, 1, 3, -8]) func viewsThatThereAreNotAreNotRead(count: Int) throws {
        var tiny = tiny
        tiny.views = .mirrored
        let json = String(decoding: try JSONEncoder().encode(tiny.task()), as: UTF8.self)
        let other = json.replacing("\"views\":2", with: "\"views\":\(count)")
        #expect(other != json)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ScanTask.self, from: Data(other.utf8))
        }
    }

    @Test func anUnknownClassIsRefusedWithTheListOfThoseThatTheModelKnows() {
        var tiny = tiny
        tiny.classes = ["car", "plane"]
        let error = #expect(throws: ScanError.self) { try tiny.task() }
        #expect(error?.code == .unknownClass)
        #expect(error?.description.contains("\"plane\"") == true)
        #expect(error?.description.contains("boat, car, other") == true)
    }

    @Test func labelsComeInTheOrderInWhichTheyAreNamed() throws {
        #expect(try tiny.rule().labels == [1, 0])
        #expect(try tiny.task().labels == [0, 1])
    }

    @Test(arguments: [-0.1, 1.1, Float.nan]) func aThresholdOutsideItsRangeIsRefused(value: Float) throws {
        for rule in [MergeRule(labels: [0], threshold: value), MergeRule(labels: [0], iou: value)] {
            #expect(throws: ScanError.self) { try rule.check() }
        }
        for value in [0, 1] as [Float] { try MergeRule(labels: [0], threshold: value, iou: value).check() }
    }
}
