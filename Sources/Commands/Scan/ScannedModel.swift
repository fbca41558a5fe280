import Bytes
import Files
import ModelFiles

/// A model that scans, with what tells its file from others.
struct ScannedModel {
    let address: Address
    let model: Model
    /// SHA-256 of the file, in hexadecimal digits.
    let digest: String

    init(reading address: Address) throws {
        guard let path = address.localPath else {
            throw CommandError(
                operation: "read the model", path: address.description,
                cause: "models are read from this machine's disks only; copy it here first")
        }
        self.address = address
        let state = FileGuard(path: path)
        model = try Model(reading: path)
        digest = try Self.digest(of: FileReader(path: path))
        guard FileGuard(path: path) == state else {
            throw CommandError(
                operation: "read the model", path: path, cause: "it was replaced in the meantime; try again")
        }
    }

    /// Part by part: the model itself is in memory already.
    private static func digest(of file: FileReader) throws(FileError) -> String {
        let partByteCount = 1 << 20
        var hash = SHA256()
        for start in stride(from: 0, to: file.byteCount, by: partByteCount) {
            let part = try file.read(min(partByteCount, file.byteCount - start), at: start)
            hash.update(part.span.bytes)
        }
        return hash.hexDigest
    }
}
