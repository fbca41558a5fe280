package import Files

extension ImageCollection {
    /// Paths have at most 4 kB; a longer line is no list's.
    private static let listLineByteLimit = 1 << 16

    /// The images of an `im2rec` list: lines of an index, one or more labels and a path, with tabs between.
    ///
    /// - Parameter root: where relative paths begin; by default the folder of the list.
    package static func list(at address: Address, root: Address?) throws(RecordsError) -> ImageCollection {
        let path = address.description
        let bytes: [UInt8]
        do {
            bytes = try StoredFile.bytes(of: address, limit: 1 << 31)
        } catch {
            throw RecordsError(code: .cannotRead, operation: error.operation, path: path, cause: error.cause)
        }
        var items: [Item] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            guard line.count <= listLineByteLimit else {
                throw RecordsError(
                    code: .malformed, operation: "read line \(number + 1)", path: path,
                    cause: "it has \(line.count) bytes: this is not a list of images")
            }
            let text = String(nameBytes: line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            guard !text.isEmpty else { continue }
            let fields = text.split(separator: "\t", omittingEmptySubsequences: false)
            // By way of a double, as Python does.
            let labels = fields.dropFirst().dropLast().map { Double($0).map { Float($0) } }
            guard fields.count >= 3, let id = UInt64(fields[0]), !fields[fields.count - 1].isEmpty,
                !labels.contains(nil)
            else {
                throw RecordsError(
                    code: .malformed, operation: "read line \(number + 1)", path: path,
                    cause: "a line must have an index, one or more labels and a path, separated by tabs")
            }
            items.append(
                Item(
                    number: items.count, name: String(fields[fields.count - 1]),
                    header: ImageRecordHeader(labels: labels.compactMap { $0 }, id: id)))
        }
        return try ImageCollection(
            path: path, items: items, store: FolderStore(root: root ?? address.folder))
    }
}
