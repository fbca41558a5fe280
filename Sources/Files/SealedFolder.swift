/// A folder that may be somebody else's, from which files are read: none that lies elsewhere, however it is linked, and none
/// that is larger than its kind can be.
package struct SealedFolder: Hashable, Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// Passes on the path of a file in the folder, whether it is there or not.
    ///
    /// - Throws: where it is a link, or lies behind one, that leads out of the folder.
    package func checked(_ file: String) throws(FileError) -> String {
        guard let real = RealPath(file), let folder = RealPath(path) else { return file }
        guard real.isIn(folder) else {
            throw FileError(
                .cannotRead, "read", file, cause: "it is a link that leads out of the folder, to \(real)")
        }
        return file
    }

    /// All bytes of a file in the folder.
    package func read(_ file: String, limit: Int = settingsByteLimit) throws(FileError) -> [UInt8] {
        try readFile(checked(file), limit: limit)
    }

    /// Files of settings and summaries have some kilobytes.
    package static let settingsByteLimit = 1 << 24
    /// Logs of a run have a line for each step: this is enough for millions of them.
    package static let logByteLimit = 1 << 30
    /// Lists of names, each on a line.
    package static let listByteLimit = 1 << 26
}
