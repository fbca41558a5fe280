import Foundation
import Service
import Synchronization
import TestSupport
import Testing

struct ScanChildTests {
    /// Runs a program to its end.
    ///
    /// - Parameter isCancelled: whether it is asked to end at once.
    private static func run(
        _ path: String, _ arguments: [String], isCancelled: Bool = false,
        patience: ChildProgram.Patience = ChildProgram.Patience()
    ) async throws -> (lines: [String], end: ChildProgram.End) {
        let lines = Collected<String>()
        let end = try await withCheckedThrowingContinuation { continuation in
            do {
                let child = try ChildProgram(
                    starting: path, arguments, niceness: 5, patience: patience, line: { lines.add($0) },
                    end: { continuation.resume(returning: $0) })
                if isCancelled { child.cancel() }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return (lines.values, end)
    }

    @Test func readsLinesAndTheEnd() async throws {
        let run = try await Self.run("/usr/bin/printf", ["one\\ntwo\\n\\nlast"])
        #expect(run.lines == ["one", "two", "", "last"])
        #expect(run.end == ChildProgram.End(exitCode: 0, signal: nil, errors: ""))
    }

    @Test func keepsWhatIsSaidOfAnError() async throws {
        let run = try await Self.run("/bin/ls", ["/nowhere-at-all"])
        #expect(run.end.exitCode == 2)
        #expect(run.end.errors.contains("nowhere-at-all"))
    }

    @Test func endsAtTheEndOfItsInput() async throws {
        let run = try await Self.run("/bin/cat", [], isCancelled: true)
        #expect(run.end == ChildProgram.End(exitCode: 0, signal: nil, errors: ""))
    }

    @Test func terminatesWhatGoesOn() async throws {
        let run = try await Self.run(
            "/bin/sleep", ["100"], isCancelled: true,
            patience: ChildProgram.Patience(untilTerminated: .milliseconds(100), untilKilled: .seconds(30)))
        #expect(run.end.signal == SIGTERM)
        #expect(run.end.exitCode == nil)
    }

    @Test func saysWhatCannotBeStarted() async throws {
        let error = await #expect(throws: ChildError.self) { try await Self.run("/nowhere-at-all", []) }
        #expect(error?.description.contains("/nowhere-at-all") == true)
    }

    @Test func inheritsNothing() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([], to: "open")
        // As a library may open it: children would get it.
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        for _ in 0..<4 {
            let run = try await Self.run("/bin/ls", ["-l", "/proc/self/fd"])
            #expect(!run.lines.contains { $0.contains(path) }, "\(run.lines)")
            #expect(run.lines.count { $0.contains("socket:") } >= 3)
        }
    }

    @Test func endsManyAtOnce() async throws {
        try await withThrowingTaskGroup(of: Int32?.self) { group in
            for _ in 0..<40 {
                group.addTask { try await Self.run("/bin/cat", [], isCancelled: true).end.exitCode }
            }
            for try await code in group { #expect(code == 0) }
        }
    }

    @Test func boundsWhatItKeepsOfErrors() async throws {
        let folder = try TemporaryFolder()
        let lines = (0..<20000).map { "line \($0)" }.joined(separator: "\n")
        let path = try folder.write(Array(lines.utf8), to: "lines")
        let run = try await Self.run("/usr/bin/dd", ["if=" + path, "of=/dev/stderr", "status=none"])
        // A socket cannot be opened by its name; where it can, only the end is kept.
        #expect(run.end.errors.utf8.count <= 1 << 15)
    }
}
