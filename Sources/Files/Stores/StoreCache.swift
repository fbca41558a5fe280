import Bytes
import Foundation

/// Whole files of object stores and web servers, kept on this machine's disks.
///
/// Most inputs are read many times and in small pieces, for which stores are slow; such a file is fetched once. All processes
/// share one folder: `$TILESCOPE_CACHE`, or `tilescope/objects` in `$XDG_CACHE_HOME` or `~/.cache`. A file is kept under what its address and
/// its ETag make, so that other contents are another file. What was used the longest time ago makes room for what is new; what
/// somebody has open stays.
struct StoreCache: Sendable {
    let folder: String
    /// All files together hold at most so many bytes.
    let byteLimit: Int

    private static let usualByteLimit = 64 << 30
    /// - Parameter environment: `TILESCOPE_CACHE` is the folder, `TILESCOPE_CACHE_GIB` how much it may hold.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws(FileError) {
        folder =
            environment["TILESCOPE_CACHE"].flatMap { $0.isEmpty ? nil : $0 }
            ?? userFolder("XDG_CACHE_HOME", usually: ".cache", environment) + "/tilescope/objects"
        guard let limit = environment["TILESCOPE_CACHE_GIB"] else {
            byteLimit = Self.usualByteLimit
            return
        }
        guard let gibibytes = Double(limit), let byteCount = Int(exactly: (gibibytes * 0x1p30).rounded()),
            byteCount > 0
        else {
            throw FileError(
                .cannotOpen, "use the cache", folder,
                cause: "TILESCOPE_CACHE_GIB must be a positive number: \(limit)")
        }
        byteLimit = byteCount
    }

    /// Opens a whole file, which is fetched where it is not there yet.
    ///
    /// - Returns: a descriptor for reading. As long as it is open, the file stays.
    func open(_ address: Address) throws(FileError) -> Int32 {
        if let objection = address.objection {
            throw FileError(.cannotOpen, "open", address.description, cause: objection)
        }
        guard let version = StoredFile.version(of: address) else {
            // It may be another file each time.
            return try fetch(address, version: nil, to: PartialFile.newPath(beside: folder + "/unnamed"))
        }
        let path = folder + "/" + Self.name(of: address, version: version)
        if let there = reopened(path) { return there }
        return try fetch(address, version: version, to: path)
    }

    private static func name(of address: Address, version: String) -> String {
        var hash = SHA256()
        hash.update(Array("\(address.gdalPath)\n\(version)".utf8).span.bytes)
        return hash.hexDigest
    }

    /// - Returns: `nil` where it is not there.
    private func reopened(_ path: String) -> Int32? {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        flock(descriptor, LOCK_SH)
        // Between opening and locking it may have been removed to make room.
        guard isStillNamed(descriptor, path) else {
            close(descriptor)
            return nil
        }
        // For `makeRoom`: it was used now.
        futimens(descriptor, nil)
        return descriptor
    }

    /// - Parameter version: that all pieces must have; a file without one gets no name that lasts.
    private func fetch(_ address: Address, version: String?, to path: String) throws(FileError) -> Int32 {
        StoredFile.forget(address)
        let stored = try StoredFile(opening: address)
        let byteCount = stored.byteCount
        guard byteCount <= byteLimit else {
            throw FileError(
                .tooLarge, "fetch", address.description,
                cause:
                    "it has \(byteCount) bytes, more than \(folder) may hold, \(byteLimit); set TILESCOPE_CACHE_GIB"
            )
        }
        try makeFolder(folder)
        makeRoom(byteCount)
        try download(stored, version: version, to: .replacing(path))
        defer { if version == nil { unlink(path) } }
        guard let descriptor = reopened(path) else {
            throw FileError(
                .cannotOpen, "use the cached copy of", address.description, cause: "\(path) is gone")
        }
        return descriptor
    }

    /// Removes what was used the longest time ago, until so many bytes more are within the limit.
    private func makeRoom(_ byteCount: Int) {
        PartialFile.removeDead(in: folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        // Others in the folder are the user's.
        let files = names.filter { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) }.compactMap { name in
            FileGuard(path: folder + "/" + name).map { (path: folder + "/" + name, file: $0) }
        }
        var sum = files.reduce(byteCount) { $0 + $1.file.byteCount }
        for (path, file) in files.sorted(by: { $0.file.modificationTime < $1.file.modificationTime }) {
            guard sum > byteLimit else { return }
            let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, unlink(path) == 0 { sum -= file.byteCount }
            close(descriptor)
        }
    }
}
