import Bytes
import Foundation
import Labels
import SQLite
import Synchronization
import TestSupport
import Testing

/// The file of the labels, alone and with others.
struct LabelStoreTests {
    private static func event(
        _ id: String, source: String = "harbour", box: Int = 0, label: Label? = .class("car")
    ) -> LabelEvent {
        LabelEvent(
            id: id, who: "ann", source: source,
            action: .set(.box(x0: box, y0: 0, x1: box + 8, y1: 8), to: label))
    }

    @Test func keepsEventsOverAReopening() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        let stored = try LabelStore(opening: path).append((0..<5).map { Self.event("\($0)", box: $0) })
        let store = try LabelStore(opening: path)
        #expect(try store.allEvents() == stored)
        #expect(try store.events(after: 2, limit: 2).map(\.sequence) == [3, 4])
        #expect(try store.events(after: 5, limit: 2).isEmpty)
        #expect(try store.events(after: 0, limit: 0).isEmpty)
        #expect(try store.append([Self.event("next")])[0].sequence == 6)
        #expect(try store.agrees(with: LabelFold(store.allEvents())))
    }

    @Test func takesTheTimeOfItsClock() throws {
        let folder = try TemporaryFolder()
        let before = LabelStore.millisecondsNow()
        let stored = try LabelStore(opening: folder.file("labels.sqlite")).append([Self.event("1")])
        #expect(before...LabelStore.millisecondsNow() ~= stored[0].time)
    }

    @Test func counts() throws {
        let folder = try TemporaryFolder()
        let store = try LabelStore(opening: folder.file("labels.sqlite"))
        try store.append([
            Self.event("1"), Self.event("2", box: 1), Self.event("3", box: 1, label: .unsure),
            Self.event("4", source: "b", label: .class("caf\u{E9}")),
            Self.event("5", source: "b", box: 1, label: .class("cafe\u{301}")),
            Self.event("6", source: "a", label: nil),
        ])
        #expect(try store.counts() == [.class("car"): 1, .unsure: 1, .class("caf\u{E9}"): 2])
        let sources = try store.sources()
        #expect(sources.map(\.source) == ["a", "b", "harbour"])
        #expect(sources.map(\.labelCount) == [0, 2, 2])
        #expect(sources.map(\.eventCount) == [1, 2, 3])
    }

    @Test func rebuildsWhatWasLost() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        let store = try LabelStore(opening: path)
        try store.append((0..<9).map { Self.event("\($0)", box: $0 % 4, label: $0 == 7 ? nil : .unsure) })
        try store.append([LabelEvent(id: "u", who: "ann", source: "harbour", action: .undo("8"))])
        let fold = try LabelFold(store.allEvents())
        let connection = try SQLiteConnection(opening: path)
        try connection.run("UPDATE labels SET label = 'other'")
        try connection.run("DELETE FROM labels WHERE place LIKE 'box 1,%'")
        #expect(try !store.agrees(with: fold))
        try store.rebuild()
        #expect(try store.agrees(with: fold))
        // The removed label is known, too: its removal can be undone.
        try store.append([LabelEvent(id: "v", who: "ann", source: "harbour", action: .undo("7"))])
        #expect(try store.agrees(with: LabelFold(store.allEvents())))
    }

    // MARK: Files that cannot be used

    private static func refusal(_ path: String) throws -> SQLiteError {
        let error = try #require(#expect(throws: SQLiteError.self) { try LabelStore(opening: path) })
        #expect(error.description.hasPrefix("\(path): cannot "))
        return error
    }

    @Test func refusesNewerFilesAndThoseOfOthers() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        do { _ = try LabelStore(opening: path) }
        // The version stands at 60 in the header, the program's number at 68.
        var bytes = try folder.bytes("labels.sqlite")
        bytes[63] = 9
        _ = try folder.write(bytes, to: "labels.sqlite")
        #expect(try Self.refusal(path).cause.contains("a newer version of tilescope wrote it (form 9"))
        bytes[71] ^= 1
        _ = try folder.write(bytes, to: "labels.sqlite")
        #expect(try Self.refusal(path).cause.contains("another program"))
        #expect(try folder.bytes("labels.sqlite") == bytes)
        let foreign = try SQLiteConnection(opening: folder.file("foreign"))
        try foreign.runOnce("CREATE TABLE t (x)")
        #expect(try Self.refusal(folder.file("foreign")).cause.contains("another program"))
    }

    @Test func refusesDamagedFiles() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        do {
            let store = try LabelStore(opening: path)
            try store.append((0..<400).map { Self.event("\($0)", box: $0) })
        }
        let whole = try folder.bytes("labels.sqlite")
        var damaged = whole
        for place in stride(from: 4096, to: damaged.count, by: 7) { damaged[place] ^= 0x5A }
        for bytes in [damaged, Array(whole.prefix(whole.count / 2)), Array("not a database at all".utf8)] {
            for name in try folder.names { try FileManager.default.removeItem(atPath: folder.file(name)) }
            _ = try folder.write(bytes, to: "labels.sqlite")
            #expect(try Self.refusal(path).cause.contains("bring back a copy"))
        }
    }

    @Test func refusesDamagedRows() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        let store = try LabelStore(opening: path)
        try store.append([Self.event("1")])
        let connection = try SQLiteConnection(opening: path)
        for text in [
            "", "box", "box 1,2,3", "box 1,2,3,x", "box 9,0,0,8", "box 0,0,8,8,", "record ", "wholes",
        ] {
            try connection.run("UPDATE labels SET place = ?", [.text(text)])
            try connection.run("UPDATE changes SET place = ?", [.text(text)])
            for read in [{ _ = try store.labels(of: "harbour") }, { _ = try store.allEvents() }] {
                let error = #expect(throws: SQLiteError.self) { try read() }
                #expect(error?.cause.contains("a row is damaged") == true, "\(text)")
            }
        }
    }

    @Test func refusesPathsThatLeadNowhere() throws {
        let folder = try TemporaryFolder()
        #expect(
            try Self.refusal(folder.file("none/labels.sqlite")).cause.contains("check that its folder exists")
        )
        #expect(try Self.refusal(folder.path).cause.contains("that it is a file"))
    }

    @Test func noticesThatItsFileIsGone() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        let store = try LabelStore(opening: path)
        try store.append([Self.event("1")])
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("away"))
        let calls = [
            { _ = try store.append([Self.event("2")]) }, { _ = try store.labels(of: "harbour") },
            { try store.rebuild() },
        ]
        for call in calls {
            let error = #expect(throws: SQLiteError.self) { try call() }
            #expect(error?.cause.contains("it was moved, removed or replaced") == true)
        }
        try FileManager.default.moveItem(atPath: folder.file("away"), toPath: path)
        #expect(try store.append([Self.event("2")])[0].sequence == 2)
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func survivesAFullDisk() throws {
        let disk = try SmallDisk(kilobytes: 400)
        let path = disk.folder.file("labels.sqlite")
        let store = try LabelStore(opening: path)
        try store.append([Self.event("1")])
        try disk.fill()
        var count = 1
        let error = #expect(throws: SQLiteError.self) {
            // The log may have room for some.
            while count < 1000 {
                try store.append([Self.event("\(count + 1)", box: count)])
                count += 1
            }
        }
        #expect(error?.isOutOfSpace == true)
        #expect(error?.description.hasPrefix("\(path): cannot ") == true)
        #expect(error?.description.hasSuffix("; make room and try again") == true)
        #expect(try store.allEvents().count == count)
        try FileManager.default.removeItem(atPath: disk.folder.file(SmallDisk.fillerName))
        #expect(try store.append([Self.event("\(count + 1)", box: count)])[0].sequence == Int64(count + 1))
        #expect(try store.agrees(with: LabelFold(store.allEvents())))
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func refusesReadOnlyFiles() throws {
        let disk = try SmallDisk(kilobytes: 400)
        let path = disk.folder.file("labels.sqlite")
        do { try LabelStore(opening: path).append([Self.event("1")]) }
        try #require(
            mount("none", disk.folder.path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
        #expect(try Self.refusal(path).cause.contains("it is read-only"))
        #expect(try Self.refusal(disk.folder.file("new")).cause.contains("check that its folder"))
    }

    // MARK: Several at once

    @Test func opensAtTheSameTime() throws {
        let folder = try TemporaryFolder()
        for round in 0..<10 {
            let path = folder.file("labels-\(round).sqlite")
            let stores = Mutex<[LabelStore]>([])
            let errors = Collected<any Error>()
            DispatchQueue.concurrentPerform(iterations: 6) { number in
                do {
                    let store = try LabelStore(opening: path)
                    try store.append([Self.event("\(number)", box: number)])
                    stores.withLock { $0.append(store) }
                } catch {
                    errors.add(error)
                }
            }
            #expect(errors.values.isEmpty, "\(errors.values)")
            for store in stores.withLock({ $0 }) { #expect(try store.allEvents().count == 6) }
        }
    }

    @Test func severalThreadsWriteAndRead() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        let stores = try [LabelStore(opening: path), LabelStore(opening: path)]
        let errors = Collected<any Error>()
        DispatchQueue.concurrentPerform(iterations: 6) { thread in
            let store = stores[thread % 2]
            do {
                for number in 0..<30 {
                    // Each other event is sent by all threads.
                    let id = number % 2 == 0 ? "all-\(number)" : "\(thread)-\(number)"
                    let stored = try store.append([Self.event(id, box: number)])
                    let read = try store.events(after: stored[0].sequence - 1, limit: 1)
                    if read != stored { throw POSIXError(.EIO) }
                    // There are no gaps, into which later events could come.
                    let last = try store.allEvents().map(\.sequence)
                    if last != Array(1...Int64(last.count)) { throw POSIXError(.EIO) }
                }
            } catch {
                errors.add(error)
            }
        }
        #expect(errors.values.isEmpty, "\(errors.values)")
        let events = try stores[0].allEvents()
        #expect(events.count == 15 + 6 * 15)
        for store in stores { #expect(try store.agrees(with: LabelFold(events))) }
    }
}
