package import Files
import Foundation

extension ImageCollection {
    /// A WebDataset: one `.tar`, or a folder of them.
    ///
    /// Files in a row whose names agree up to the first dot are one sample: an image, and its class as `.cls` (or
    /// `.cls.txt`), a whole number, or as "label" in a `.json`: a number, several, or a name.
    ///
    /// Names of classes come from `x.tar.meta.json` beside the archive, where `tilescope pack` has written it.
    package static func tar(at address: Address) throws(RecordsError) -> ImageCollection {
        let archives = try ending(of: address.lastComponent) == "tar" ? [address] : archives(in: address)
        let samples = try TarSamples(archives)
        let labels: [[Float]]
        var classNames = try archives.first.flatMap { archive throws(RecordsError) in
            try RecordSidecars(of: archive.localPath ?? archive.unhidden).readMeta()?.classNames
        }
        switch samples.labels {
        case .numbers(let numbers): labels = numbers
        case .names(let names):
            let sorted = Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let indices = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
            labels = names.map { [Float(indices[$0] ?? 0)] }
            classNames = sorted
        }
        let items = zip(samples.images, labels).enumerated().map { number, sample in
            Item(
                number: number, name: sample.0.entry.name,
                header: ImageRecordHeader(labels: sample.1, id: UInt64(number)))
        }
        let store = TarStore(archives: archives, images: samples.images)
        let path = address.description
        var collection = try ImageCollection(path: path, classNames: classNames, items: items, store: store)
        collection.remarks = samples.remarks.map { "\(path): \($0)" }
        return collection
    }

    private static func archives(in address: Address) throws(RecordsError) -> [Address] {
        let folder = try StoredFolder(of: address)
        let names = folder.entries.map(\.name).filter { $0.hasSuffix(".tar") && !$0.contains("/") }
        return names.map { address.appending($0) }
    }
}

/// What a WebDataset's archives hold.
private struct TarSamples {
    enum Labels {
        case numbers([[Float]])
        case names([String])
    }
    struct ImageEntry {
        /// An index into the list of archives.
        var archive: Int
        var entry: Tar.Entry
    }
    private enum Label {
        case numbers([Float])
        case name(String)
    }
    private(set) var images: [ImageEntry] = []
    private var found: [Label] = []
    private var imagelessCount = 0
    private var unlabelled: [String] = []
    /// Archives without a mark at their end.
    private var endless: [String] = []

    init(_ archives: [Address]) throws(RecordsError) {
        for (number, archive) in archives.enumerated() {
            let path = archive.description
            do {
                let file = try StoredFile(opening: archive)
                let (entries, isEnded) = try Tar.entries(byteCount: file.byteCount) { try file.read($0) }
                if !isEnded { endless.append(path) }
                var start = 0
                while start < entries.count {
                    let key = Self.key(of: entries[start].name)
                    let end =
                        entries[start...].firstIndex { !Self.key(of: $0.name).elementsEqual(key) }
                        ?? entries.count
                    try add(entries[start..<end], archive: number, of: file)
                    start = end
                }
            } catch {
                throw RecordsError(
                    code: .malformed, operation: "read the archive", path: path,
                    cause: (error as? FileError)?.cause ?? error.reason)
            }
        }
        let isNamed = found.contains { if case .name = $0 { true } else { false } }
        let isNumbered = found.contains { if case .numbers = $0 { true } else { false } }
        guard !(isNamed && isNumbered) else {
            throw RecordsError(
                code: .malformed, operation: "read the labels", path: archives[0].description,
                cause: "some samples have numbers for labels and others names")
        }
    }

    var labels: Labels {
        if case .name = found.first {
            return .names(found.compactMap { if case .name(let name) = $0 { name } else { nil } })
        }
        return .numbers(found.compactMap { if case .numbers(let numbers) = $0 { numbers } else { nil } })
    }

    var remarks: [String] {
        var remarks: [String] = []
        if imagelessCount > 0 { remarks.append("\(imagelessCount) samples have no image, passed over") }
        if !unlabelled.isEmpty {
            remarks.append(
                "\(unlabelled.count) samples have no .cls and no \"label\" in a .json, passed over: "
                    + shortList(unlabelled))
        }
        if !endless.isEmpty {
            remarks.append("the end is not marked, so it may be cut short: \(shortList(endless))")
        }
        return remarks
    }

    /// The name up to the first dot of its last part. Bytes, as for other programs: letters that look the same may be
    /// written in several ways, of other lengths.
    private static func key(of name: String) -> Substring.UTF8View {
        let bytes = name.utf8
        let last = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
        return bytes[..<(bytes[last...].firstIndex(of: UInt8(ascii: ".")) ?? bytes.endIndex)]
    }

    private mutating func add(
        _ sample: ArraySlice<Tar.Entry>, archive: Int, of file: borrowing StoredFile
    ) throws {
        let key = Self.key(of: sample[sample.startIndex].name)
        guard let image = sample.first(where: { ImageCollection.imageEndings.contains(ending(of: $0.name)) })
        else {
            imagelessCount += 1
            return
        }
        var label: Label?
        for entry in sample where label == nil && entry.content.count <= 1 << 20 {
            switch Substring(entry.name.utf8.dropFirst(key.count)).lowercased() {
            case ".cls", ".cls.txt":
                let text = String(decoding: try file.read(entry.content), as: UTF8.self)
                guard let value = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                    throw Malformed("\(entry.name) is not a number: \(text.prefix(40))")
                }
                label = .numbers([Float(value)])
            case ".json": label = try Self.label(inJSON: file.read(entry.content), of: entry.name)
            default: break
            }
        }
        guard let label else {
            unlabelled.append(String(Substring(key)))
            return
        }
        images.append(ImageEntry(archive: archive, entry: image))
        found.append(label)
    }

    /// `nil` where the object has no label.
    private static func label(inJSON bytes: [UInt8], of name: String) throws -> Label? {
        struct Labelled: Decodable {
            var label: Value?
            enum Value: Decodable {
                case number(Double), numbers([Double]), name(String)
                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    if let number = try? container.decode(Double.self) {
                        self = .number(number)
                    } else if let name = try? container.decode(String.self) {
                        self = .name(name)
                    } else {
                        self = .numbers(try container.decode([Double].self))
                    }
                }
            }
        }
        do {
            switch try JSONDecoder().decode(Labelled.self, from: Data(bytes)).label {
            case nil: return nil
            case .number(let number): return .numbers([Float(number)])
            case .numbers(let numbers): return numbers.isEmpty ? nil : .numbers(numbers.map { Float($0) })
            case .name(let name): return .name(name)
            }
        } catch {
            throw Malformed("\(name) is no JSON object whose label is a number, numbers or a name")
        }
    }
}

private struct TarStore: ImageStore {
    let archives: [Address]
    let images: [TarSamples.ImageEntry]

    func content(of item: ImageCollection.Item) throws -> ImageContent {
        let image = images[item.number]
        guard image.entry.content.count <= RecordIO.recordByteLimit / 2 else {
            throw Malformed("it has \(image.entry.content.count) bytes, more than a record may have")
        }
        let file = try StoredFile(opening: archives[image.archive])
        guard image.entry.content.upperBound <= file.byteCount else {
            throw Malformed("the archive was cut short meanwhile")
        }
        return .encoded(try file.read(image.entry.content))
    }

    func location(of item: ImageCollection.Item) -> String {
        "\(archives[images[item.number].archive])/\(item.name)"
    }

    func files(of items: [ImageCollection.Item]) -> AnySequence<Address> { AnySequence(archives) }
}
