import Foundation
import Synchronization

/// Keeps other processes, on this machine and on others, from writing into a folder of a store, as long as this value lasts.
///
/// An object that a store takes only where none is there (`If-None-Match`), renewed each minute. One that was not renewed for
/// ten minutes, or whose process on this machine has ended, counts for nothing.
package final class StoreLock: Sendable {
    private let object: Address
    private let holder: Holder
    /// Whether it was let go of; nobody renews it then.
    private let isReleased = Mutex(false)
    /// Whether the store keeps others away; one that ignores the condition cannot.
    package let isHeld: Bool

    private static let name = ".tilescope-lock"
    private static let renewalSeconds = 60
    private static let lifetimeSeconds = 600

    /// Who has it.
    private struct Holder: Codable, Hashable {
        /// The machine's name and, since containers may share it, which processes it is that have numbers there.
        var host: String
        var process: Int32
        /// No other lock's.
        var word: String

        static var own: Holder { Holder(host: thisHost, process: getpid(), word: UUID().uuidString) }

        private static var thisHost: String {
            var name = [CChar](repeating: 0, count: 256)
            gethostname(&name, name.count - 1)
            let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
            return String(decoding: bytes, as: UTF8.self) + (space.map { " \($0)" } ?? "")
        }

        /// Only of this machine can it be told.
        var hasEnded: Bool { host == Self.thisHost && kill(process, 0) != 0 && errno == ESRCH }
    }

    /// - Throws: `FileError` with the code `locked` where another process has it.
    init(_ folder: Address) throws(FileError) {
        object = folder.appending(Self.name)
        holder = .own
        try Self.take(object, for: holder, in: folder)
        // Who has it now cannot make it a second time, unless the store does not look.
        isHeld = try Self.put(holder, object, isNew: true)?.meansPresence == true
        let thread = Thread { [weak self] in
            while true {
                for _ in 0..<Self.renewalSeconds {
                    // In short naps, so that the thread ends soon after the lock.
                    sleep(1)
                    guard let self, !self.isReleased.withLock({ $0 }) else { return }
                }
                self?.renew()
            }
        }
        thread.start()
    }

    deinit {
        isReleased.withLock { isReleased in
            isReleased = true
            // Another may have taken it for dead. One that cannot be removed counts for nothing after ten minutes.
            if Self.holder(of: object) == holder { try? StoredFile.remove(object) }
        }
    }

    /// What cannot be renewed now is renewed a minute later.
    private func renew() {
        isReleased.withLock { isReleased in
            guard !isReleased, Self.holder(of: object) == holder else { return }
            _ = try? Self.put(holder, object, isNew: false)
        }
    }

    private static func take(_ object: Address, for holder: Holder, in folder: Address) throws(FileError) {
        for _ in 0..<3 {
            guard let refusal = try put(holder, object, isNew: true) else { return }
            guard refusal.meansPresence else {
                throw FileError(
                    .cannotWrite, "lock the folder", folder.description,
                    cause: object.hidingSecrets(in: refusal.words))
            }
            let other = self.holder(of: object)
            // The answer to our own request was lost.
            guard other != holder else { return }
            let age = try Int(Date().timeIntervalSince1970) - StoredFile.modificationTime(of: object)
            guard other?.hasEnded == true || age > lifetimeSeconds else {
                let name = other.map { "process \($0.process) on \($0.host)" } ?? "another process"
                throw FileError(
                    .locked, "write into the folder", folder.description,
                    cause:
                        "\(name) is writing into it; wait until it ends (or for ten minutes if it was killed), "
                        + "or name another folder")
            }
            try StoredFile.remove(object)
        }
        throw FileError(
            .locked, "write into the folder", folder.description, cause: "others write into it; try again")
    }

    /// - Returns: `nil` where nobody has it, or nobody can tell.
    private static func holder(of object: Address) -> Holder? {
        StoredFile.forget(object)
        guard let bytes = try? StoredFile.bytes(of: object, limit: 1 << 16) else { return nil }
        return try? JSONDecoder().decode(Holder.self, from: Data(bytes))
    }

    /// - Returns: why the store does not take it; `nil` where it does.
    private static func put(_ holder: Holder, _ object: Address, isNew: Bool) throws(FileError)
        -> StoreAnswer?
    {
        guard let json = try? JSONText(holder) else { preconditionFailure("a text that JSON cannot say") }
        let path = FileManager.default.temporaryDirectory.path + "/tilescope-lock-\(UUID().uuidString)"
        try writeFile(json.text, to: .new(path))
        defer { unlink(path) }
        GDAL.start()
        var attempt = 0
        while true {
            let refusal = try Files.put(path, into: object, isNew: isNew)
            attempt += 1
            guard let refusal, refusal.mayPass, WholeReads.pause(beforeAttempt: attempt) else {
                return refusal
            }
        }
    }
}
