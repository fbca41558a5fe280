import Files
import Foundation
import Scanning
import Synchronization

/// Gives the bytes of a stream.
struct FrameInput {
    private let handle: FileHandle

    init(_ handle: FileHandle) { self.handle = handle }

    /// Fewer where the stream ends.
    func next(_ byteCount: Int) throws(ProtocolError) -> [UInt8] {
        var failure: Int32 = 0
        let descriptor = handle.fileDescriptor
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            count = 0
            while count < byteCount, let start = buffer.baseAddress {
                let got = read(descriptor, start + count, byteCount - count)
                if got > 0 {
                    count += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw ProtocolError(String(cString: strerror(failure))) }
        return bytes
    }
}

/// Takes messages from several threads, each whole.
final class FrameOutput: Sendable {
    private let descriptor: Int32
    private let lock = Mutex(())
    /// Keeps the descriptor open.
    private let handle: FileHandle

    init(_ handle: FileHandle) {
        self.handle = handle
        descriptor = handle.fileDescriptor
    }

    func send(_ message: some Message) throws { try send(message.frame()) }

    func send(_ frame: Frame) throws {
        let bytes = frame.bytes
        try lock.withLock { _ in
            try bytes.withUnsafeBytes { buffer in
                var sent = 0
                while sent < buffer.count, let start = buffer.baseAddress {
                    let count = write(descriptor, start + sent, buffer.count - sent)
                    if count >= 0 {
                        sent += count
                    } else if errno != EINTR {
                        throw ProtocolError(
                            "nobody reads the answers any more: \(String(cString: strerror(errno)))")
                    }
                }
            }
        }
    }
}

/// Says each second that the worker is alive, and ends a range that takes too long: one thread for all ranges of a process.
final class HeartbeatThread: Sendable {
    /// What is worked at.
    private struct Work {
        var task: Int?
        var range: Int?
        var seconds: Double?
        let job: Job<ScanProgress>
        let windowCount: WindowCounter
        let start = ContinuousClock.now
        var beatCount = 0
    }

    private let output: FrameOutput
    private let graceSeconds: Double
    private let state = Mutex((work: Work?.none, isOver: false))
    private let wakes = DispatchSemaphore(value: 0)

    /// - Parameter graceSeconds: how long what was cancelled may take to end. Then the process ends itself: it hangs where nobody
    ///   looks for cancellations.
    init(_ output: FrameOutput, graceSeconds: Double) {
        (self.output, self.graceSeconds) = (output, graceSeconds)
        let thread = Thread { [self] in
            while !state.withLock({ $0.isOver }) {
                wakes.wait()
                // In short naps, so that a limit of seconds is kept.
                repeat { usleep(50_000) } while beat()
            }
        }
        thread.start()
    }

    /// Beats while something is done. No message of it comes after this.
    ///
    /// - Parameter seconds: after which it is cancelled; `nil` for no limit.
    func during<Value>(
        task: Int? = nil, range: Int? = nil, seconds: Double? = nil,
        _ body: (Job<ScanProgress>) throws -> Value
    ) rethrows -> Value {
        let (cancellation, counter) = (Cancellation(), WindowCounter())
        // Before the first nap a small range could be over.
        if let seconds, seconds <= 0 { cancellation.request() }
        let job = Job<ScanProgress>(
            cancellation: cancellation, progress: { counter.set($0.scoredWindowCount) })
        let work = Work(task: task, range: range, seconds: seconds, job: job, windowCount: counter)
        state.withLock { $0.work = work }
        wakes.signal()
        defer { state.withLock { $0.work = nil } }
        return try body(job)
    }

    /// Lets the thread end.
    func end() {
        state.withLock { $0.isOver = true }
        wakes.signal()
    }

    /// Returns whether there is something to beat for.
    private func beat() -> Bool {
        state.withLock { state in
            guard let work = state.work else { return false }
            let spent = work.start.duration(to: .now) / .seconds(1)
            if let seconds = work.seconds, spent > seconds {
                work.job.cancellation.request()
                if spent > seconds + graceSeconds { abandon(seconds) }
            }
            if spent >= Double(work.beatCount + 1) {
                state.work?.beatCount += 1
                let beat = Heartbeat(task: work.task, range: work.range, windowCount: work.windowCount.value)
                // Whoever does not read it any more has gone; the loop sees that too.
                try? output.send(beat)
            }
            return true
        }
    }
}

private final class WindowCounter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func set(_ value: Int) { count.store(value, ordering: .relaxed) }
}

private func abandon(_ seconds: Double) -> Never {
    FileHandle.standardError.write(
        Data("a range did not end after its \(seconds) s; the worker ends itself\n".utf8))
    _exit(1)
}
