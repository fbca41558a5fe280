import Bytes
import Foundation

/// Where this machine keeps what it makes for a store, until it is complete and uploaded, and copies of folders of stores.
///
/// Stores can neither append to files nor lock them. The folder is `$TILESCOPE_WORK`, or `tilescope/work` in `$XDG_STATE_HOME` or
/// `~/.local/state`. Names in it follow from addresses, so that a command that was killed finds what it has begun.
enum WorkFolder {
    /// The file in which an output for an address grows. Its folder is made.
    ///
    /// - Throws: for an address that names no file.
    static func file(for address: Address) throws(FileError) -> String {
        guard address.folder != nil, !address.unhidden.hasSuffix("/") else {
            throw FileError(
                .cannotWrite, "create", address.description,
                cause: "it names a folder or a bucket; name a file")
        }
        let folder = root + "/files"
        try makeFolder(folder)
        return folder + "/" + name(address)
    }

    /// The copy of a folder of a store.
    static func path(for folder: Address, isOnlyRead: Bool) -> String {
        root + (isOnlyRead ? "/read/" : "/folders/") + name(folder)
    }

    /// Servers of one's own may have folders of the same names.
    private static func name(_ address: Address) -> String {
        let endpoint = ProcessInfo.processInfo.environment["AWS_S3_ENDPOINT"] ?? ""
        var hash = SHA256()
        hash.update(Array("\(endpoint)\n\(address.unhidden)".utf8).span.bytes)
        return hash.hexDigest.prefix(16) + "-" + address.lastComponent
    }

    private static var root: String {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["TILESCOPE_WORK"], !folder.isEmpty { return folder }
        return userFolder("XDG_STATE_HOME", usually: ".local/state", environment) + "/tilescope/work"
    }
}

/// One of the user's folders, as the XDG Base Directory Specification names them.
///
/// - Parameter variable: such as `XDG_CACHE_HOME`.
/// - Parameter name: where it is in the home folder, unless the variable says otherwise.
func userFolder(_ variable: String, usually name: String, _ environment: [String: String]) -> String {
    if let folder = environment[variable], folder.hasPrefix("/") { return folder }
    return (environment["HOME"] ?? FileManager.default.temporaryDirectory.path) + "/" + name
}
