import Foundation

/// Gives a file another name on the same disk, replacing what stood there.
///
/// - Throws: where `path` is not there, and where `finalPath` is a folder.
package func renameFile(_ path: String, to finalPath: String) throws(FileError) {
    guard rename(path, finalPath) == 0 else { throw FileError(.cannotWrite, "finish", finalPath) }
    synchronizeFolder(of: finalPath)
}

/// Makes the names in a file's folder outlast the machine. Some file systems cannot; there they are safe a little later.
private func synchronizeFolder(of path: String) {
    let folder = open(OutputPlace.parts(of: path).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
}

/// Gives a complete file the name of an output, and makes the name outlast the machine.
///
/// - Parameter path: in the folder to which the output's path leads.
/// - Throws: `FileError`, with the code `exists` where a file is there that must not be replaced.
package func moveFile(_ path: String, to output: OutputFile) throws(FileError) {
    try giveName(to: path, of: output, at: OutputPlace(output.path))
}

/// The same where it is known where the output's path leads.
///
/// - Throws: `FileError`, with the code `exists` where a file is there that must not be replaced. What a store does not take is kept,
///   and the error says where.
func giveName(to path: String, of output: OutputFile, at place: OutputPlace) throws(FileError) {
    let target = place.target
    if let store = place.store {
        try rename(path, uploadedTo: store, replaces: output.replaces, keptAs: target)
        return
    }
    if output.replaces {
        try keepPermissions(of: target, on: path, for: output)
        guard rename(path, target) == 0 else { throw FileError(.cannotWrite, "finish", output.path) }
    } else {
        try giveNewName(to: path, of: output, at: target)
    }
    synchronizeFolder(of: target)
}

/// - Parameter target: the file's name where that fails.
private func rename(
    _ path: String, uploadedTo store: Address, replaces: Bool, keptAs target: String
) throws(FileError) {
    do throws(FileError) {
        try upload(path, to: store, replaces: replaces)
    } catch {
        var error = error
        try renameFile(path, to: target)
        error.cause += "; the complete file is kept as \(target)"
        throw error
    }
    unlink(path)
}

/// Removes the older file, and gives its permissions to the new one. Call it before a file appears that does not belong to the
/// older one.
///
/// - Parameter path: where the new file is.
package func removeReplaced(by path: String, as output: OutputFile) throws(FileError) {
    guard output.replaces else { return }
    let place = try OutputPlace(output.path)
    // An upload that fails must not cost the older file; until it is there, readers find that the two do not belong together.
    guard place.store == nil else { return }
    let target = place.target
    try keepPermissions(of: target, on: path, for: output)
    guard unlink(target) == 0 || errno == ENOENT else {
        throw FileError(.cannotWrite, "replace", output.path)
    }
}

/// Does nothing where there is no older file.
private func keepPermissions(of target: String, on path: String, for output: OutputFile) throws(FileError) {
    var status = stat()
    guard stat(target, &status) == 0 else { return }
    guard chmod(path, status.st_mode & 0o777) == 0 else {
        throw FileError(.cannotWrite, "finish", output.path)
    }
}

/// One of two processes that make the same new file gets an error: a second name is never given over a file that is there, as
/// a rename would.
private func giveNewName(to path: String, of output: OutputFile, at target: String) throws(FileError) {
    if link(path, target) == 0 {
        unlink(path)
        return
    }
    guard errno != EEXIST else { throw FileError.exists(output.path) }
    // On a file system without hard links nothing better is left than to look first.
    guard [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(errno) else {
        throw FileError(.cannotWrite, "finish", output.path)
    }
    guard access(target, F_OK) != 0 else { throw FileError.exists(output.path) }
    try renameFile(path, to: target)
}
