internal import CGDAL
import Foundation

extension StoredFile {
    /// What an object store or a web server calls these bytes, with its quotes; other bytes have another name.
    ///
    /// It asks the server each time.
    ///
    /// - Returns: `nil` for files of this machine, and where the server gives none or cannot be reached.
    package static func etag(of address: Address) -> String? { headers(of: address, ["ETag"]) }

    /// What tells these bytes from others at the same address: of a store its ETag, or else when they were changed last.
    ///
    /// It asks the server each time.
    ///
    /// - Returns: `nil` where nothing is known.
    package static func version(of address: Address) -> String? {
        if let path = address.localPath { return FileGuard(path: path).map { "\($0)" } }
        // A weak ETag is of several contents.
        if let etag = etag(of: address), !etag.hasPrefix("W/") { return etag }
        return headers(of: address, ["Last-Modified"])
    }

    /// The first of some headers that there is.
    private static func headers(of address: Address, _ names: [String]) -> String? {
        guard address.localPath == nil, address.objection == nil else { return nil }
        GDAL.start()
        // GDAL remembers that a file was there; what it asks for headers it asks anew.
        let headers = VSIGetFileMetadata(address.gdalPath, "HEADERS", nil)
        defer { CSLDestroy(headers) }
        return names.lazy.compactMap { CSLFetchNameValue(headers, $0) }.first.map { String(cString: $0) }
    }

    /// Whether a file is there, asked anew. Where nobody can tell, it is an error.
    package static func isThere(_ address: Address) throws(FileError) -> Bool {
        if let path = address.localPath { return access(path, F_OK) == 0 }
        GDAL.start()
        func failure(_ cause: String) -> FileError {
            FileError(.cannotOpen, "look for", address.description, cause: cause)
        }
        if let objection = address.objection { throw failure(objection) }
        forget(address)
        if let status = status(of: address) { return status.st_mode & S_IFMT != S_IFDIR }
        let answer = StoreAnswer.last
        guard answer.map(\.meansAbsence) ?? true else { throw failure(reason(address)) }
        return false
    }

    /// Its version as a list of its folder has it: the ETag, or else when it was changed last.
    static func listedVersion(of address: Address) throws(FileError) -> String {
        if let etag = etag(of: address) { return etag.replacing("\"", with: "") }
        return "\(try modificationTime(of: address))"
    }

    /// When it was changed last, in seconds since 1970.
    static func modificationTime(of address: Address) throws(FileError) -> Int {
        forget(address)
        guard let status = status(of: address) else {
            throw FileError(.cannotRead, "look at", address.description, cause: reason(address))
        }
        return Int(status.st_mtim.tv_sec)
    }

    /// - Returns: `nil` where nothing is there, or where nobody can tell: `reason` knows more then.
    static func status(of address: Address) -> stat? {
        forgetErrors()
        func look(_ flags: Int32) -> stat? {
            var status = stat()
            let isThere = withUnsafeMutablePointer(to: &status) { status in
                // GDAL's structure is the system's `stat64`, which on machines of 64 bits is `stat`.
                address.gdalPath.withNameBytes { VSIStatExL($0, OpaquePointer(status), flags) } == 0
            }
            return isThere ? status : nil
        }
        // Asked for its size, too, GDAL loses why a file is not there.
        guard look(VSI_STAT_EXISTS_FLAG | VSI_STAT_SET_ERROR_FLAG) != nil else { return nil }
        return look(VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG | VSI_STAT_SIZE_FLAG)
    }

    /// Why a file of a store or a web server cannot be opened; `nil` where it is there.
    package static func whyAbsent(_ address: Address) -> String? {
        guard address.isFetchedWhole else { return nil }
        forget(address)
        return status(of: address) == nil ? reason(address) : nil
    }

    /// Removes a file. Where none is there, nothing happens.
    package static func remove(_ address: Address) throws(FileError) {
        if let path = address.localPath {
            guard unlink(path) == 0 || errno == ENOENT else { throw FileError(.cannotWrite, "remove", path) }
            return
        }
        guard try isThere(address) else { return }
        forgetErrors()
        guard VSIUnlink(address.gdalPath) == 0 else {
            throw FileError(.cannotWrite, "remove", address.description, cause: reason(address))
        }
    }

    /// Makes GDAL ask the store again. What it has learnt of a file and of the list of its folder it keeps as long as the process lives.
    package static func forget(_ address: Address) {
        VSICurlPartialClearCache((address.folder ?? address).gdalPath)
    }

    /// Says to whoever called GDAL why it fails.
    static func report(_ words: String) {
        withVaList([]) {
            CPLErrorV(CE_Failure, CPLErrorNum(CPLE_FileIO), words.replacing("%", with: "%%"), $0)
        }
    }

    /// Before what `reason` shall tell of.
    static func forgetErrors() {
        CPLErrorReset()
        VSIErrorReset()
        errno = 0
    }

    /// Why something is not there: the store's words, GDAL's, or the system's.
    static func reason(_ address: Address) -> String {
        let number = errno
        if address.isFetchedWhole, let answer = StoreAnswer.last {
            return address.hidingSecrets(in: answer.words)
        }
        let words = GDAL.words(about: address)
        if !words.isEmpty { return words }
        if address.isInStore { return "it is not there" }
        return number == 0 ? "it is not there, or cannot be reached" : String(cString: strerror(number))
    }
}
