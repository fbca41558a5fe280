import Bytes
import Foundation
import Synchronization

/// A large file that processes of this machine make for themselves and share while one of them uses it.
///
/// It is in a folder beside that of `StoreCache`: `decoded` in `$TILESCOPE_CACHE`, or `tilescope/decoded` in `$XDG_CACHE_HOME` or `~/.cache`.
/// Whoever uses it holds a lock on it; the last one removes it. What a killed process has left is removed by the next one that
/// looks into the folder.
package final class ScratchFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Takes a lock on the file, which is made where nobody has made it yet.
    ///
    /// - Parameter contents: what the file holds, whatever tells it from others.
    /// - Parameter byteCount: how large it becomes, at most.
    /// - Parameter make: writes the file at this path, and returns whether others may use it.
    /// - Throws: `FileError`, with the code `noSpace` where there is too little room, with both numbers; what `make` throws.
    package init(
        _ contents: String, byteCount: Int, cancellation: Cancellation, make: (_ path: String) throws -> Bool
    ) throws {
        let folder = Self.folder
        try makeFolder(folder)
        let digest = SHA256.hexDigest(of: Array(contents.utf8).span.bytes)
        let path = folder + "/" + digest
        // One makes it, the others wait.
        let turn = try Self.turn(path + ".turn", cancellation)
        UnfinishedFiles.add(path + ".turn")
        defer {
            unlink(path + ".turn")
            UnfinishedFiles.remove(path + ".turn")
            close(turn)
        }
        self.path = path
        if let there = Self.reopened(path) {
            descriptor = there
            return
        }
        Self.removeDead(in: folder)
        try Self.checkRoom(byteCount, in: folder)
        let partial = PartialFile.newPath(beside: path)
        let made = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made >= 0 else { throw FileError(.cannotWrite, "create", partial) }
        UnfinishedFiles.add(partial)
        defer { UnfinishedFiles.remove(partial) }
        flock(made, LOCK_SH)
        do {
            let isShared = try make(partial)
            // What is not shared has no name, and goes with its descriptor.
            guard (isShared ? rename(partial, path) : unlink(partial)) == 0 else {
                throw FileError(.cannotWrite, "keep", partial)
            }
        } catch {
            unlink(partial)
            close(made)
            throw error
        }
        descriptor = made
    }

    deinit {
        // Where nobody else holds it.
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0, isStillNamed(descriptor, path) { unlink(path) }
        close(descriptor)
    }

    /// Under which libraries may open it, as long as this value lasts.
    package var descriptorPath: String { "/proc/self/fd/\(descriptor)" }

    /// Removes what processes have left that were killed; looks once in a process.
    package static func removeDeadOnce() { _ = isCleared }

    private static let isCleared: Void = removeDead(in: folder)

    private static func removeDead(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard !names.isEmpty else { return }
        PartialFile.removeDead(in: folder)
        for name in names {
            let digest = name.hasSuffix(".turn") ? name.dropLast(5) : name[...]
            guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else { continue }
            let path = folder + "/" + name
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, isStillNamed(descriptor, path) { unlink(path) }
            close(descriptor)
        }
    }

    private static var folder: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["TILESCOPE_CACHE"], !folder.isEmpty { return folder + "/decoded" }
        return userFolder("XDG_CACHE_HOME", usually: ".cache", environment) + "/tilescope/decoded"
    }

    private static func reopened(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0, isStillNamed(descriptor, path) { return descriptor }
        close(descriptor)
        return nil
    }

    /// Waits for a lock that one process at a time has.
    private static func turn(_ path: String, _ cancellation: Cancellation) throws -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw FileError(.cannotWrite, "create", path) }
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                guard errno == EWOULDBLOCK || errno == EINTR else {
                    defer { close(descriptor) }
                    throw FileError(.cannotWrite, "lock", path)
                }
                if cancellation.isRequested {
                    close(descriptor)
                    throw Cancelled()
                }
                // A lock that is waited for (without LOCK_NB) could not be given up when Ctrl-C comes.
                usleep(50_000)
            }
            if isStillNamed(descriptor, path) { return descriptor }
            close(descriptor)
        }
    }

    private static func checkRoom(_ byteCount: Int, in folder: String) throws(FileError) {
        guard let objection = roomObjection(to: byteCount, in: folder) else { return }
        throw FileError(
            .noSpace, "keep the decoded pixels", folder,
            cause:
                "\(objection); name a folder on a larger disk by TILESCOPE_CACHE, or make the scene a tiled TIFF: gdal_translate "
                + "-co TILED=YES")
    }
}

/// Files that are being made, which go with the process where it ends meanwhile: another thread than the one that ends it may
/// be writing them.
private enum UnfinishedFiles {
    private static let paths = Mutex<Set<String>>([])
    private static let removal: Void = {
        atexit { UnfinishedFiles.removeAll() }
    }()

    static func add(_ path: String) {
        _ = removal
        paths.withLock { _ = $0.insert(path) }
    }

    static func remove(_ path: String) { paths.withLock { _ = $0.remove(path) } }

    private static func removeAll() {
        paths.withLock { for path in $0 { unlink(path) } }
    }
}
