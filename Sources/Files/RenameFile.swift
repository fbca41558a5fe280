import Foundation

/// Gives a file another name on the same disk, replacing what stood there.
///
/// - Throws: where `path` is not there, and where `finalPath` is a folder.
package func renameFile(_ path: String, to finalPath: String) throws(FileError) {
    guard rename(path, finalPath) == 0 else { throw FileError(.cannotWrite, "finish", finalPath) }
}
