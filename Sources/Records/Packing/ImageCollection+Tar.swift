package import Files
import Foundation

extension ImageCollection {
    /// A WebDataset: one `.tar`, a folder of them, several of a pattern such as `train-{000..003}.tar`, or a list of any of these.
    ///
    /// Files whose names agree up to the first dot are one sample: an image, and its class as `.cls` (or `.cls.txt`), as "label", "cls"
    /// or "class" in a `.json`, or else as `.txt`: a number, several (in a `.json`), or a name. A second file of one name and ending
    /// begins a sample of its own. Of several images in a sample, the one directly under the key is taken: `0.png` before `0.mask.png`.
    ///
    /// Names of classes come from `x.tar.meta.json` beside the archive, where `tilescope pack` has written it.
    package static func tar(at addresses: Address...) throws(RecordsError) -> ImageCollection {
        try tar(at: addresses)
    }

    /// The same of a list.
    package static func tar(at addresses: [Address]) throws(RecordsError) -> ImageCollection {
        let path = addresses.map(\.description).joined(separator: ", ")
        var archives: [Address] = []
        for address in addresses {
            let isArchive = ending(of: address.lastComponent) == "tar"
            archives += try isArchive ? address.expandingBraces : Self.archives(in: address)
        }
        let samples = try TarSamples(archives)
        let remarks = samples.remarks
        guard !samples.images.isEmpty else {
            throw RecordsError(
                code: .malformed, operation: "list the images", path: path,
                cause: (["there are none"] + remarks).joined(separator: "; "))
        }
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
        var collection = try ImageCollection(path: path, classNames: classNames, items: items, store: store)
        collection.remarks += remarks.map { "\(path): \($0)" }
        return collection
    }

    private static func archives(in address: Address) throws(RecordsError) -> [Address] {
        let folder = try StoredFolder(of: address)
        let names = folder.entries.map(\.name).filter { !$0.contains("/") }
        try Compressed.checkThereAreNone(among: names, in: address)
        return names.filter { $0.hasSuffix(".tar") }.map { address.appending($0) }
    }
}

