import Foundation

/// Files in a folder that belong together: results of one run of a command, which the next run replaces.
///
/// New ones are written into a folder of their own. When all are complete the older ones are removed and the new ones are moved
/// to their places. Whenever the process is killed, the folder shows older ones or newer ones, never both; `recover` ends what
/// was under way. One process at a time may write: hold a `FolderLock`.
package struct ResultFolder: Hashable, Sendable {
    package let path: String
    /// All files that a run may leave; others are somebody else's. The first tells of the others: it goes first and comes
    /// last.
    private let names: [String]
    /// Further files and folders of the last run, whose names depend on what it was about.
    private let olderNames: [String]
    /// Where new files are written.
    private var stagingPath: String { path + "/" + name }
    /// Where they are when all are complete, and older ones are removed.
    private var completePath: String { path + "/" + name + "-complete" }
    /// Where they are when all older ones are removed.
    private var movingPath: String { path + "/" + name + "-moving" }
    private let name: String

    /// - Parameter name: of the hidden folder for new files.
    /// - Parameter olderNames: of further files and folders that the last run has left, as it says itself. A run may leave some under
    ///   any names that nobody else has.
    package init(_ path: String, names: [String], stagingName name: String, olderNames: [String] = []) {
        (self.path, self.names) = (path, names)
        self.name = name
        self.olderNames = olderNames
    }

    /// The files of `names` that are there.
    package var present: [String] { names.filter { exists(path + "/" + $0) } }

    /// Replaces all files by those that `write` makes.
    ///
    /// - Parameter write: is given the folder to write into; where it throws, the older files stay.
    package func replace(_ write: (_ folder: String) throws -> Void) throws {
        try checkPlaces()
        try remove(stagingPath)
        try makeFolder(stagingPath)
        do {
            try write(stagingPath)
            try checkOthers(in: stagingPath)
            try renameFile(stagingPath, to: completePath)
        } catch {
            try? remove(stagingPath)
            throw error
        }
        try moveIn()
    }

    /// Ends what a process that was killed had begun.
    package func recover() throws(FileError) {
        try remove(stagingPath)
        try moveIn()
    }

    private func moveIn() throws(FileError) {
        try removeWhatIsNoFolder(completePath)
        try removeWhatIsNoFolder(movingPath)
        if exists(completePath) {
            try checkPlaces()
            // First what only the file that tells of the others can name.
            for name in olderNames + names { try remove(path + "/" + name) }
            try renameFile(completePath, to: movingPath)
        }
        guard exists(movingPath) else { return }
        for name in others(in: movingPath) {
            try renameFile(movingPath + "/" + name, to: path + "/" + name)
        }
        for name in names.reversed() where exists(movingPath + "/" + name) {
            try renameFile(movingPath + "/" + name, to: path + "/" + name)
        }
        try remove(movingPath)
    }

    /// What a run has left besides `names`.
    private func others(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            .filter { !names.contains($0) }
    }

    /// Looks for what is somebody else's in the places of files whose names depend on what the run is about.
    private func checkOthers(in staging: String) throws(FileError) {
        let inTheWay = others(in: staging).filter { !olderNames.contains($0) && exists(path + "/" + $0) }
        try refuse(
            inTheWay, .exists, "it is there already, and no result of this folder; move it away",
            "they are there already, and no results of this folder; move them away")
    }

    /// Only a folder is ours; a link may lead to somebody else's files, which are not moved.
    private func removeWhatIsNoFolder(_ path: String) throws(FileError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { return }
        try remove(path)
    }

    /// Looks for folders in the places of files, before anything is moved or removed.
    private func checkPlaces() throws(FileError) {
        let inTheWay = names.filter { folderExists(path + "/" + $0) }
        try refuse(
            inTheWay, .cannotWrite, "a folder is in its place; move it away",
            "folders are in their places; move them away")
    }

    /// - Throws: where there are some names, with the first of them.
    /// - Parameter one: what is wrong with one.
    /// - Parameter many: what is wrong with several.
    private func refuse(
        _ names: [String], _ code: FileError.Code, _ one: String, _ many: String
    ) throws(FileError) {
        guard let first = names.first else { return }
        guard names.count > 1 else { throw FileError(code, "write", path + "/" + first, cause: one) }
        throw FileError(code, "write \(shortList(names, limit: 5))", path, cause: many)
    }

    /// Whether something is there, if only a link that leads nowhere.
    private func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private func remove(_ path: String) throws(FileError) {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw FileError(.cannotWrite, "remove", path, cause: error.localizedDescription)
        }
    }
}
