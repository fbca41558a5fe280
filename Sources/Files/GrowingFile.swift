import Foundation

/// A file that grows while a job goes on and keeps what it has when the job is killed, so that a later run can go on.
///
/// Unlike what `FileWriter` writes it stands under its name from the beginning; use a name that says so. Every
/// `append` goes to the system at once. One process at a time has the file.
public struct GrowingFile: ~Copyable {
    public let path: String
    public private(set) var byteCount: Int
    private let descriptor: Int32
    /// Where the path leads.
    private let target: String

    /// Opens the file at its end, or creates it.
    ///
    /// - Throws: also where another process has it.
    public init(path: String) throws(FileError) {
        self.path = path
        let opened = try Self.openAlone(path, flags: 0)
        (target, descriptor) = (opened.target, opened.descriptor)
        byteCount = opened.byteCount
    }

    /// Creates the file.
    ///
    /// - Throws: also where there is one already.
    public init(creating path: String) throws(FileError) {
        self.path = path
        let opened = try Self.openAlone(path, flags: O_EXCL)
        (target, descriptor) = (opened.target, opened.descriptor)
        byteCount = opened.byteCount
    }

    deinit { close(descriptor) }

    /// Adds bytes; where they cannot be written whole, those that were are taken back.
    public mutating func append(_ bytes: RawSpan) throws(FileError) {
        var start = 0
        while start < bytes.byteCount {
            let written = bytes.withUnsafeBytes {
                pwrite(
                    descriptor, $0.baseAddress.map { $0 + start }, $0.count - start, off_t(byteCount + start))
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                let error = FileError(.cannotWrite, "write \(bytes.byteCount - start) bytes", path)
                // What stays where even this fails is written over by the next bytes.
                _ = ftruncate(descriptor, off_t(byteCount))
                throw error
            }
            start += written
        }
        byteCount += bytes.byteCount
    }

    public mutating func append(_ text: String) throws(FileError) {
        let bytes = Array(text.utf8)
        try append(bytes.span.bytes)
    }

    /// Makes all bytes outlast the machine too.
    public func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(.cannotWrite, "write to the disk", path) }
    }

    /// Cuts off what comes after the first `byteCount` bytes.
    public mutating func truncate(to byteCount: Int) throws(FileError) {
        precondition((0...self.byteCount).contains(byteCount))
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
            throw FileError(.cannotWrite, "cut to \(byteCount) bytes", path)
        }
        self.byteCount = byteCount
    }

    /// Makes all bytes durable and gives the file its final name.
    ///
    /// - Throws: `FileError`, with the code `exists` where a file is there that must not be replaced.
    public func rename(to output: OutputFile) throws(FileError) {
        try synchronize()
        try moveFile(target, to: output)
    }

    /// Removes the file; what is appended then is lost.
    public func remove() { unlink(target) }

    private static func openAlone(
        _ path: String, flags: Int32
    ) throws(FileError) -> (target: String, descriptor: Int32, byteCount: Int) {
        // What goes into a pipe or a device cannot be taken back.
        let target = try OutputPlace(path).target
        // A process that another thread starts has what we have open, for a moment.
        var attemptsLeft = 50
        while true {
            let descriptor = open(target, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0o644)
            guard descriptor >= 0 else { throw FileError(.cannotWrite, "create", path) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let isTaken = errno == EWOULDBLOCK
                attemptsLeft -= 1
                if isTaken, attemptsLeft > 0 {
                    close(descriptor)
                    usleep(2000)
                    continue
                }
                var error = FileError(.cannotWrite, "open", path)
                if isTaken { error.cause = "another process is writing it" }
                close(descriptor)
                throw error
            }
            // Its last owner may have renamed or removed it before it let go.
            var status = stat()
            if isStillNamed(descriptor, target), fstat(descriptor, &status) == 0 {
                return (target, descriptor, Int(status.st_size))
            }
            close(descriptor)
        }
    }
}
