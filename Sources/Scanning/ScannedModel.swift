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
                cause: "it was replaced while it was read; try again")
        }
    }

    /// Part by part: the model itself is in memory already.
    package static func digest(of file: FileReader) throws -> String {
        var hash = SHA256()
        try file.forEachPart { hash.update($0.span.bytes) }
        return hash.hexDigest
    }
}
