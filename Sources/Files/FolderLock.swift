import Foundation

/// Keeps other processes from writing into a folder, for as long as this value lasts.
///
/// The system lets go of it when the process ends, however that comes; the empty file that carries it stays.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    /// - Parameter name: of the file in the folder that carries the lock.
    /// - Throws: `FileError` with the code `locked` where somebody has it; also where there is no such folder.
    package init(_ folder: String, name: String) throws(FileError) {
        let descriptor = open(folder + "/" + name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(.cannotWrite, "write into the folder", folder) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            let isTaken = errno == EWOULDBLOCK
            var error = FileError(isTaken ? .locked : .cannotWrite, "lock the folder", folder)
            if isTaken { error.cause = "another process is writing into it" }
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
