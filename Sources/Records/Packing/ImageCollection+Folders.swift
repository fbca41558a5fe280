package import Files

extension ImageCollection {
    /// Endings of files that are taken for images.
    package static let imageEndings: Set<String> = [
        "jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff", "jp2", "heic",
        "heif",
    ]

    /// A folder with a folder for each class, which may hold folders. Classes go by the bytes of their names.
    package static func classFolders(at address: Address) throws(RecordsError) -> ImageCollection {
        try ImageCollection(try StoredFolder(of: address), under: "", part: nil)
    }

    /// ImageNet's layout: `train` and `val` (or `valid`, `validation`, `test`) with the same class folders.
    package static func imageNet(at address: Address) throws(RecordsError) -> [ImageCollection] {
        let path = address.description
        let folder = try StoredFolder(of: address)
        guard let validation = folder.validationPart, folder.has("train") else {
            throw RecordsError(
                code: .malformed, operation: "list the images", path: path,
                cause: "ImageNet's layout has the folders train and val")
        }
        let parts = try ["train", validation].map { part throws(RecordsError) in
            try ImageCollection(folder, under: part + "/", part: part)
        }
        let (train, other) = (Set(parts[0].classNames), Set(parts[1].classNames))
        guard train == other else {
            let (onlyTrain, onlyOther) = (train.subtracting(other), other.subtracting(train))
            let differences = [("train", onlyTrain), (validation, onlyOther)].filter { !$0.1.isEmpty }
            throw RecordsError(
                code: .malformed, operation: "list the images", path: path,
                cause: "the classes of train and \(validation) differ: "
                    + differences.map { "only \($0) has \(shortList($1.sorted()))" }.joined(separator: "; "))
        }
        return parts
    }

    /// - Parameter prefix: of the names that count: `"train/"`.
    private init(_ folder: StoredFolder, under prefix: String, part: String?) throws(RecordsError) {
        var classNames: Set<String> = []
        var files: [(className: String, name: String)] = []
        var (strayCount, otherCount) = (0, 0)
        for entry in folder.entries where entry.name.hasPrefix(prefix) {
            let parts = entry.name.dropFirst(prefix.count).split(separator: "/")
            guard let first = parts.first, !Self.isHidden(parts) else { continue }
            let className = String(first).showingRawBytes
            if entry.isFolder || parts.count > 1 { classNames.insert(className) }
            guard !entry.isFolder else { continue }
            let isImage = Self.imageEndings.contains(ending(of: entry.name))
            switch (isImage, parts.count > 1) {
            case (true, true): files.append((className, entry.name))
            case (true, false): strayCount += 1
            case (false, _): otherCount += 1
            }
        }
        let root = folder.address
        let path = (prefix.isEmpty ? root : root.appending(String(prefix.dropLast()))).description
        guard !files.isEmpty else {
            throw RecordsError(
                code: .malformed, operation: "list the images", path: path,
                cause: strayCount > 0
                    ? "it has \(counted(strayCount, "image")) but no folder for each class"
                    : "there are no images in it (files that end in .jpg, .png, .webp, .tif, …)")
        }
        let names = classNames.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var classes = [[String]](repeating: [], count: names.count)
        for file in files { classes[labels[file.className] ?? 0].append(file.name) }
        var items: [Item] = []
        for (label, names) in classes.enumerated() {
            for name in names {
                let header = ImageRecordHeader(labels: [Float(label)], id: UInt64(items.count))
                items.append(Item(number: items.count, name: name, header: header))
            }
        }
        try self.init(
            path: path, part: part, classNames: names, items: items,
            store: FolderStore(root: root))
        let empty = zip(names, classes).filter { $1.isEmpty }.map(\.0)
        if !empty.isEmpty { remarks.append("\(path): no images of the class \(shortList(empty))") }
        if strayCount > 0 {
            remarks.append(
                "\(path): \(counted(strayCount, "image lies", "images lie")) in no class folder, passed over")
        }
        if otherCount > 0 {
            remarks.append(
                "\(path): \(counted(otherCount, "file is no image", "files are no images")) by name, passed over"
            )
        }
    }
}

extension ImageCollection {
    /// Whether a name is one that people do not see: `.DS_Store`, or what macOS puts into archives.
    static func isHidden(_ parts: some Sequence<Substring>) -> Bool {
        parts.contains { $0.hasPrefix(".") || $0 == "__MACOSX" }
    }
}

/// What follows the last dot, in small letters.
package func ending(of name: some StringProtocol) -> String {
    name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
}

extension StoredFolder {
    init(of address: Address) throws(RecordsError) {
        do {
            self = try StoredFolder(listing: address)
        } catch {
            throw RecordsError(
                code: .cannotRead, operation: error.operation, path: address.description, cause: error.cause)
        }
    }

    /// Whether a folder of this name is in it.
    func has(_ name: String) -> Bool {
        entries.contains { $0.isFolder && $0.name == name || $0.name.hasPrefix(name + "/") }
    }

    /// The folder beside `train`.
    var validationPart: String? { ["val", "valid", "validation", "test"].first { has($0) } }
}

/// Images that are files of their own.
struct FolderStore: ImageStore {
    /// Where relative names begin; `nil` for the folder in which this program runs.
    let root: Address?

    func content(of item: ImageCollection.Item) throws -> ImageContent {
        .encoded(try StoredFile.bytes(of: address(of: item), limit: RecordIO.recordByteLimit / 2))
    }

    func location(of item: ImageCollection.Item) -> String { address(of: item).description }

    func files(of items: [ImageCollection.Item]) -> AnySequence<Address> {
        AnySequence(items.lazy.map(address))
    }

    private func address(of item: ImageCollection.Item) -> Address {
        guard let root, !item.name.hasPrefix("/"), !item.name.utf8.contains("://".utf8) else {
            return Address(item.name)
        }
        return root.appending(item.name)
    }
}
