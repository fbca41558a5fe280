import ArgumentParser
import Files
import Foundation
import Scanning
import Synchronization

/// Whether another program, such as the service, has started the command and looks after it.
///
/// Progress then is one line of JSON after the other on standard output. When standard input ends, the command ends as by
/// Ctrl-C: the other program has closed it, or was killed.
struct Supervision: ParsableArguments {
    @Flag(name: .customLong("supervised"), help: ArgumentHelp(visibility: .hidden)) var isGiven = false

    /// Between two lines, at least.
    private static let pause = Duration.milliseconds(500)
    /// How long a command may go on after standard input has ended.
    private static let endSeconds: UInt32 = 60
    /// Between two looks at a lock that another process has.
    private static let lockPauseMicroseconds: UInt32 = 100_000

    /// A command's job, whose progress the other program reads; it is told of the end of standard input.
    var job: Job<ScanProgress> {
        watchInput()
        let lines = SupervisedLines(pause: Self.pause)
        return Job(
            cancellation: .catchSignals(), progress: { lines.show($0) },
            warning: { ProgressLine.warn("\($0)") })
    }

    /// Requests the cancellation of the process when standard input ends. Does nothing without the option.
    func watchInput() {
        guard isGiven else { return }
        Cancellation.catchSignals()
        let thread = Thread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
            }
            Cancellation.ofSignals.request()
            // Nobody else may be left to end what hangs, and keeps its lock.
            sleep(Self.endSeconds)
            kill(getpid(), SIGKILL)
        }
        thread.start()
    }

    /// Takes the lock of a folder that one process writes into.
    ///
    /// A supervised program waits for it. When a service is killed and started again, the child that it left behind keeps the lock for
    /// some seconds, until it has ended.
    func lock(_ folder: String, name: String) throws -> FolderLock {
        let start = ContinuousClock.now
        while isGiven, FolderLock.isHeld(folder, name: name),
            ContinuousClock.now - start < .seconds(Self.endSeconds + 10)
        {
            try Cancellation.ofSignals.check()
            usleep(Self.lockPauseMicroseconds)
        }
        return try FolderLock(folder, name: name)
    }
}

/// Prints how far a scan is, not too often.
private final class SupervisedLines: Sendable {
    /// What a line says.
    private struct Line: Encodable {
        var windowCount: Int
        var finishedWindowCount: Int
        var windowsPerSecond: Double
        var remainingSeconds: Double?
    }

    private let lastShown = Mutex(ContinuousClock.Instant?.none)
    private let pause: Duration

    init(pause: Duration) { self.pause = pause }

    func show(_ progress: ScanProgress) {
        let now = ContinuousClock.now
        let isDue = lastShown.withLock { last in
            if let shown = last, now - shown < pause, progress.finishedWindowCount < progress.windowCount {
                return false
            }
            last = now
            return true
        }
        guard isDue else { return }
        let remaining = progress.remainingSeconds.flatMap { $0.isFinite ? $0 : nil }
        let line = Line(
            windowCount: progress.windowCount, finishedWindowCount: progress.finishedWindowCount,
            windowsPerSecond: progress.windowsPerSecond.isFinite ? progress.windowsPerSecond : 0,
            remainingSeconds: remaining)
        // Numbers that are finite always are JSON.
        guard let text = try? JSONText(line) else { return }
        say(text)
        // A pipe's reader would wait for more lines otherwise.
        fflush(nil)
    }
}
