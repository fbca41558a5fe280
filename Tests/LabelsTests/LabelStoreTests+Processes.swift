import Bytes
import Foundation
import Labels
import TestSupport
import Testing

/// `tilescope-label-writer`, until it is killed.
private final class Writer {
    private let process = Process()
    private let output = Pipe()
    private var text = ""

    init(_ path: String, first: Int, count: Int) throws {
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "tilescope-label-writer")
        process.arguments = [path, "\(first)", "\(count)"]
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { kill() }

    private func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitForEnd()
    }

    /// Waits until it has printed at least so many ids.
    func wait(forLines count: Int) throws {
        while text.utf8.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            let data = output.fileHandleForReading.availableData
            // It has ended by itself.
            guard !data.isEmpty else { throw POSIXError(.EPIPE) }
            text += String(decoding: data, as: UTF8.self)
        }
    }

    /// Kills it.
    ///
    /// - Returns: all ids that it has printed.
    func end() throws -> [String] {
        kill()
        text += String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }
}

extension LabelStoreTests {
    /// What a killed writer has left.
    ///
    /// - Parameter count: events in one append.
    private static func check(
        _ stored: [StoredLabelEvent], _ printed: [String], first: Int, count: Int
    ) {
        let ids = stored.map(\.event.id)
        // In their order, each once; at most one append did not come to print its ids.
        #expect(ids == (0..<ids.count).map { "event-\(first + $0)" })
        #expect(printed == Array(ids.prefix(printed.count)))
        #expect(
            [0, count].contains(ids.count - printed.count), "\(ids.count) stored, \(printed.count) printed")
    }

    @Test(arguments: UInt64(0)..<50) func losesNothingWhenKilled(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        let count = [1, 5, 40][Int(seed % 3)]
        let writer = try Writer(path, first: 0, count: count)
        // Some are killed while they start and create the file, most in the midst of writing.
        let lines = seed % 5 == 0 ? 0 : Int.random(in: 1...60, using: &random)
        try writer.wait(forLines: lines)
        usleep(UInt32.random(in: 0...(lines == 0 ? 60_000 : 8_000), using: &random))
        let printed = try writer.end()
        let store = try LabelStore(opening: path)
        let stored = try store.allEvents()
        Self.check(stored, printed, first: 0, count: count)
        let fold = LabelFold(stored)
        #expect(try store.agrees(with: fold))
        try store.rebuild()
        #expect(try store.agrees(with: fold))
    }

    @Test func twoProcessesWriteOneFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("labels.sqlite")
        let firsts = [0, 1_000_000]
        let writers = try firsts.map { try Writer(path, first: $0, count: 3) }
        for writer in writers { try writer.wait(forLines: 60) }
        let printed = try writers.map { try $0.end() }
        let store = try LabelStore(opening: path)
        let stored = try store.allEvents()
        for (first, printed) in zip(firsts, printed) {
            Self.check(stored.filter { $0.event.source == "scene-\(first)" }, printed, first: first, count: 3)
        }
        #expect(try store.agrees(with: LabelFold(stored)))
    }
}
