import Files
import Foundation
import NIOCore
import Service
import TestSupport
import Testing

/// Scans whose program is a small one of ours.
struct ScanRunnerTests {
    /// Says how far it is, and waits for the end of its input; then it fails, as a scan that is cancelled does.
    private static let waiting = """
        #!/usr/bin/awk -f
        BEGIN {
            print "{\\"windowCount\\":10,\\"finishedWindowCount\\":5,\\"windowsPerSecond\\":2,\\"remainingSeconds\\":2.5}"
            fflush()
            while ((getline line < "-") > 0) {}
            exit 1
        }
        """
    private static let failing = """
        #!/usr/bin/awk -f
        BEGIN { print "Error: " ARGV[ARGC - 1] ": cannot be read" > "/dev/stderr"; exit 1 }
        """

    private static func settings(
        _ folder: TemporaryFolder, program: String, _ change: (inout ScanRunner.Settings) -> Void = { _ in }
    ) throws -> ScanRunner.Settings {
        let path = folder.file("program")
        if access(path, F_OK) != 0 {
            _ = try folder.write(Array(program.utf8), to: "program")
            _ = try folder.write(Array("model".utf8), to: "model")
            chmod(path, 0o755)
        }
        var limits = ServiceLimits()
        limits.freeByteCount = 0
        var settings = ScanRunner.Settings(program: path, dataFolder: folder.path, limits: limits)
        change(&settings)
        return settings
    }

    private static func runner(_ settings: ScanRunner.Settings) async throws -> ScanRunner {
        let model = settings.dataFolder + "/model"
        return try await ScanRunner(
            settings, scene: { ("/scenes/\($0).tif", "\($0).tif") }, model: { _ in (model, ["car"]) })
    }

