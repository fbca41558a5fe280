internal import CGDAL
import Foundation

/// A file on this machine's disks or, by GDAL, in an object store, on a web server or in an archive.
///
/// Paths are those of this machine, GDAL's own (`/vsis3/…`, `/vsizip/…`), and `http`, `https`, `s3`, `gs`, `az`,
/// `abfs`, `abfss`, `hdfs` and `file` addresses. GDAL takes keys and endpoints from its usual variables (`AWS_…`,
/// `GOOGLE_APPLICATION_CREDENTIALS`, `AZURE_STORAGE_…`). One open file belongs to one thread at a time.
package struct StoredFile: ~Copyable {
    package let path: String
    package let byteCount: Int
    private let handle: UnsafeMutablePointer<VSILFILE>

    package init(opening path: String) throws(RasterError) {
        GDAL.start()
        CPLErrorReset()
        errno = 0
        let translated = Self.gdalPath(path)
        var status = stat()
        // A pipe would wait for somebody to write.
        guard stat(translated, &status) != 0 || [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
            throw RasterError(.cannotOpen, "open", path, cause: "it is no plain file")
        }
        errno = 0
        guard let handle = VSIFOpenL(translated, "rb") else {
            throw RasterError(.cannotOpen, "open", path, cause: Self.reason(translated))
        }
        VSIFSeekL(handle, 0, SEEK_END)
        // A folder opens, too, and says that it is as long as numbers go.
        guard let byteCount = Int(exactly: VSIFTellL(handle)), byteCount < Int.max else {
            VSIFCloseL(handle)
            throw RasterError(.cannotOpen, "open", path, cause: "it is a folder or no regular file")
        }
        (self.path, self.byteCount, self.handle) = (path, byteCount, handle)
    }

    deinit { VSIFCloseL(handle) }

    /// - Parameter range: inside the file.
    package func read(_ range: Range<Int>) throws(RasterError) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        CPLErrorReset()
        var readCount = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            if VSIFSeekL(handle, vsi_l_offset(range.lowerBound), SEEK_SET) == 0 {
                readCount = VSIFReadL(buffer.baseAddress, 1, range.count, handle)
            }
            count = readCount
        }
        guard readCount == range.count else {
            let words = RasterError.words(about: path)
            throw RasterError(
                .cannotRead, "read \(range.count) bytes at \(range.lowerBound)", path,
                cause: words.isEmpty ? "only \(readCount) came" : words)
        }
        return bytes
    }

    /// All bytes of a file.
    ///
    /// - Parameter limit: a longer file is an error, found before it is read.
    package static func bytes(of path: String, limit: Int) throws(RasterError) -> [UInt8] {
        let file = try StoredFile(opening: path)
        guard file.byteCount <= limit else {
            throw RasterError(
                .unsupported, "read", path, cause: "it has \(file.byteCount) bytes, more than \(limit)")
        }
        return try file.read(0..<file.byteCount)
    }

    /// GDAL's name of what an address names; other paths stay as they are.
    package static func gdalPath(_ path: String) -> String {
        guard let colon = path.firstRange(of: "://") else { return path }
        let rest = path[colon.upperBound...]
        switch path[..<colon.lowerBound] {
        case "file": return rest.hasPrefix("localhost/") ? String(rest.dropFirst(9)) : String(rest)
        case "http", "https": return "/vsicurl/" + path
        case "s3": return "/vsis3/" + rest
        case "gs": return "/vsigs/" + rest
        case "az": return "/vsiaz/" + rest
        case "abfs", "abfss": return dataLakePath(rest)
        case "hdfs": return "/vsihdfs/" + path
        default: return path
        }
    }

    /// `container@account.dfs.core.windows.net/path`, or without the account, which then comes from
    /// `AZURE_STORAGE_ACCOUNT`.
    private static func dataLakePath(_ rest: Substring) -> String {
        let host = rest.prefix { $0 != "/" }
        let container = host.prefix { $0 != "@" }
        let path = "/vsiadls/\(container)"
        if container.count < host.count {
            let account = host.dropFirst(container.count + 1).prefix { $0 != "." }
            VSISetPathSpecificOption(path, "AZURE_STORAGE_ACCOUNT", String(account))
        }
        return path + rest.dropFirst(host.count)
    }

    /// Why something is not there: GDAL's words, or the system's.
    static func reason(_ path: String) -> String {
        let number = errno
        let words = RasterError.words(about: path)
        if !words.isEmpty { return words }
        return number == 0 ? "it is not there, or cannot be reached" : String(cString: strerror(number))
    }
}
