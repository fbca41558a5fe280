import Foundation

/// Keeps other processes from writing into a folder, for as long as this value lasts.
///
/// The system lets go of it when the process ends, however that comes; the file that carries it, and names the process, stays.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    /// - Parameter name: of the file in the folder that carries the lock.
    /// - Throws: `FileError` with the code `locked` and the process that has it; also where there is no such folder.
    package init(_ folder: String, name: String) throws(FileError) {
        descriptor = try Self.lock(folder, name: name)
        // Only for the message to others: a full disk does not keep anyone from working.
        let holder = Array("\(getpid())".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, holder, holder.count, 0)
    }

    deinit { close(descriptor) }

    /// Somebody who only asks whether it is held has it for a moment: `isHeld`.
    private static let attemptCount = 50
    private static let pauseMicroseconds: UInt32 = 2000

    /// The folder may be somebody else's: no link is followed, whose file would then be written to, and no pipe waited for.
    private static let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

    /// Whether a process holds the lock.
    package static func isHeld(_ folder: String, name: String) -> Bool {
        let descriptor = open(folder + "/" + name, O_RDONLY | flags)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private static func lock(_ folder: String, name: String) throws(FileError) -> Int32 {
        let path = folder + "/" + name
        var attemptsLeft = attemptCount
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | flags, 0o644)
            guard descriptor >= 0 else { throw FileError(.cannotWrite, "write into the folder", folder) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                // Its last owner may have removed the folder before it let go.
                if isStillNamed(descriptor, path) { return descriptor }
                close(descriptor)
                continue
            }
            var error = FileError(.cannotWrite, "lock the folder", folder)
            let isTaken = errno == EWOULDBLOCK
            close(descriptor)
            guard isTaken else { throw error }
            attemptsLeft -= 1
            if attemptsLeft == 0 {
                error.code = .locked
                error.cause =
                    "process \(holder(path)) is writing into it; wait until it ends, or name another folder"
                throw error
            }
            usleep(pauseMicroseconds)
        }
    }

    private static func holder(_ path: String) -> String {
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        return Int(String(decoding: bytes, as: UTF8.self)).map { "\($0)" } ?? "?"
    }
}

/// Whether a path still leads to an open file.
func isStillNamed(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
        && opened.st_dev == named.st_dev
}
