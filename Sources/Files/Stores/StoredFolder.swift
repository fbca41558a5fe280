internal import CGDAL
import Foundation

/// What a folder holds, with all that its folders hold.
package struct StoredFolder {
    package struct Entry: Hashable {
        /// From the folder on, with `/` between: `"train/n02123045/1.JPEG"`. For people, write `showingRawBytes`.
        package var name: String
        package var isFolder: Bool
        /// What the list says that changes with a file: an ETag without quotes, or else when it was changed, in seconds since 1970.
        package var version = ""
        /// 0 for a folder, and where the list does not say.
        package var byteCount = 0

        /// Folders that it is in, from the listed one on.
        fileprivate var depth: Int { name.utf8.count { $0 == UInt8(ascii: "/") } }
    }
    package let address: Address
    /// Folders before what they hold; by name, as bytes compare.
    package let entries: [Entry]
    /// Folders in folders go no deeper than this; a link that leads back up ends there.
    package static let depthLimit = 8

    /// Lists a folder. On disks links are followed.
    ///
    /// - Parameter emptyWhereNothingIs: for stores, which have no folders without files.
    /// - Throws: also where a part of the list does not come.
    package init(listing folder: Address, emptyWhereNothingIs: Bool = false) throws(FileError) {
        GDAL.start()
        let address = folder.withoutLastSlash
        let path = address.description
        if let objection = address.objection {
            throw FileError(.cannotOpen, "list the folder", path, cause: objection)
        }
        var listing = Listing(address, emptyWhereNothingIs: emptyWhereNothingIs)
        var attempt = 0
        while let failure = listing.failure, failure.mayPass, address.isInStore {
            attempt += 1
            guard WholeReads.pause(beforeAttempt: attempt) else { break }
            listing = Listing(address, emptyWhereNothingIs: emptyWhereNothingIs)
        }
        let answer = listing.failure.map { address.hidingSecrets(in: $0.words) }
        if let reason = listing.reason {
            throw FileError(.cannotOpen, "list the folder", path, cause: answer ?? reason)
        }
        // A list that ends and one that breaks off look the same.
        if let answer {
            throw FileError(
                .cannotRead, "list all of the folder", path,
                cause: "only \(listing.entries.count) names came: \(answer)")
        }
        let entries = listing.entries
        if let folder = address.localPath {
            for entry in entries where entry.isFolder { try Self.check("\(folder)/\(entry.name)") }
        }
        self.address = address
        self.entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// One attempt.
    private struct Listing {
        var entries: [Entry] = []
        /// Why the folder could not be opened.
        var reason: String?
        /// What a server answered instead of a part of the list.
        var failure: StoreAnswer?

        init(_ address: Address, emptyWhereNothingIs: Bool) {
            StoredFile.forget(address)
            StoredFile.forgetErrors()
            failure = ServerMessages.lastRefusal {
                // What it kept of each name would be a kilobyte.
                var options = CSLSetNameValue(nil, "CACHE_ENTRIES", "NO")
                // A store has names only, and lists those with a slash, too; folders are made of them.
                options = CSLSetNameValue(options, "SYNTHETIZE_MISSING_DIRECTORIES", "YES")
                defer { CSLDestroy(options) }
                // To any other depth GDAL asks for each name by itself, and copies the whole list for each.
                let opened = VSIOpenDir(
                    address.gdalPath, address.isInObjectStore ? -1 : Int32(depthLimit),
                    options.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) })
                guard let folder = opened else {
                    let isAbsent = address.isInStore && (StoreAnswer.last.map(\.meansAbsence) ?? true)
                    if !isAbsent || !emptyWhereNothingIs { reason = StoredFile.reason(address) }
                    return
                }
                while let entry = VSIGetNextDirEntry(folder) {
                    let entry = Entry(entry.pointee)
                    if entry.depth <= depthLimit { entries.append(entry) }
                }
                VSICloseDir(folder)
            }
        }
    }

    /// Refuses a folder on a disk of which GDAL would list nothing, or the same again and again.
    private static func check(_ folder: String) throws(FileError) {
        var status = stat()
        guard folder.withNameBytes({ lstat($0, &status) }) == 0 else { return }
        guard folder.withNameBytes({ access($0, R_OK | X_OK) }) == 0 else {
            throw FileError(
                .cannotOpen, "list the folder", folder.showingRawBytes,
                cause: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFLNK,
            let slash = folder.unicodeScalars.lastIndex(of: "/"),
            let target = RealPath(folder), let parent = RealPath(String(folder[..<slash]))
        else { return }
        guard !parent.isIn(target) else {
            throw FileError(
                .cannotOpen, "list the folder", folder.showingRawBytes,
                cause: "the link \(folder.showingRawBytes) leads to \(target), in which it lies")
        }
    }
}

extension StoredFolder.Entry {
    fileprivate init(_ entry: VSIDIREntry) {
        let bytes = UnsafeRawBufferPointer(start: entry.pszName, count: strlen(entry.pszName))
        name = String(nameBytes: bytes)
        // `VSI_ISDIR` is a macro that Swift cannot import.
        isFolder = mode_t(entry.nMode) & S_IFMT == S_IFDIR
        let etag = CSLFetchNameValue(entry.papszExtra, "ETag").map { String(cString: $0) }
        version = etag?.replacing("\"", with: "") ?? "\(entry.nMTime)"
        byteCount = isFolder ? 0 : Int(clamping: entry.nSize)
    }
}
