internal import CGDAL
import Foundation

/// What a folder holds, with all that its folders hold.
package struct StoredFolder {
    package struct Entry: Hashable {
        /// From the folder on, with `/` between: `"train/n02123045/1.JPEG"`.
        package var name: String
        package var isFolder: Bool
    }
    package let path: String
    /// Folders before what they hold; by name, as bytes compare.
    package let entries: [Entry]
    /// Folders in folders go no deeper than this; a link that leads back up ends there.
    package static let depthLimit = 8

    /// Lists a folder. On disks links are followed.
    ///
    /// - Throws: also where a part of the list does not come.
    package init(listing path: String) throws(RasterError) {
        GDAL.start()
        CPLErrorReset()
        errno = 0
        let translated = StoredFile.gdalPath(path)
        var entries: [Entry] = []
        var reason: String?
        let failure = ListingFailure.heard {
            guard let folder = VSIOpenDir(translated, Int32(Self.depthLimit), nil) else {
                reason = StoredFile.reason(translated)
                return
            }
            while let entry = VSIGetNextDirEntry(folder) {
                let name = String(cString: entry.pointee.pszName)
                // `VSI_ISDIR` is a macro that Swift cannot import.
                let isFolder = mode_t(entry.pointee.nMode) & S_IFMT == S_IFDIR
                entries.append(Entry(name: name, isFolder: isFolder))
            }
            VSICloseDir(folder)
        }
        if let reason {
            throw RasterError(.cannotOpen, "list the folder", path, cause: failure ?? reason)
        }
        // A list that ends and one that breaks off look the same.
        if let failure {
            throw RasterError(
                .cannotRead, "list all of the folder", path,
                cause: "only \(entries.count) names came: \(failure)")
        }
        for entry in entries where entry.isFolder { try Self.check("\(translated)/\(entry.name)") }
        self.path = path
        self.entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Refuses a folder on a disk of which GDAL would list nothing, or the same again and again.
    private static func check(_ folder: String) throws(RasterError) {
        var status = stat()
        // What is in an archive or an object store has no place on the disk.
        guard lstat(folder, &status) == 0 else { return }
        guard access(folder, R_OK | X_OK) == 0 else {
            throw RasterError(.cannotOpen, "list the folder", folder, cause: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFLNK else { return }
        let target = URL(filePath: folder).resolvingSymlinksInPath().path
        let parent = URL(filePath: folder).deletingLastPathComponent().resolvingSymlinksInPath().path
        guard !(parent + "/").hasPrefix(target + "/") else {
            throw RasterError(
                .cannotOpen, "list the folder", folder, cause: "it is a link to \(target), in which it lies")
        }
    }

    /// The path of something in the folder.
    package func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }
}
