import Foundation

/// Keeps others from training into one folder, for as long as this value lasts.
///
/// The system lets go of it when the process ends, however that comes; the file that names the process stays.
final class RunLock {
    private let descriptor: Int32

    /// - Throws: `TrainingError` with the process that holds it.
    init(_ path: String) throws(TrainingError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TrainingError(writing: "open \(path)") }
        var attemptsLeft = Self.attemptCount
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            let isHeld = errno == EWOULDBLOCK
            attemptsLeft -= 1
            if isHeld && attemptsLeft > 0 {
                usleep(Self.pauseMicroseconds)
                continue
            }
            var error = TrainingError(writing: "lock \(path)")
            if isHeld {
                let holder = FileManager.default.contents(atPath: path).map {
                    String(decoding: $0, as: UTF8.self)
                }
                error.code = .runLocked
                error.cause =
                    "process \(holder.flatMap { Int($0) }.map(String.init) ?? "?") is training into this folder; "
                    + "wait for its end, or give another --output"
            }
            throw error
        }
        // Only for the message above: a full disk does not keep anyone from training.
        let holder = Array("\(getpid())".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, holder, holder.count, 0)
    }

    /// Somebody who only asks whether it is held has it for a moment: `isHeld`.
    private static let (attemptCount, pauseMicroseconds) = (50, UInt32(2000))

    /// Whether a process holds the lock of this path.
    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    deinit { close(descriptor) }
}
