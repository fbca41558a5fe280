import Files

extension ImageCollection {
    /// The images of a `.rec` file, with their labels and ids.
    package static func records(at path: String) throws(RecordsError) -> ImageCollection {
        let records = try ImageRecords(opening: path)
        let items = try (0..<records.count).map { record throws(RecordsError) in
            Item(number: record, name: "record \(record)", header: try records.header(of: record))
        }
        var collection = try ImageCollection(
            path: path, classNames: records.classNames, items: items, store: RecordStore(records: records))
        collection.remarks += records.remarks.map { "\(path): \($0)" }
        return collection
    }
}

private struct RecordStore: ImageStore {
    let records: ImageRecords

    func content(of item: ImageCollection.Item) throws -> ImageContent {
        let bytes = try records.withImage(of: item.number) { image throws(RecordsError) in
            image.withUnsafeBytes { Array($0) }
        }
        return .encoded(bytes)
    }

    func location(of item: ImageCollection.Item) -> String { "\(records.path), \(item.name)" }

    func files(of items: [ImageCollection.Item]) -> AnySequence<Address> {
        AnySequence(
            ([records.path] + PackOutput.records.sidecarPaths(of: records.path)).map { Address($0) })
    }
}