    private static func request() throws -> ScanRequest {
        try ScanRequest(parsing: Array(#"{"scene":"s","model":"m"}"#.utf8))
    }

    private static func wait(
        _ runner: ScanRunner, _ id: String, until isReached: (StoredScan) -> Bool
    ) async throws -> StoredScan {
        for _ in 0..<3000 {
            let scan = try await runner.scan(id)
            if isReached(scan) { return scan }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("the scan never got so far: \(try await runner.scan(id))")
        return try await runner.scan(id)
    }

    @Test func runsOneScanAfterTheOther() async throws {
        let folder = try TemporaryFolder()
        let runner = try await Self.runner(Self.settings(folder, program: Self.waiting))
        let first = try await runner.create(Self.request())
        let second = try await runner.create(Self.request())
        let running = try await Self.wait(runner, first.id) { $0.advance != nil }
        #expect(running.phase == .running)
        #expect(running.advance?.fraction == 0.5)
        #expect(try await runner.scan(second.id).phase == .waiting)
        #expect(await runner.isUsed(scene: "s"))
        await #expect(throws: (any Error).self) { try await runner.delete(first.id) }
        #expect(try await runner.cancel(first.id).phase == .cancelled)
        await #expect(throws: (any Error).self) { try await runner.cancel(first.id) }
        _ = try await Self.wait(runner, second.id) { $0.phase == .running }
        #expect(try await runner.resume(first.id).phase == .waiting)
        _ = try await runner.cancel(second.id)
        _ = try await Self.wait(runner, first.id) { $0.phase == .running }
        await runner.stop()
        await runner.waitForChildren()
        #expect(try await runner.scan(first.id).phase == .running)
        try await runner.delete(second.id)
        await #expect(throws: (any Error).self) { try await runner.scan(second.id) }
        #expect(try TemporaryFolder.entries(folder.file("scans")).contains(second.id) == false)
    }

    @Test func goesOnAfterANewStart() async throws {
        let folder = try TemporaryFolder()
        let ids: [String]
        do {
            let runner = try await Self.runner(Self.settings(folder, program: Self.waiting))
            ids = [try await runner.create(Self.request()).id, try await runner.create(Self.request()).id]
            _ = try await Self.wait(runner, ids[0]) { $0.phase == .running }
            await runner.stop()
            await runner.waitForChildren()
        }
        let runner = try await Self.runner(
            Self.settings(folder, program: Self.waiting) { $0.runningLimit = 2 })
        for id in ids { _ = try await Self.wait(runner, id) { $0.phase == .running } }
        await runner.stop()
        await runner.waitForChildren()
    }

    @Test func tellsWhyAScanHasFailed() async throws {
        let folder = try TemporaryFolder()
        let runner = try await Self.runner(Self.settings(folder, program: Self.failing))
        let id = try await runner.create(Self.request()).id
        let scan = try await Self.wait(runner, id) { $0.phase.isEnded }
        #expect(scan.phase == .failed)
        #expect(scan.error == "s.tif: cannot be read")
        #expect(scan.ended != nil)
        await #expect(throws: (any Error).self) { try await runner.merge(id, parsing: Array("{}".utf8)) }
        try await runner.delete(id)
    }

    @Test func refusesAModelThatHasChanged() async throws {
        let folder = try TemporaryFolder()
        let runner = try await Self.runner(Self.settings(folder, program: Self.failing))
        let id = try await runner.create(Self.request()).id
        _ = try await Self.wait(runner, id) { $0.phase.isEnded }
        _ = try folder.write(Array("another".utf8), to: "model")
        _ = try await runner.resume(id)
        let scan = try await Self.wait(runner, id) { $0.phase.isEnded }
        #expect(scan.error?.contains("has changed") == true)
    }

    @Test func refusesTooManyScans() async throws {
        let folder = try TemporaryFolder()
        let runner = try await Self.runner(
            Self.settings(folder, program: Self.waiting) { $0.limits.scanCount = 2 })
        for _ in 0..<2 { _ = try await runner.create(Self.request()) }
        let error = await #expect(throws: (any Error).self) { try await runner.create(Self.request()) }
        #expect("\(String(describing: error))".contains("429"))
        await runner.stop()
        await runner.waitForChildren()
    }

    // MARK: Events

    private static func text(_ piece: ByteBuffer?) -> String { piece.map { String(buffer: $0) } ?? "" }

    @Test func sendsTheStateAndEachChange() async throws {
        let folder = try TemporaryFolder()
        let runner = try await Self.runner(Self.settings(folder, program: Self.waiting))
        let id = try await runner.create(Self.request()).id
        let running = try await Self.wait(runner, id) { $0.advance != nil }
        var pieces = ScanEvents(runner, id: id, commentSeconds: 0.2).stream(after: nil).makeAsyncIterator()
        let first = Self.text(await pieces.next())
        #expect(first.hasPrefix("id: \(running.updated)\nevent: state\ndata: {"))
        #expect(first.hasSuffix("}\n\n"))
        #expect(first.contains(#""fraction":0.5"#))
        #expect(Self.text(await pieces.next()) == ": still running\n\n")
        let cancelled = try await runner.cancel(id)
        let last = Self.text(await pieces.next())
        #expect(last.hasPrefix("id: \(cancelled.updated)\nevent: state\n"))
        #expect(cancelled.updated > running.updated)
        #expect(await pieces.next() == nil)
        // Who has seen all gets nothing more.
        var others = ScanEvents(runner, id: id).stream(after: cancelled.updated).makeAsyncIterator()
        #expect(await others.next() == nil)
        await runner.waitForChildren()
    }

    @Test func endsEventsWhenTheServiceStops() async throws {
        let folder = try TemporaryFolder()
        let runner = try await Self.runner(Self.settings(folder, program: Self.waiting))
        let id = try await runner.create(Self.request()).id
        let running = try await Self.wait(runner, id) { $0.advance != nil }
        let reader = Task {
            var pieces = ScanEvents(runner, id: id).stream(after: running.updated).makeAsyncIterator()
            return await pieces.next() == nil
        }
        try await Task.sleep(for: .milliseconds(50))
        runner.stopSoon()
        #expect(await reader.value)
        await runner.waitForChildren()
    }

    // MARK: Downloads

    @Test(arguments: HostileName.ofFiles) func namesDownloadsInASCII(name: HostileName) throws {
        let field = ScanFiles.disposition(ofName: name.text, isInline: false)
        #expect(field.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        let parts = field.split(separator: "; ", maxSplits: 2)
        #expect(parts.first == "attachment")
        let encoded = try #require(field.split(separator: "UTF-8''").last)
        #expect(
            String(encoded).removingPercentEncoding?.unicodeScalars.elementsEqual(name.text.unicodeScalars)
                == true)
    }

    @Test(
        arguments: [
            (nil, ByteRange.whole), ("bytes=0-0", .part(0..<1)), ("bytes=2-5", .part(2..<6)),
            ("bytes=2-", .part(2..<10)), ("bytes=-3", .part(7..<10)), ("bytes=-30", .part(0..<10)),
            ("bytes=5-99", .part(5..<10)), ("bytes=10-", .impossible), ("bytes=-0", .impossible),
            ("bytes=99999999999999999999-", .impossible), ("bytes=0-99999999999999999999", .part(0..<10)),
            ("bytes=5-2", .whole), ("bytes=0-1,3-4", .whole), ("bytes=+1-2", .whole), ("lines=1-2", .whole),
            ("bytes=", .whole), ("bytes=-", .whole),
        ] as [(String?, ByteRange)])
    func readsRanges(field: String?, range: ByteRange) {
        #expect(ByteRange(field, byteCount: 10) == range)
        if field != nil { #expect(ByteRange("bytes=0-", byteCount: 0) == .impossible) }
    }
}

extension TemporaryFolder {
    fileprivate static func entries(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path)
    }
}
