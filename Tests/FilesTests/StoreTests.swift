import Files
import Foundation
import TestSupport
import Testing

/// Files and folders in a real object store, with what goes wrong on the way there.
@Suite(.enabled(if: TestStore.isThere, Comment(rawValue: TestStore.skipped)), .serialized) struct StoreTests {
    let folder: StoreFolder

    init() throws { folder = try StoreFolder() }

    private func write(_ bytes: [UInt8], to name: String, replaces: Bool = true) throws(FileError) {
        let path = folder.address(name)
        var file = try FileWriter(replaces ? .replacing(path) : .new(path))
        try file.write(bytes)
        try file.commit()
    }

    private func read(_ name: String) throws(FileError) -> [UInt8] {
        try readFile(folder.address(name), limit: 1 << 30)
    }

    private func isThere(_ name: String) throws(FileError) -> Bool {
        try StoredFile.isThere(Address(folder.address(name)))
    }

    /// Bytes that no compression makes shorter and that are the same each time.
    private func noise(_ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
    }

    @Test func aFileAppearsWhenItIsComplete() throws {
        var file = try FileWriter(.new(folder.address("a")))
        try file.write(Array("abc".utf8))
        try file.end()
        #expect(try !isThere("a"))
        try file.commit()
        #expect(try read("a") == Array("abc".utf8))
        // Nothing is left of it here.
        #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.local.file("work")).count == 1)
    }

    @Test func aFileThatIsThereIsReplacedOnlyOnRequest() throws {
        try write([1], to: "a")
        let early = #expect(throws: FileError.self) { try write([2], to: "a", replaces: false) }
        #expect(early?.code == .exists)
        #expect(try read("a") == [1])
        try write([3], to: "a")
        #expect(try read("a") == [3])
    }

    /// Of two machines that make one file, the store takes the first: neither looks before the other is done.
    @Test func oneOfTwoWritersGetsAnError() throws {
        let path = folder.address("a")
        var first = try FileWriter(.new(path))
        var second = try FileWriter(.new(path))
        try first.write([1])
        try second.write([2])
        // As if the second had looked before the first was done.
        var seen = TestStore.Rule(path: folder.path("a"))
        (seen.method, seen.status, seen.code) = ("HEAD", 404, "NoSuchKey")
        try first.commit()
        let error = try folder.store.with(seen) {
            do throws(FileError) {
                try second.commit()
                return FileError?.none
            } catch {
                return error
            }
        }
        #expect(
            error?.cause.contains("the complete file is kept as ") == true, "\(String(describing: error))")
        #expect(try read("a") == [1])
    }

    @Test(arguments: [
        "sp ace", "per%cent", "pe%20r", "ha#sh", "quest?ion", "um läut ß", "plus+", "a&b=c;d", "quote'\"",
        "[x]{y}",
    ])
    func namesAreTakenAsTheyAre(name: String) throws {
        try write(Array(name.utf8), to: "keys/" + name)
        #expect(try read("keys/" + name) == Array(name.utf8))
        let listed = try StoredFolder(listing: Address(folder.address("keys"))).entries.map(\.name)
        #expect(listed == [name])
        try StoredFile.remove(Address(folder.address("keys/" + name)))
        #expect(try !isThere("keys/" + name))
    }

    /// A store has names with slashes, and a list of them takes a request for each thousand, however many folders there are.
    @Test func aListHasFoldersBeforeWhatTheyHold() throws {
        let deepest = (1...9).map { "\($0)/" }.joined()
        for name in ["b", "a/1", "a/c/2", "a/c/3", deepest + "x"] { try write([1], to: "list/" + name) }
        var entries: [StoredFolder.Entry] = []
        let requests = try folder.store.requests(of: "/lake") {
            entries = try StoredFolder(listing: Address(folder.address("list"))).entries
        }
        let path = [
            "1", "1/2", "1/2/3", "1/2/3/4", "1/2/3/4/5", "1/2/3/4/5/6", "1/2/3/4/5/6/7", "1/2/3/4/5/6/7/8",
        ]
        let deep = path + [path[7] + "/9"]
        #expect(entries.map(\.name) == deep + ["a", "a/1", "a/c", "a/c/2", "a/c/3", "b"])
        #expect(entries.filter(\.isFolder).map(\.name) == deep + ["a", "a/c"])
        #expect(entries.filter { !$0.isFolder }.allSatisfy { $0.version.count == 32 })
        #expect(requests.count == 1, "\(requests)")
    }

    @Test func anEmptyFileIsAFile() throws {
        try write([], to: "empty")
        #expect(try isThere("empty"))
        #expect(try read("empty").isEmpty)
    }

    @Test func saysWhatIsNotThere() throws {
        let missing = #expect(throws: FileError.self) { try read("none") }
        #expect(missing?.description == "\(folder.address("none")): cannot open: it is not there")
        #expect(try readFileIfThere(folder.address("none"), limit: 9) == nil)
        for path in ["s3://no-such-bucket-here/a"] {
            let error = #expect(throws: FileError.self) { try readFile(path, limit: 9) }
            #expect(error?.cause.hasPrefix("there is no such bucket (NoSuchBucket)") == true)
            #expect(throws: FileError.self) { try readFileIfThere(path, limit: 9) }
            // Before the work rather than after it.
            #expect(throws: FileError.self) { _ = try FileWriter(.new(path)) }
        }
        let list = #expect(throws: FileError.self) {
            try StoredFolder(listing: Address("s3://no-such-bucket-here"))
        }
        #expect(list?.cause.contains("NoSuchBucket") == true)
    }

    /// GDAL keeps only the message of an answer that has one, which here is "by the proxy".
    @Test(arguments: [
        (403, "AccessDenied", "the credentials do not allow it (AccessDenied): by the proxy"),
        (403, "SignatureDoesNotMatch", "the secret key is wrong (SignatureDoesNotMatch): by the proxy"),
        (403, "InvalidAccessKeyId", "by the proxy"), (400, "ExpiredToken", "by the proxy"),
        (403, "RequestTimeTooSkewed", "by the proxy"),
    ])
    func aRefusalIsNoAbsence(status: Int, code: String, words: String) throws {
        try write([1], to: "a")
        var rule = TestStore.Rule(path: folder.name)
        (rule.status, rule.code) = (status, code)
        try folder.store.with(rule) {
            for name in ["a", "none"] {
                let error = #expect(throws: FileError.self) { try read(name) }
                #expect(error?.cause == words, "\(error?.cause ?? "")")
                let other = #expect(throws: FileError.self) { try isThere(name) }
                #expect(other?.cause == words)
            }
            let list = #expect(throws: FileError.self) {
                try StoredFolder(listing: Address(folder.address), emptyWhereNothingIs: true)
            }
            #expect(list?.cause.contains(code) == true, "\(list?.cause ?? "")")
            let upload = #expect(throws: FileError.self) { try write([2], to: "b") }
            #expect(upload?.cause.contains("by the proxy") == true, "\(upload?.cause ?? "")")
        }
        #expect(try read("a") == [1])
        #expect(try !isThere("b"))
    }

    @Test(arguments: ["GET", "PUT"], [503, 429, 500]) func aBusyStoreIsAskedAgain(method: String, status: Int)
        throws
    {
        let bytes = noise(100_000)
        if method == "GET" { try write(bytes, to: "a") }
        var rule = TestStore.Rule(path: folder.path("a"))
        (rule.method, rule.status, rule.code, rule.count) = (method, status, "SlowDown", 2)
        try folder.store.with(rule) {
            if method == "PUT" { try write(bytes, to: "a") }
            #expect(try read("a") == bytes)
        }
    }

    @Test func aSlowAnswerIsAwaited() throws {
        let bytes = noise(100_000)
        try write(bytes, to: "a")
        var rule = TestStore.Rule(path: folder.path("a"))
        (rule.method, rule.delay, rule.rate) = ("GET", 300, 80_000)
        let got = try folder.store.with(rule) { try read("a") }
        #expect(got == bytes)
    }

    @Test func aStoreThatStaysBusyIsAnError() throws {
        try write(noise(100_000), to: "a")
        var rule = TestStore.Rule(path: folder.path("a"))
        (rule.status, rule.code) = (503, "SlowDown")
        try folder.store.with(rule) { #expect(throws: FileError.self) { try read("a") } }
    }

    /// Never a shorter file.
    @Test(arguments: [0, 1, 5_000, 99_999], [1, 100]) func aConnectionThatIsCutGivesAllOrAnError(
        cut: Int, count: Int
    ) throws {
        let bytes = noise(100_000)
        try write(bytes, to: "a")
        var rule = TestStore.Rule(path: folder.path("a"))
        (rule.method, rule.cut, rule.count) = ("GET", cut, count)
        try folder.store.with(rule) {
            do throws(FileError) {
                let got = try read("a")
                #expect(got == bytes)
            } catch {
                #expect(error.code == .cannotRead, "\(error)")
            }
        }
        #expect(try read("a") == bytes)
    }

    @Test func anAnswerThatIsLostCostsNothing() throws {
        let bytes = noise(100_000)
        var rule = TestStore.Rule(path: folder.path("a"))
        (rule.method, rule.status, rule.code, rule.lost, rule.count) = ("PUT", 503, "SlowDown", true, 1)
        try folder.store.with(rule) { try write(bytes, to: "a", replaces: false) }
        #expect(try read("a") == bytes)
    }

    @Test func whatCannotBeUploadedIsKept() throws {
        var rule = TestStore.Rule(path: folder.path("a"))
        (rule.method, rule.status, rule.code) = ("PUT", 403, "AccessDenied")
        let error = try folder.store.with(rule) {
            #expect(throws: FileError.self) { try write([1, 2, 3], to: "a") }
        }
        let kept = try #require(error?.cause.components(separatedBy: "kept as ").last)
        #expect(try readFile(kept, limit: 9) == [1, 2, 3])
        #expect(try !isThere("a"))
    }

    /// In parts, of which a store keeps none that does not become a file.
    @Test func aLargeFileIsUploadedInPartsAndAppearsAtOnce() throws {
        let bytes = noise(60 << 20)
        var rule = TestStore.Rule(path: folder.path("a"))
        (rule.method, rule.skip, rule.status, rule.code) = ("PUT", 1, 403, "AccessDenied")
        try folder.store.with(rule) {
            #expect(throws: FileError.self) { try write(bytes, to: "a") }
        }
        #expect(try !isThere("a"))
        try write(bytes, to: "a")
        #expect(try read("a") == bytes)
    }

    // MARK: The cache

    @Test func aFileIsFetchedOnce() throws {
        let bytes = noise(300_000)
        try write(bytes, to: "a")
        let requests = try folder.store.requests(of: folder.path("a")) {
            for _ in 0..<3 {
                let got = try read("a")
                #expect(got == bytes)
            }
        }
        // Each time the first bytes, to ask for the ETag.
        #expect(requests.filter { $0.sent > 16 << 10 }.reduce(0) { $0 + $1.sent } <= bytes.count)
        #expect(requests.count < 12, "\(requests)")
        try write([1], to: "a")
        #expect(try read("a") == [1])
    }

    @Test func whatWasUsedLongAgoMakesRoom() throws {
        setenv("TILESCOPE_CACHE_GIB", "\(250_000 / 0x1p30)", 1)
        defer { unsetenv("TILESCOPE_CACHE_GIB") }
        for name in ["a", "b", "c"] { try write(noise(100_000), to: name) }
        let open = try FileReader(path: folder.address("a"))
        _ = try read("b")
        _ = try read("c")
        let cached = try FileManager.default.contentsOfDirectory(atPath: folder.local.file("cache"))
        #expect(cached.count == 2)
        // What is open stays.
        #expect(try open.read(100_000, at: 0) == noise(100_000))
        let again = try folder.store.requests(of: folder.path("a")) { _ = try read("a") }
        #expect(again.allSatisfy { $0.sent <= 16 << 10 }, "\(again)")
        try write(noise(300_000), to: "d")
        let error = #expect(throws: FileError.self) { try read("d") }
        #expect(error?.code == .tooLarge && error?.cause.contains("TILESCOPE_CACHE_GIB") == true)
    }

    @Test func aFileThatIsReplacedWhileItIsReadIsAnError() throws {
        try write(noise(20 << 20), to: "a")
        let other = folder.local.file("other")
        try Data(noise(20 << 20).reversed()).write(to: URL(filePath: other))
        let path = folder.address("a")
        Transfers.report(
            to: Job(progress: { progress in
                guard !progress.isUpload, progress.doneByteCount == 8 << 20 else { return }
                try? self.write(Array(Data(contentsOf: URL(filePath: other))), to: "a")
            }))
        defer { Transfers.report(to: Job()) }
        let error = #expect(throws: FileError.self) { try readFile(path, limit: 1 << 30) }
        #expect(error?.code == .changed, "\(String(describing: error))")
    }

    @Test func ctrlCEndsATransfer() throws {
        try write(noise(20 << 20), to: "a")
        let cancellation = Cancellation()
        Transfers.report(to: Job(cancellation: cancellation, progress: { _ in cancellation.request() }))
        defer { Transfers.report(to: Job()) }
        let down = #expect(throws: FileError.self) { try read("a") }
        #expect(down?.code == .interrupted)
        let second = Cancellation()
        Transfers.report(to: Job(cancellation: second, progress: { _ in second.request() }))
        let up = #expect(throws: FileError.self) { try write(noise(20 << 20), to: "b") }
        #expect(up?.code == .interrupted && up?.cause.contains("kept as ") == true)
        Transfers.report(to: Job())
        #expect(try !isThere("b"))
    }

    // MARK: Folders

    private func mirror(on machine: String = "work") throws -> FolderMirror {
        setenv("TILESCOPE_WORK", folder.local.file(machine), 1)
        return try FolderMirror(folder.address("run"))
    }

    private func write(_ text: String, to name: String, of mirror: FolderMirror) throws {
        let path = mirror.path + "/" + name
        try makeFolder(URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false))
        try writeFile(text, to: .replacing(path))
    }

    private var stored: [String] {
        get throws {
            try StoredFolder(listing: Address(folder.address("run")), emptyWhereNothingIs: true).entries
                .filter {
                    !$0.isFolder
                }.map(\.name)
        }
    }

    @Test func twoMachinesWorkInOneFolderOneAfterTheOther() throws {
        let names = ["plan", "checkpoints/1", "checkpoints/2", "model"]
        let first = try mirror()
        try first.fetch { _ in true }
        for name in names.dropLast() { try write(name, to: name, of: first) }
        try write("somebody's", to: "notes", of: first)
        try first.publish(names, removing: names.contains)
        #expect(try stored == ["checkpoints/1", "checkpoints/2", "plan"])
        let second = try mirror(on: "elsewhere")
        try second.fetch { _ in true }
        #expect(try readFile(second.path + "/checkpoints/2", limit: 99) == Array("checkpoints/2".utf8))
        unlink(second.path + "/checkpoints/1")
        try write("new", to: "model", of: second)
        try second.publish(names, removing: names.contains)
        #expect(try stored == ["checkpoints/2", "model", "plan"])
        let back = try mirror()
        try back.fetch { _ in true }
        #expect(try readFile(back.path + "/model", limit: 99) == Array("new".utf8))
        #expect(access(back.path + "/checkpoints/1", F_OK) != 0)
        #expect(access(back.path + "/notes", F_OK) == 0)
        // What has not changed goes neither way.
        let requests = try folder.store.requests(of: folder.path("run/")) {
            try back.fetch { _ in true }
            try back.publish(names, removing: names.contains)
        }
        #expect(
            requests.allSatisfy { $0.method != "PUT" && $0.sent <= 16 << 10 }, "\(requests)")
    }

    @Test func theSummaryGoesFirstAndComesLast() throws {
        let place = try mirror()
        for name in ["summary", "a", "b"] { try write("1", to: name, of: place) }
        try place.publish(["summary", "a", "b"], summary: "summary", removing: { _ in true })
        for name in ["summary", "a"] { try write("22", to: name, of: place) }
        // Fails at the second file.
        var rule = TestStore.Rule(path: folder.path("run/a"))
        (rule.method, rule.status, rule.code) = ("PUT", 403, "AccessDenied")
        try folder.store.with(rule) {
            #expect(throws: FileError.self) {
                try place.publish(["summary", "a", "b"], summary: "summary", removing: { _ in true })
            }
        }
        #expect(try stored == ["a", "b"])
        try place.publish(["summary", "a", "b"], summary: "summary", removing: { _ in true })
        #expect(try stored == ["a", "b", "summary"])
        #expect(try readFile(folder.address("run/a"), limit: 9) == Array("22".utf8))
    }

    // MARK: Locks

    /// The second would otherwise believe that the folder is its own.
    @Test func aStoreThatLooksAtNoConditionLocksNothingAndSaysSo() throws {
        let place = try mirror()
        var rule = TestStore.Rule(path: folder.name)
        rule.drop = "if-none-match"
        try folder.store.with(rule) {
            for _ in 0..<2 {
                var warnings: [String] = []
                let lock = try #require(try place.lock(warn: { warnings.append($0) }))
                #expect(!lock.isHeld)
                #expect(
                    warnings == [
                        "this store cannot lock \(folder.address("run")): let no other machine write into it at the same time"
                    ])
            }
        }
        #expect(try !StoredFile.isThere(Address(lockName)))
    }

    private var lockName: String { folder.address("run/.tilescope-lock") }

    @Test func oneProcessWritesIntoAFolder() throws {
        let place = try mirror()
        do {
            let lock = try #require(try place.lock(warn: { Issue.record("\($0)") }))
            #expect(lock.isHeld)
            let error = #expect(throws: FileError.self) { try place.lock(warn: { _ in }) }
            #expect(error?.code == .locked && error?.cause.contains("process \(getpid()) on ") == true)
            withExtendedLifetime(lock) {}
        }
        #expect(try !StoredFile.isThere(Address(lockName)))
        // Of a process that has ended.
        let dead = Process()
        dead.executableURL = URL(filePath: "/bin/true")
        try dead.run()
        dead.waitForEnd()
        let text: String
        do {
            let lock = try place.lock(warn: { _ in })
            text = String(decoding: try read("run/.tilescope-lock"), as: UTF8.self)
            withExtendedLifetime(lock) {}
        }
        let orphan = text.replacing("\(getpid())", with: "\(dead.processIdentifier)")
        try write(Array(orphan.utf8), to: "run/.tilescope-lock")
        do {
            let lock = try place.lock(warn: { _ in })
            #expect(try read("run/.tilescope-lock") != Array(orphan.utf8))
            withExtendedLifetime(lock) {}
        }
        // Of another machine, just now.
        try write(Array(#"{"host":"elsewhere","process":1,"word":"w"}"#.utf8), to: "run/.tilescope-lock")
        let error = #expect(throws: FileError.self) { try place.lock(warn: { _ in }) }
        #expect(error?.cause.contains("process 1 on elsewhere is writing into it") == true)
    }
}
