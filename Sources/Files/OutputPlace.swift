import Foundation

/// What stands where an output shall be.
struct OutputPlace {
    /// Where the path leads: behind all links, those to nothing too. For a file of a store, where it is until it is complete.
    let target: String
    /// The status of the file that is there; `nil` where there is none.
    let status: stat?
    /// Into which it goes when it is complete; `nil` for a file of this machine.
    let store: Address?

    /// - Parameter path: a path or an address.
    /// - Throws: where it is a folder, a device, a pipe or a socket, or links lead round in a circle; for an address that cannot
    ///   be written to.
    init(_ path: String) throws(FileError) {
        let address = Address(path)
        guard let path = address.localPath else {
            if let objection = address.writingObjection {
                throw FileError(.cannotWrite, "write", address.description, cause: objection)
            }
            store = address
            target = try WorkFolder.file(for: address)
            status = nil
            return
        }
        store = nil
        guard !path.isEmpty, !path.hasSuffix("/") else {
            throw FileError(.cannotWrite, "create", path, cause: "it names a folder; name a file")
        }
        var status = stat()
        if stat(path, &status) == 0 {
            if let objection = Self.objection(to: status.st_mode) {
                throw FileError(.cannotWrite, "create", path, cause: objection)
            }
            self.status = status
        } else if errno == ENOENT {
            self.status = nil
        } else {
            throw FileError(.cannotWrite, "create", path)
        }
        target = Self.followed(path)
    }

    /// The same for all paths that lead there.
    var canonicalPath: String {
        if let store { return store.gdalPath }
        let (folder, name) = Self.parts(of: target)
        guard let resolved = realpath(folder, nil) else { return target }
        defer { free(resolved) }
        return String(cString: resolved) + "/" + name
    }

    /// A rename would put a file in the place of a device or a pipe.
    private static func objection(to mode: mode_t) -> String? {
        otherKind(of: mode).map { "it is \($0); name a file" }
    }

    /// The end of a chain of links, which is none itself; the kernel has found no circle.
    private static func followed(_ path: String) -> String {
        guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
        return followed(link.hasPrefix("/") ? link : parts(of: path).folder + "/" + link)
    }

    /// - Returns: `"."` as the folder of a bare name.
    static func parts(of path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.utf8.index(after: slash)...]))
    }
}
