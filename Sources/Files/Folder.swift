import Foundation

/// Makes a folder and those above it, where they are missing.
public func makeFolder(_ path: String) throws(FileError) {
    guard mkdir(path, 0o777) != 0 else { return }
    let isParentMissing = errno == ENOENT
    let failure = FileError(.cannotWrite, "create the folder", path)
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if isParentMissing && parent != path {
        try makeFolder(parent)
        guard mkdir(path, 0o777) != 0 else { return }
    }
    guard folderExists(path) else { throw failure }
}

/// Whether a folder is there, or a link to one.
public func folderExists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
