import Foundation
import Synchronization
import TestSupport
import Testing

/// A process in which the tool is loaded, and which forks for each run of it: `tilescope-forks`.
///
/// A run in it is that of a process of its own, apart from the start of the program.
struct LoadedTool {
    private struct Run: Encodable {
        var arguments: [String]
        var folder: String
        var input: String
        var output: String
        var errors: String
    }

    /// Those that run nothing now. There are at most as many as tests at the same time.
    private static let idle = Mutex<[AnsweringProcess]>([])

    /// Whether runs are forked. A process of several threads that is forked may have no new ones under ThreadSanitizer.
    static let isUsed = ProcessInfo.processInfo.environment["TSAN_OPTIONS"]?.contains("races.txt") != true

    /// Runs the tool to its end.
    static func run(_ arguments: [String], folder: String, input: [UInt8]) throws -> ToolRun {
        let streams = try TemporaryFolder()
        let run = Run(
            arguments: arguments, folder: folder, input: try streams.write(input, to: "input"),
            output: try streams.write([], to: "output"), errors: try streams.write([], to: "errors"))
        let process =
            try idle.withLock { $0.popLast() } ?? AnsweringProcess(ToolRun.path(of: "tilescope-forks"), [])
        let status: Int32 = try process.answer(to: run)
        idle.withLock { $0.append(process) }
        let texts = try ["output", "errors"].map { String(decoding: try streams.bytes($0), as: UTF8.self) }
        // As a shell has it where a signal was the end.
        let exitCode = status & 0x7F == 0 ? status >> 8 : 128 + status & 0x7F
        return ToolRun(exitCode: exitCode, output: texts[0], errors: texts[1])
    }
}