extension Address {
    /// What a pattern stands for that a shell has not expanded: `{000..003}` for numbers of as many digits, `{a,b}` for words. What has no
    /// such pattern stands for itself.
    var expandingBraces: [Address] {
        let text = unhidden
        // A file may be called so.
        if let localPath, access(localPath, F_OK) == 0 { return [self] }
        guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") else {
            return [self]
        }
        let (before, after) = (text[..<open], text[text.index(after: close)...])
        let words = Self.words(ofBrace: text[text.index(after: open)..<close])
        return words.isEmpty
            ? [self] : words.flatMap { Address(before + $0 + after).expandingBraces }
    }

    /// As many names as a pattern may stand for.
    private static let braceLimit = 1_000_000

    private static func words(ofBrace content: Substring) -> [String] {
        if content.contains(",") { return content.split(separator: ",").map(String.init) }
        let ends = content.split(separator: "..", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, last >= first,
            last - first < braceLimit
        else { return [] }
        let digitCount = ends[0].count
        return (first...last).map { number in
            let digits = String(number)
            return String(repeating: "0", count: max(0, digitCount - digits.count)) + digits
        }
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
    /// Samples whose name another one has before them in the archive.
    private var repeated: [String] = []
    /// Samples of several images, none of which stands directly under the key.
    private var ambiguous: [String] = []
    /// Images that were taken, while others of their sample were not.
    private var preferred: [String] = []
    private var texts: Set<String> = []
    /// Archives without a mark at their end.
    private var endless: [String] = []

    init(_ archives: [Address]) throws(RecordsError) {
        for (number, archive) in archives.enumerated() {
            let path = archive.description
            do {
                let file = try StoredFile(opening: archive)
                let (entries, isEnded) = try Tar.entries(byteCount: file.byteCount) { try file.read($0) }
                if !isEnded { endless.append(path) }
                for sample in samples(of: entries) { try add(sample, archive: number, of: file) }
            } catch {
                throw RecordsError(
                    code: .malformed, operation: "read the archive", path: path,
                    cause: (error as? FileError)?.cause ?? error.reason)
            }
        }
        if texts.count > max(Self.captionLimit, found.count / 2) {
            throw RecordsError(
                code: .malformed, operation: "read the labels", path: archives[0].description,
                cause:
                    "the .txt files hold \(texts.count) different texts for \(counted(found.count, "image")): they are captions, and no "
                    + "classes; put the class into .cls or .json")
        }
        let isNamed = found.contains { if case .name = $0 { true } else { false } }
        let isNumbered = found.contains { if case .numbers = $0 { true } else { false } }
        guard !(isNamed && isNumbered) else {
            throw RecordsError(
                code: .malformed, operation: "read the labels", path: archives[0].description,
                cause: "some samples have numbers as labels, others have names")
        }
    }

    /// So many texts of `.txt` files are taken for names of classes, however few images there are.
    private static let captionLimit = 100

    var labels: Labels {
        if case .name = found.first {
            return .names(found.compactMap { if case .name(let name) = $0 { name } else { nil } })
        }
        return .numbers(found.compactMap { if case .numbers(let numbers) = $0 { numbers } else { nil } })
    }

    var remarks: [String] {
        var remarks: [String] = []
        if imagelessCount > 0 {
            remarks.append("\(counted(imagelessCount, "sample has", "samples have")) no image, passed over")
        }
        if !unlabelled.isEmpty {
            remarks.append(
                "\(counted(unlabelled.count, "sample has", "samples have")) no .cls, no \"label\", \"cls\" or \"class\" in a .json and no .txt of one "
                    + "line, passed over: " + shortList(unlabelled))
        }
        if !ambiguous.isEmpty {
            remarks.append(
                "\(counted(ambiguous.count, "sample has", "samples have")) several images, none of them directly under the key, passed over: "
                    + shortList(ambiguous))
        }
        if !preferred.isEmpty {
            remarks.append(
                "\(counted(preferred.count, "sample has", "samples have")) several images, of which one is taken: \(shortList(preferred))"
            )
        }
        if !repeated.isEmpty {
            remarks.append(
                "\(counted(repeated.count, "sample has the name of another one and counts", "samples have the name of another one and count")) as well: \(shortList(repeated))"
            )
        }
        if !texts.isEmpty { remarks.append("the classes are taken from the .txt files") }
        if !endless.isEmpty {
            remarks.append(
                "the end marker is missing, so these archives may be truncated: \(shortList(endless))")
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

    /// What stands behind the key: `".png"`.
    private static func endings(of name: String) -> String {
        Substring(name.utf8.dropFirst(key(of: name).count)).lowercased()
    }

    /// The files that belong together, also where others stand between them; in the order of their first ones.
    private mutating func samples(of entries: [Tar.Entry]) -> [[Tar.Entry]] {
        var samples: [[Tar.Entry]] = []
        // By their bytes.
        var newest: [[UInt8]: Int] = [:]
        for entry in entries
        where !ImageCollection.isHidden(entry.name.split(separator: "/").filter { $0 != "." }) {
            let key = Array(Self.key(of: entry.name))
            let endings = Self.endings(of: entry.name)
            guard let place = newest[key],
                !samples[place].contains(where: { Self.endings(of: $0.name) == endings })
            else {
                if newest[key] != nil { repeated.append(String(decoding: key, as: UTF8.self)) }
                newest[key] = samples.count
                samples.append([entry])
                continue
            }
            samples[place].append(entry)
        }
        return samples
    }

    /// - Returns: `nil` where there is none, or nothing tells which of several it is.
    private mutating func image(of sample: [Tar.Entry]) -> Tar.Entry? {
        let images = sample.filter { ImageCollection.imageEndings.contains(ending(of: $0.name)) }
        guard images.count > 1 else {
            if images.isEmpty { imagelessCount += 1 }
            return images.first
        }
        let key = Self.key(of: sample[0].name)
        guard let image = images.first(where: { Self.endings(of: $0.name) == "." + ending(of: $0.name) })
        else {
            ambiguous.append(
                "\(Substring(key)) (\(images.map { String(Self.endings(of: $0.name).dropFirst()) }.joined(separator: ", ")))"
            )
            return nil
        }
        preferred.append(image.name)
        return image
    }

    private mutating func add(
        _ sample: [Tar.Entry], archive: Int, of file: borrowing StoredFile
    ) throws {
        guard let image = image(of: sample) else { return }
        var found: Label?
        for endings in Self.labelEndings {
            for entry in sample
            where found == nil && entry.content.count <= 1 << 20
                && endings.contains(Self.endings(of: entry.name))
            {
                let bytes = try file.read(entry.content)
                found =
                    switch endings {
                    case [".json"]: try Self.label(inJSON: bytes, of: entry.name)
                    case [".txt"]: labelInCaption(bytes)
                    default: Self.label(Self.text(bytes))
                    }
            }
        }
        guard let found else {
            unlabelled.append(String(Substring(Self.key(of: image.name))))
            return
        }
        images.append(ImageEntry(archive: archive, entry: image))
        self.found.append(found)
    }

    /// Endings of files that may tell the class, the surest first.
    private static let labelEndings: [Set<String>] = [[".cls", ".cls.txt"], [".json"], [".txt"]]

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// `nil` where it is more than a name.
    private mutating func labelInCaption(_ bytes: [UInt8]) -> Label? {
        let text = Self.text(bytes)
        guard text.utf8.count <= 256, !text.contains(where: \.isNewline) else { return nil }
        if !text.isEmpty { texts.insert(text) }
        return Self.label(text)
    }

    /// A number, or else a name; `nil` for nothing.
    private static func label(_ text: String) -> Label? {
        if text.isEmpty { return nil }
        return Double(text).map { .numbers([Float($0)]) } ?? .name(text)
    }

    /// `nil` where the object has no label.
    private static func label(inJSON bytes: [UInt8], of name: String) throws -> Label? {
        struct Labelled: Decodable {
            enum CodingKeys: String, CodingKey, CaseIterable { case label, cls, className = "class" }
            var label: Value?
            init(from decoder: any Decoder) throws {
                let members = try decoder.container(keyedBy: CodingKeys.self)
                for key in CodingKeys.allCases where label == nil {
                    label = try members.decodeIfPresent(Value.self, forKey: key)
                }
            }
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
            throw Malformed(
                "\(name) is not a JSON object with a label that is a number, a list of numbers or a name")
        }
    }
}

private struct TarStore: ImageStore {
    let archives: [Address]
    let images: [TarSamples.ImageEntry]

    func content(of item: ImageCollection.Item) throws -> ImageContent {
        let image = images[item.number]
        guard image.entry.content.count <= RecordIO.recordByteLimit / 2 else {
            throw Malformed("it has \(image.entry.content.count) bytes, more than a record can have")
        }
        let file = try StoredFile(opening: archives[image.archive])
        guard image.entry.content.upperBound <= file.byteCount else {
            throw Malformed("the archive was truncated while it was read")
        }
        return .encoded(try file.read(image.entry.content))
    }

    func location(of item: ImageCollection.Item) -> String {
        "\(archives[images[item.number].archive])/\(item.name)"
    }

    func files(of items: [ImageCollection.Item]) -> AnySequence<Address> { AnySequence(archives) }
}
