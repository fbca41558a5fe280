import Foundation

/// A folder in which a command works: of this machine, or of a store with a copy on this machine.
///
/// Stores can neither append to files nor rename or lock them. Commands write into the copy, and upload what is finished; `fetch` brings what
/// another machine has uploaded since. What was uploaded or fetched is listed in the copy, in `.store.json`.
package struct FolderMirror {
    /// As it was given.
    package let address: Address
    /// The folder of this machine in which commands work.
    package let path: String

    /// By the names of files, from the folder on.
    private struct Record: Codable {
        var files: [String: Known] = [:]
    }

    /// A file that was the same here and there.
    private struct Known: Codable, Hashable {
        /// As a list of the store's folder has it.
        var version: String
        var byteCount: Int
        /// On this machine, in nanoseconds since 1970.
        var localTime: Int

        func isUnchanged(at path: String) -> Bool {
            guard let file = FileGuard(path: path) else { return false }
            return file.byteCount == byteCount && file.modificationTime == localTime
        }
    }

    private static let recordName = ".store.json"

    /// - Parameter text: a path or an address.
    /// - Parameter isOnlyRead: whether the copy is one to look at, beside that of whoever writes into the folder.
    /// - Throws: for an address that cannot be written to, unless it is only read.
    package init(_ text: String, isOnlyRead: Bool = false) throws(FileError) {
        address = Address(text).withoutLastSlash
        if let path = address.localPath {
            self.path = path
            return
        }
        if let objection = isOnlyRead ? address.objection : address.writingObjection {
            throw FileError(
                isOnlyRead ? .cannotOpen : .cannotWrite, "use the folder", address.description,
                cause: objection)
        }
        path = WorkFolder.path(for: address, isOnlyRead: isOnlyRead)
    }

    /// For people: what a path in the copy stands for.
    package func shown(_ path: String) -> String {
        isStored && path.hasPrefix(self.path)
            ? address.description + path.dropFirst(self.path.count) : path
    }

    package var isStored: Bool { address.localPath == nil }

    /// Keeps other machines from writing into the folder as long as the value lasts; `nil` for a folder of this machine.
    ///
    /// - Parameter warn: told where the store cannot keep anybody away.
    /// - Throws: `FileError` with the code `locked` where another process writes into it.
    package func lock(warn: (String) -> Void) throws(FileError) -> StoreLock? {
        guard isStored else { return nil }
        let lock = try StoreLock(address)
        if !lock.isHeld {
            warn("this store cannot lock \(address): let no other machine write into it at the same time")
        }
        return lock
    }

    /// Brings files that are not here or have changed in the store, and removes what has been removed there.
    ///
    /// - Parameter isWanted: told each name, from the folder on. What is not wanted stays as it is.
    package func fetch(_ isWanted: (String) -> Bool) throws(FileError) {
        guard isStored else { return }
        var record = try readRecord()
        let entries = try StoredFolder(listing: address, emptyWhereNothingIs: true).entries.filter {
            !$0.isFolder && isWanted($0.name)
        }
        for entry in entries {
            let file = path + "/" + entry.name
            // Else a name could lead out of the folder.
            guard
                !entry.name.split(separator: "/", omittingEmptySubsequences: false).contains(
                    where: Self.isNoName)
            else {
                throw FileError(
                    .cannotOpen, "fetch", address.description,
                    cause: "\(entry.name) cannot be the name of a file on this machine")
            }
            guard record.files[entry.name]?.version != entry.version || FileGuard(path: file) == nil else {
                continue
            }
            try makeFolder(OutputPlace.parts(of: file).folder)
            try download(StoredFile(opening: address.appending(entry.name)), to: .replacing(file))
            record.files[entry.name] = Self.known(file, entry.version)
            try write(record)
        }
        let names = Set(entries.map(\.name))
        // Somebody has removed all of it: what is left here belongs to nothing.
        if names.isEmpty, record.files.keys.contains(where: isWanted) {
            try? FileManager.default.removeItem(atPath: path)
            return
        }
        for name in record.files.keys.sorted() where isWanted(name) && !names.contains(name) {
            unlink(path + "/" + name)
            record.files[name] = nil
            try write(record)
        }
    }

    /// Removes files from the store, before others take their places.
    package func clear(_ isOwn: (String) -> Bool) throws(FileError) {
        guard isStored else { return }
        var record = try readRecord()
        for name in record.files.keys.filter(isOwn).sorted() {
            try StoredFile.remove(address.appending(name))
            record.files[name] = nil
            try write(record)
        }
    }

    private static func isNoName(_ part: Substring) -> Bool { part.isEmpty || part == "." || part == ".." }

    /// Uploads files that have changed since they were uploaded last, in order, and then removes those from the store that are here no
    /// more.
    ///
    /// - Parameter names: of all files that belong there, from the folder on; those that are missing here are passed over.
    /// - Parameter summary: the one that tells of the others: where others change, it goes first and comes last.
    /// - Parameter isOwn: tells names that may be removed; others in the folder are of other commands.
    package func publish(
        _ names: [String], summary: String? = nil, removing isOwn: (String) -> Bool
    ) throws(FileError) {
        guard isStored else { return }
        var record = try readRecord()
        let present = names.filter { FileGuard(path: path + "/" + $0) != nil }
        let changed = present.filter { record.files[$0]?.isUnchanged(at: path + "/" + $0) != true }
        let gone = record.files.keys.filter { isOwn($0) && !present.contains($0) }.sorted()
        guard !changed.isEmpty || !gone.isEmpty else { return }
        func remove(_ name: String) throws(FileError) {
            try StoredFile.remove(address.appending(name))
            record.files[name] = nil
            try write(record)
        }
        if let summary, record.files[summary] != nil { try remove(summary) }
        for name in changed.filter({ $0 != summary }) + present.filter({ $0 == summary }) {
            let target = address.appending(name)
            try upload(path + "/" + name, to: target)
            record.files[name] = Self.known(path + "/" + name, try StoredFile.listedVersion(of: target))
            try write(record)
        }
        for name in gone where name != summary { try remove(name) }
    }

    private static func known(_ file: String, _ version: String) -> Known? {
        FileGuard(path: file).map {
            Known(version: version, byteCount: $0.byteCount, localTime: $0.modificationTime)
        }
    }

    private func readRecord() throws(FileError) -> Record {
        guard let bytes = try readFileIfThere(path + "/" + Self.recordName, limit: SealedFolder.listByteLimit)
        else { return Record() }
        // One that is damaged only makes everything be fetched again.
        return (try? JSONDecoder().decode(Record.self, from: Data(bytes))) ?? Record()
    }

    private func write(_ record: Record) throws(FileError) {
        guard let json = try? JSONText(record) else { preconditionFailure("a number that JSON cannot say") }
        try makeFolder(path)
        try writeFile(json.text, to: .replacing(path + "/" + Self.recordName))
    }
}
