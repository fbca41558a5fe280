import Foundation

/// A file in the making: it appears under its name when it is complete, or not at all.
///
/// It grows under another name in the same folder, which is the one that links lead to. A process that is killed leaves it
/// there, and the next that writes a file of this name removes it. A lock, which ends with its process, tells whether
/// anybody still writes it. The new file has the permissions of the one that it replaces. A file of a store grows on this
/// machine, and is uploaded when it is complete.
package struct PartialFile: ~Copyable {
    package let output: OutputFile
    /// Where it is until it is complete; gone after that.
    package let path: String
    /// Open for reading and writing.
    package let descriptor: Int32
    private let place: OutputPlace
    private var isCommitted: Bool

    private static let mark = ".partial-"
    private static let digitCount = 16

    /// - Throws: `FileError`: where the folder does not exist or cannot be written to, where something stands at the path that is
    ///   no file, and, with the code `exists`, where a file stands there that must not be replaced.
    package init(_ output: OutputFile) throws(FileError) {
        let place = try OutputPlace(output.path)
        let (folder, name) = OutputPlace.parts(of: place.target)
        Self.removeDead(in: folder, of: name)
        let isThere = try place.store.map { address throws(FileError) in try StoredFile.isThere(address) }
        guard output.replaces || !(isThere ?? (place.status != nil)) else {
            throw FileError.exists(output.path)
        }
        let (path, descriptor) = try Self.create(for: place, named: output.path)
        (self.path, self.descriptor) = (path, descriptor)
        (self.output, self.place) = (output, place)
        isCommitted = false
    }

    deinit {
        if !isCommitted { unlink(path) }
        close(descriptor)
    }

    /// Makes the bytes durable and gives the file its name.
    ///
    /// - Throws: `FileError`, with the code `exists` where another process has made a file that must not be replaced.
    package mutating func commit() throws(FileError) {
        try synchronize()
        // What cannot be uploaded is kept under another name.
        isCommitted = place.store != nil
        try giveName(to: path, of: output, at: place)
        isCommitted = true
    }

    /// Makes the bytes durable.
    package func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(.cannotWrite, "finish", output.path) }
    }

    /// Removes the older file. Call it before a file appears that does not belong to it.
    package func removeReplaced() throws(FileError) { try Files.removeReplaced(by: path, as: output) }

    /// Removes files that were in the making when their process ended.
    ///
    /// - Parameter name: of the file that it should have become; by default any.
    package static func removeDead(in folder: String, of name: String? = nil) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for partial in names where isPartial(partial, of: name) {
            let path = folder + "/" + partial
            let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
            close(descriptor)
        }
    }

    private static func isPartial(_ partial: String, of name: String?) -> Bool {
        let digits = partial.utf8.suffix(digitCount)
        let rest = partial.dropLast(digitCount)
        return rest.hasSuffix(mark) && (name.map { rest == stem(of: $0) + mark } ?? (rest != mark))
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// A name that nobody else has, in the same folder; a file that keeps it is removed by `removeDead`.
    package static func newPath(beside path: String) -> String {
        let number = String(UInt64.random(in: 0..<10_000_000_000_000_000))
        let digits = String(repeating: "0", count: digitCount - number.count) + number
        let (folder, name) = OutputPlace.parts(of: path)
        return folder + "/" + stem(of: name) + mark + digits
    }

    /// As much of a name as leaves room for the mark: file systems take 255 bytes.
    private static func stem(of name: String) -> String {
        var stem = name.unicodeScalars
        while String(stem).utf8.count > 255 - mark.utf8.count - digitCount { stem.removeLast() }
        return String(stem)
    }

    /// Creates the file under a name of its own, and locks it.
    private static func create(
        for place: OutputPlace, named output: String
    ) throws(FileError) -> (path: String, descriptor: Int32) {
        // Its owner writes it by its name too; the permissions of the old file come when it is complete.
        let mode = (place.status?.st_mode ?? 0o666) & 0o777 | 0o600
        while true {
            let path = newPath(beside: place.target)
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            guard descriptor >= 0 else {
                if errno == EEXIST { continue }
                throw FileError(.cannotWrite, "create", output)
            }
            // Some file systems have no locks; there nobody takes it for dead either.
            while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
            // Another writer may have taken it for dead before it was locked.
            var status = stat()
            if fstat(descriptor, &status) == 0 && status.st_nlink > 0 { return (path, descriptor) }
            close(descriptor)
        }
    }
}
