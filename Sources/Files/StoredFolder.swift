internal import CGDAL
import Foundation

/// What a folder holds, with all that its folders hold.
package struct StoredFolder {
    package struct Entry: Hashable {
        /// From the folder on, with `/` between: `"train/n02123045/1.JPEG"`. For people, write `showingRawBytes`.
        package var name: String
        package var isFolder: Bool
    }
    package let address: Address
    /// Folders before what they hold; by name, as bytes compare.
    package let entries: [Entry]
    /// Folders in folders go no deeper than this; a link that leads back up ends there.
    package static let depthLimit = 8

    /// Lists a folder. On disks links are followed.
    ///
    /// - Throws: also where a part of the list does not come.
    package init(listing address: Address) throws(FileError) {
        GDAL.start()
        let path = address.description
        if let objection = address.objection {
            throw FileError(.cannotOpen, "list the folder", path, cause: objection)
        }
        let translated = address.gdalPath
        StoredFile.forgetErrors()
        var entries: [Entry] = []
        var reason: String?
        let failure = ListingFailure.heard {
            guard let folder = VSIOpenDir(translated, Int32(Self.depthLimit), nil) else {
                reason = StoredFile.reason(address)
                return
            }
            while let entry = VSIGetNextDirEntry(folder) {
                let bytes = UnsafeRawBufferPointer(
                    start: entry.pointee.pszName, count: strlen(entry.pointee.pszName))
                let name = String(nameBytes: bytes)
                // `VSI_ISDIR` is a macro that Swift cannot import.
                let isFolder = mode_t(entry.pointee.nMode) & S_IFMT == S_IFDIR
                entries.append(Entry(name: name, isFolder: isFolder))
            }
            VSICloseDir(folder)
        }
        let answer = failure.map { address.hidingSecrets(in: $0) }
        if let reason {
            throw FileError(.cannotOpen, "list the folder", path, cause: answer ?? reason)
        }
        // A list that ends and one that breaks off look the same.
        if let answer {
            throw FileError(
                .cannotRead, "list all of the folder", path,
                cause: "only \(entries.count) names came: \(answer)")
        }
        if let folder = address.localPath {
            for entry in entries where entry.isFolder { try Self.check("\(folder)/\(entry.name)") }
        }
        self.address = address
        self.entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
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
                cause: "it is a link to \(target), in which it lies")
        }
    }
}
