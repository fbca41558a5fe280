import Bytes
public import Files
public import ModelFiles

/// A model that scans, with what tells its file from others.
public struct ScannedModel: Sendable {
    public let address: Address
    public let model: Model
    /// SHA-256 of the file, in hexadecimal digits.
    public let digest: String

    /// - Parameter text: a path or an address.
    public init(reading text: String) throws {
        address = Address(text)
        let version = StoredFile.version(of: address)
        model = try Model(reading: text)
        digest = try Self.digest(of: FileReader(opening: address))
        guard StoredFile.version(of: address) == version else {
            throw ScanError(
                code: .anotherTask, operation: "read the model \(address)",
                cause: "it was replaced in the meantime; try again")
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
