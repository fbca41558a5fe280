import Bytes
import Cluster
import Engines
import Scanning
import Testing

@Suite struct FrameTests {
    /// Gives bytes as a stream does.
    private struct Stream {
        var bytes: [UInt8]

        mutating func next(_ count: Int) -> [UInt8] {
            defer { bytes.removeFirst(min(count, bytes.count)) }
            return Array(bytes.prefix(count))
        }
    }

    private func read(_ bytes: [UInt8]) throws(ProtocolError) -> [Frame] {
        var stream = Stream(bytes: bytes)
        var frames: [Frame] = []
        while let frame = try Frame.read({ (count) throws(ProtocolError) in stream.next(count) }) {
            frames.append(frame)
        }
        return frames
    }

    @Test func whatIsWrittenIsRead() throws {
        let frames = [Frame(.hello, []), Frame(.result, Array(0...255)), Frame(.finish, Array("{}".utf8))]
        #expect(try read(frames.flatMap(\.bytes)) == frames)
        #expect(try read([]) == [])
    }

    /// The bytes of docs/worker-protocol.md.
    @Test func theBytesAreThoseOfThePage() {
        let expected: [UInt8] = [2, 0, 0, 0, 8, 0, 1, 0, 0xFF, 0xF0, 0xEF, 0x51, 0x7B, 0x7D]
        #expect(Frame(.finish, Array("{}".utf8)).bytes == expected)
    }

    @Test func everyCutAndEveryChangedByteIsAnError() throws {
        let bytes = Frame(.range, Array("{\"range\":7}".utf8)).bytes
        for count in 1..<bytes.count {
            #expect(throws: ProtocolError.self, "\(count)") { try read(Array(bytes[..<count])) }
        }
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x10
            #expect(throws: ProtocolError.self, "\(place)") { try read(changed) }
        }
    }

    @Test func anotherVersionIsSaid() throws {
        var bytes = Frame(.hello, []).bytes
        bytes[6] = 9
        let error = #expect(throws: ProtocolError.self) { try read(bytes) }
        #expect(error?.description.contains("it speaks version 9 of the worker protocol, not 1") == true)
    }

    @Test(arguments: UInt64(0)..<20) func resultsComeBack(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let windows = WindowRange(rows: 3..<3 + Int.random(in: 1...40, using: &random), columns: 100..<300)
        let count = Int.random(in: 0...200, using: &random)
        let candidates = (0..<count).map { _ in
            Candidate(
                row: Int.random(in: windows.rows, using: &random),
                column: Int.random(in: windows.columns, using: &random),
                label: Int.random(in: 0...65535, using: &random),
                score: Float.random(in: 0...1, using: &random))
        }.sorted(by: Candidate.isBefore)
        var timing = ScanTiming()
        timing.scoredWindowCount = windows.windowCount
        (timing.readSeconds, timing.scoreSeconds, timing.scanSeconds) = (0.5, 1.25, 1.5)
        timing.fetchSeconds = 0.25
        let result = RangeResult(
            task: 3, range: Int(UInt32.max), windows: windows, candidates: candidates, timing: timing,
            cpuSeconds: 2.5)
        #expect(try RangeResult(result.frame()) == result)
        var frame = result.frame()
        frame.payload[Int.random(in: 8..<frame.payload.count, using: &random)] ^= 1
        // A flipped bit of a duration is another duration, and padding says nothing; the frame's checksum sees both.
        if let other = try? RangeResult(frame) {
            #expect(other.candidates == candidates && other.windows == windows)
        }
    }

    @Test func messagesComeBack() throws {
        let task = Failure(task: 1, range: 2, windowCount: 3, reason: .scene, cause: "it is not there")
        #expect(try Failure(task.frame()) == task)
        let range = RangeMessage(
            task: 1, range: 2, windows: WindowRange(rows: 0..<2, columns: 1..<4), seconds: 3)
        #expect(try RangeMessage(range.frame()) == range)
        #expect(throws: ProtocolError.self) { try RangeMessage(Frame(.range, Array("{}".utf8))) }
    }
}
