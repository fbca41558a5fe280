import Foundation

/// What stands in a folder of this machine, in no order, without `.` and `..`; empty where it cannot be read.
package struct FolderNames: Sequence, IteratorProtocol {
    package struct Entry: Hashable {
        /// See `String(nameBytes:)`.
        package var name: String
        package var isLink: Bool
        /// Links are none.
        package var isFolder: Bool
    }

    /// Closes the folder when the last copy of the iterator goes.
    private final class Handle {
        let folder: OpaquePointer

        init?(_ path: String) {
            guard let folder = path.withNameBytes({ opendir($0) }) else { return nil }
            self.folder = folder
        }

        deinit { closedir(folder) }
    }

    private let path: String
    private let handle: Handle?

    package init(_ path: String) {
        self.path = path
        handle = Handle(path)
    }

    /// Whether the folder could be opened.
    package var isReadable: Bool { handle != nil }

    package mutating func next() -> Entry? {
        guard let handle else { return nil }
        while let entry = readdir(handle.folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(nameBytes: bytes.prefix { $0 != 0 })
            }
            guard name != ".", name != ".." else { continue }
            let (link, folder, unknown) = (Int(DT_LNK), Int(DT_DIR), Int(DT_UNKNOWN))
            let type = Int(entry.pointee.d_type)
            guard type == unknown else {
                return Entry(name: name, isLink: type == link, isFolder: type == folder)
            }
            // Some file systems do not say it in the list.
            var status = stat()
            guard (path + "/" + name).withNameBytes({ lstat($0, &status) }) == 0 else { continue }
            return Entry(
                name: name, isLink: status.st_mode & S_IFMT == S_IFLNK,
                isFolder: status.st_mode & S_IFMT == S_IFDIR)
        }
        return nil
    }
}
