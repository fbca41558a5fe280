/// The kinds of files that `pack` writes, by the ending of the name.
package enum PackOutput: String, Hashable, Sendable, CaseIterable {
    case records = "rec"
    case tar
    case tiles

    /// `nil` for a name that ends in something else.
    package init?(path: String) {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        self.init(rawValue: String(path[path.index(after: dot)...]))
    }

    /// What is written beside the file.
    package func sidecarPaths(of path: String) -> [String] {
        let sidecars = RecordSidecars(of: path)
        return requiredPaths(of: sidecars) + [
            sidecars.quarantinePath, PackLedger.dataPath(of: path), PackLedger.ledgerPath(of: path),
        ]
    }

    /// What always lies beside the file.
    func requiredPaths(of sidecars: RecordSidecars) -> [String] {
        (self == .records ? [sidecars.indexPath, sidecars.checksumPath] : []) + [sidecars.metaPath]
    }

    /// An image as it stands in the file.
    ///
    /// - Parameter image: encoded, or for tiles its pixels.
    /// - Parameter key: of no other image of the file.
    /// - Parameter recordByteLimit: smaller only to try it.
    /// - Throws: where the image is more than a record may hold.
    package func encoded(
        _ image: [UInt8], of item: ImageCollection.Item, key: UInt64,
        recordByteLimit: Int = RecordIO.recordByteLimit
    ) throws -> [UInt8] {
        switch self {
        case .records:
            let record = item.header.encoded() + image
            guard record.count <= recordByteLimit else {
                throw Malformed(
                    "it would need a record of \(record.count) bytes, but a record can have at most \(recordByteLimit); "
                        + "make it smaller")
            }
            return RecordIO.encoded(record.span.bytes)
        case .tar:
            let digits = "\(key)"
            let key = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
            let (ending, label) = Self.label(item.header)
            return Tar.encoded(name: "\(key).\(Self.imageEnding(image, of: item))", image.span.bytes)
                + Tar.encoded(name: "\(key).\(ending)", label.span.bytes)
        case .tiles: return image
        }
    }

    /// One label as WebDataset's `.cls`, several as a `.json`.
    private static func label(_ header: ImageRecordHeader) -> (ending: String, bytes: [UInt8]) {
        guard header.labels.count > 1 else { return ("cls", Array("\(Int(header.labels[0]))".utf8)) }
        // A number that JSON cannot say.
        let labels = header.labels.map { $0.isFinite ? "\($0)" : "0" }
        return ("json", Array("{\"label\":[\(labels.joined(separator: ","))]}".utf8))
    }

    /// By what the bytes begin with, else the name's.
    private static func imageEnding(_ image: [UInt8], of item: ImageCollection.Item) -> String {
        if image.starts(with: [0xFF, 0xD8, 0xFF]) { return "jpg" }
        if image.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "png" }
        if image.starts(with: Array("RIFF".utf8)) { return "webp" }
        let named = Records.ending(of: item.name)
        return ImageCollection.imageEndings.contains(named) ? named : "jpg"
    }
}
