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
                            "nobody takes the answers any more: \(String(cString: strerror(errno)))")
                    }
                }
            }
        }
    }
}

/// Says each second that the worker is alive, and ends a range that takes too long.
final class HeartbeatThread: Sendable {
    /// What is scored meanwhile.
    let job: Job<ScanProgress>
    private let windowCount: WindowCounter
    private let isOver = Mutex(false)

    /// - Parameter seconds: after which the job is cancelled.
    /// - Parameter graceSeconds: after which, then, the process ends itself: it hangs where nobody looks for cancellations.
    init(
        _ output: FrameOutput, task: Int? = nil, range: Int? = nil, seconds: Double? = nil,
        graceSeconds: Double = 0
    ) {
        let cancellation = Cancellation()
        let counter = WindowCounter()
        windowCount = counter
        // Before its first nap a small range could be over.
        if let seconds, seconds <= 0 { cancellation.request() }
        job = Job(cancellation: cancellation, progress: { counter.set($0.scoredWindowCount) })
        let thread = Thread { [weak self] in
            let start = ContinuousClock.now
            var beats = 0
            while true {
                // In short naps, so that the thread ends soon after the range, and a limit of seconds is kept.
                usleep(50_000)
                guard let self, !self.isOver.withLock({ $0 }) else { return }
                let spent = start.duration(to: .now) / .seconds(1)
                if let seconds, spent > seconds {
                    cancellation.request()
                    if spent > seconds + graceSeconds { abandon(seconds) }
                }
                guard spent >= Double(beats + 1) else { continue }
                beats += 1
                self.isOver.withLock { isOver in
                    guard !isOver else { return }
                    // Whoever does not read it any more has gone; the loop sees that too.
                    try? output.send(Heartbeat(task: task, range: range, windowCount: counter.value))
                }
            }
        }
        thread.start()
    }

    /// No message of it comes after this.
    func end() { isOver.withLock { $0 = true } }
}

private final class WindowCounter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func set(_ value: Int) { count.store(value, ordering: .relaxed) }
}

private func abandon(_ seconds: Double) -> Never {
    FileHandle.standardError.write(
        Data("a range did not end when its \(seconds) s were over; the worker ends\n".utf8))
    _exit(1)
}
