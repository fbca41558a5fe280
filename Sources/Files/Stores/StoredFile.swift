internal import CGDAL
import Foundation

/// A file on this machine's disks or, by GDAL, in an object store, on a web server or in an archive.
///
/// GDAL takes keys and endpoints from its usual variables (`AWS_…`, `GOOGLE_APPLICATION_CREDENTIALS`,
/// `AZURE_STORAGE_…`). One open file belongs to one thread at a time.
package struct StoredFile: ~Copyable {
    package let address: Address
    package let byteCount: Int
    private let handle: UnsafeMutablePointer<VSILFILE>

    package init(opening address: Address) throws(FileError) {
        GDAL.start()
        func failure(_ cause: String) -> FileError {
            FileError(.cannotOpen, "open", address.description, cause: cause)
        }
        if let objection = address.objection { throw failure(objection) }
        let path = address.gdalPath
        var status = stat()
        if path.withNameBytes({ stat($0, &status) }) == 0 {
            // A folder in memory opens, and is as long as its list of names.
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw failure("it is a folder, or not a regular file")
            }
            // A pipe would wait for somebody to write.
            if let kind = otherKind(of: status.st_mode) { throw failure("it is \(kind); name a file") }
        }
        if address.isFetchedWhole {
            // GDAL opens what is not there, too, or does not say why it cannot.
            guard Self.status(of: address) != nil else { throw failure(Self.reason(address)) }
        }
        Self.forgetErrors()
        guard let handle = address.readingPath.withNameBytes({ VSIFOpenExL($0, "rb", 1) }) else {
            throw failure(Self.reason(address))
        }
        VSIFSeekL(handle, 0, SEEK_END)
        // A folder of another file system of GDAL's may open, and say that it is as long as numbers go.
        guard let byteCount = Int(exactly: VSIFTellL(handle)), byteCount < Int.max else {
            VSIFCloseL(handle)
            throw failure("it is a folder, or not a regular file")
        }
        // GDAL 3.6 opens names without a dot that a web server does not have.
        guard byteCount > 0 || Self.isThere(path) else {
            VSIFCloseL(handle)
            throw failure(Self.reason(address))
        }
        self.address = address
        self.byteCount = byteCount
        self.handle = handle
    }

    deinit { VSIFCloseL(handle) }

    /// - Parameter range: inside the file.
    package func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
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
            let words = GDAL.words(about: address)
            throw FileError(
                .cannotRead, "read \(range.count) bytes at \(range.lowerBound)", address.description,
                cause: words.isEmpty ? "only \(readCount) came" : words)
        }
        return bytes
    }

    /// All bytes of a file.
    ///
    /// - Parameter limit: a longer file is an error, found before it is read.
    package static func bytes(of address: Address, limit: Int) throws(FileError) -> [UInt8] {
        let file = try StoredFile(opening: address)
        guard file.byteCount <= limit else {
            throw FileError(
                .tooLarge, "read", address.description,
                cause: "it has \(file.byteCount) bytes, more than \(limit)")
        }
        return try file.read(0..<file.byteCount)
    }

    private static func isThere(_ path: String) -> Bool {
        // It would change the letters of the name only where it is given a list of names.
        path.withNameBytes { CPLCheckForFile(UnsafeMutablePointer(mutating: $0), nil) != 0 }
    }
}
