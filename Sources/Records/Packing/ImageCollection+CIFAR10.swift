import Files

extension ImageCollection {
    /// CIFAR-10's binary files: "train" and "test".
    package static func cifar10(at path: String) throws(RecordsError) -> [ImageCollection] {
        try cifar10(CIFAR10(folder: path))
    }

    package static func cifar10(_ cifar: CIFAR10) throws(RecordsError) -> [ImageCollection] {
        try [(CIFAR10.Part.train, "train"), (.test, "test")].map { part, name throws(RecordsError) in
            let store = CIFAR10Store(cifar: cifar, files: try cifar.open(part))
            let items = try (0..<store.files.count * cifar.recordsPerFile).map {
                number throws(RecordsError) in
                let (file, record) = number.quotientAndRemainder(dividingBy: cifar.recordsPerFile)
                let label = try cifar.label(ofRecord: record, in: store.files[file])
                return Item(
                    number: number, name: "\(part.fileNames[file]), record \(record)",
                    header: ImageRecordHeader(labels: [Float(label)], id: UInt64(number)))
            }
            return try ImageCollection(
                path: cifar.folder, part: name, classNames: CIFAR10.classNames, items: items, store: store)
        }
    }
}

private struct CIFAR10Store: ImageStore {
    let cifar: CIFAR10
    let files: [FileReader]

    func content(of item: ImageCollection.Item) throws -> ImageContent {
        let (file, record) = item.number.quotientAndRemainder(dividingBy: cifar.recordsPerFile)
        return .pixels(try cifar.image(ofRecord: record, in: files[file]))
    }

    func location(of item: ImageCollection.Item) -> String { "\(cifar.folder)/\(item.name)" }

    func files(of items: [ImageCollection.Item]) -> AnySequence<Address> {
        AnySequence(files.map { Address($0.path) })
    }
}
