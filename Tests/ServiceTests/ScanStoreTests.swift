import Foundation
import Service
import TestSupport
import SQLite
import Testing

struct ScanStoreTests {
    private static func scan(_ id: String, scene: String = "s", created: Int64 = 1) -> StoredScan {
        StoredScan(
            id: id, scene: scene, sceneName: "harbour \u{0}'\"--.tif", model: "cars",
            modelPath: "/models/cars",
            modelDigest: "00", request: "{}", options: ["--labels=-1,\u{1F600}"], hasTruth: false,
            created: created)
    }

    @Test func keepsScansOverAReopening() throws {
        let folder = try TemporaryFolder()
        var scan = Self.scan("a")
        do {
            let store = try ScanStore(folder: folder.path)
            try store.insert(scan)
            scan.phase = .running
            scan.started = 5
            scan.advance = ScanAdvance(windowCount: 10, finishedWindowCount: 4)
            scan.updated = 6
            try store.update(scan)
            try store.insert(Self.scan("b"))
        }
        let store = try ScanStore(folder: folder.path)
        #expect(try store.scan("a") == scan)
        #expect(try store.unended().map(\.id) == ["a", "b"])
        scan.phase = .finished
        scan.outcome = ScanOutcome(counts: ["car": 3], files: ["detections.jsonl"])
        try store.update(scan)
        #expect(try store.scan("a") == scan)
        #expect(try store.unended().map(\.id) == ["b"])
        #expect(try store.counts() == [.finished: 1, .waiting: 1])
    }

    @Test func listsTheNewestFirstInPages() throws {
        let folder = try TemporaryFolder()
        let store = try ScanStore(folder: folder.path)
        for number in 0..<5 { try store.insert(Self.scan("\(number)", scene: number == 2 ? "other" : "s")) }
        #expect(try store.scans(limit: 2)?.map(\.id) == ["4", "3"])
        #expect(try store.scans(after: "3", limit: 2)?.map(\.id) == ["2", "1"])
        #expect(try store.scans(scene: "s", after: "3", limit: 2)?.map(\.id) == ["1", "0"])
        #expect(try store.scans(phase: .finished, limit: 2)?.isEmpty == true)
        #expect(try store.scans(after: "none", limit: 2) == nil)
        #expect(try store.ids(ofScene: "other") == ["2"])
        try store.remove("2")
        #expect(try store.scan("2") == nil)
    }

    @Test func refusesAnUpdateOfWhatIsGone() throws {
        let folder = try TemporaryFolder()
        let store = try ScanStore(folder: folder.path)
        #expect(throws: SQLiteError.self) { try store.update(Self.scan("gone")) }
    }

    @Test func refusesDamagedFiles() throws {
        let folder = try TemporaryFolder()
        do {
            let store = try ScanStore(folder: folder.path)
            for number in 0..<200 { try store.insert(Self.scan("\(number)")) }
        }
        let whole = try folder.bytes("service.sqlite")
        var damaged = whole
        for place in stride(from: 4096, to: damaged.count, by: 7) { damaged[place] ^= 0x5A }
        for bytes in [damaged, Array(whole.prefix(whole.count / 2)), Array("not a database at all".utf8)] {
            for name in try folder.names { try FileManager.default.removeItem(atPath: folder.file(name)) }
            _ = try folder.write(bytes, to: "service.sqlite")
            let error = #expect(throws: SQLiteError.self) { try ScanStore(folder: folder.path) }
            #expect(error?.description.contains("service.sqlite: cannot") == true)
        }
    }

    @Test func refusesNewerFilesAndThoseOfOthers() throws {
        let folder = try TemporaryFolder()
        do { _ = try ScanStore(folder: folder.path) }
        // The version stands at 60 in the header, the program's number at 68.
        var bytes = try folder.bytes("service.sqlite")
        bytes[63] = 9
        _ = try folder.write(bytes, to: "service.sqlite")
        let newer = #expect(throws: SQLiteError.self) { try ScanStore(folder: folder.path) }
        #expect(newer?.cause.contains("newer version") == true)
        bytes[71] ^= 1
        _ = try folder.write(bytes, to: "service.sqlite")
        let other = #expect(throws: SQLiteError.self) { try ScanStore(folder: folder.path) }
        #expect(other?.cause.contains("another program") == true)
    }
}
