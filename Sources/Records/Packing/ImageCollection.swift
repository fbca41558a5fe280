package import Files
import Foundation
package import Pixels
import Rasters

/// Labelled images somewhere, listed but not yet read: what `pack` packs.
package struct ImageCollection: Sendable {
    /// One image.
    package struct Item: Sendable {
        /// Where the store finds it.
        package var number: Int
        /// As the collection calls it: `"n02123045/1.JPEG"`.
        package var name: String
        /// With its labels and its id.
        package var header: ImageRecordHeader

        package init(number: Int, name: String, header: ImageRecordHeader) {
            (self.number, self.name, self.header) = (number, name, header)
        }
    }

    package let path: String
    /// `"train"` or `"val"` where a source has several parts, else `nil`.
    package internal(set) var part: String?
    /// By label.
    package internal(set) var classNames: [String]
    /// What a user should know: classes without images, files that were passed over.
    package internal(set) var remarks: [String] = []
    package internal(set) var items: [Item]
    package let store: any ImageStore

    package var count: Int { items.count }

    /// Whether the labels of some image are boxes: then its first label is no class.
    package var holdsBoxes: Bool { items.contains(where: \.header.holdsBoxes) }

    /// What must not be replaced while the images are read.
    package var files: AnySequence<Address> { store.files(of: items) }

    /// What tells the images of a packed file apart for its other readers: their ids, or where two have the same (other
    /// programs may leave 0 everywhere) their places in the list.
    var keys: [UInt64] {
        let ids = items.map(\.header.id)
        let sorted = ids.sorted()
        let areUnique = zip(sorted, sorted.dropFirst()).allSatisfy { $0 != $1 }
        return areUnique ? ids : (0..<UInt64(count)).map { $0 }
    }

    /// - Parameter classNames: by default "0", "1", … up to the highest label.
    /// - Throws: where there is no image, or a label is no class, with the image.
    package init(
        path: String, part: String? = nil, classNames: [String]? = nil, items: [Item], store: any ImageStore
    ) throws(RecordsError) {
        func refusal(_ cause: String) -> RecordsError {
            RecordsError(code: .malformed, operation: "list the images", path: path, cause: cause)
        }
        guard !items.isEmpty else { throw refusal("there are none") }
        let limit = classNames?.count ?? TilePackFormat.classCountLimit
        guard limit <= TilePackFormat.classCountLimit else {
            throw refusal("there are \(limit) classes, more than \(TilePackFormat.classCountLimit)")
        }
        for item in items {
            let label = item.header.labels[0]
            guard let index = Int32(exactly: label), index >= 0 else {
                throw refusal(
                    "the label \(label) of \(Address(item.name)) is not a class: classes are whole numbers from 0"
                )
            }
            guard index < limit else {
                throw refusal("the label \(index) of \(Address(item.name)) is beyond the \(limit) classes")
            }
        }
        (self.path, self.part, self.items, self.store) = (path, part, items, store)
        let highest = items.map(\.label).max() ?? -1
        self.classNames = classNames ?? (0...max(0, highest)).map { "\($0)" }
        let several = items.count { $0.header.labels.count > 1 }
        if holdsBoxes {
            remarks.append(
                "\(path): the labels of \(several) images are boxes for detection: they are kept unchanged, but cannot be used as classes"
            )
        } else if several > 0 {
            remarks.append(
                "\(path): \(counted(several, "image has", "images have")) several labels; the first is the class"
            )
        }
    }
}

extension ImageCollection.Item {
    /// The class; only in a collection, which has checked it.
    var label: Int { Int(header.labels[0]) }
}

/// Where the images of a collection are. Any thread may call it.
package protocol ImageStore: Sendable {
    func content(of item: ImageCollection.Item) throws -> ImageContent
    /// Where a person finds the image.
    func location(of item: ImageCollection.Item) -> String
    /// The files that hold these images.
    func files(of items: [ImageCollection.Item]) -> AnySequence<Address>
}

/// What a store has of an image.
package enum ImageContent: Sendable {
    /// The bytes of its file.
    case encoded([UInt8])
    case pixels(Image)
}

// MARK: Choosing

extension ImageCollection {
    /// Other order, the same for the same seed.
    package func shuffled(seed: UInt64) -> ImageCollection {
        let order = SampleOrder(count: count, seed: seed, epoch: 0)
        var shuffled = self
        shuffled.items = (0..<count).map { items[order[$0]] }
        return shuffled
    }

    /// Two parts, "train" and "val": of each class the same share, chosen by the seed. A class with one image stays
    /// in "train".
    ///
    /// - Parameter fraction: that goes into "val", in `0...1`.
    package func split(validationFraction fraction: Double, seed: UInt64) -> [ImageCollection] {
        precondition((0...1).contains(fraction))
        var positions = [[Int]](repeating: [], count: classNames.count)
        for (position, item) in items.enumerated() { positions[item.label].append(position) }
        var isForValidation = [Bool](repeating: false, count: count)
        for (label, positions) in positions.enumerated() where !positions.isEmpty {
            let order = SampleOrder(count: positions.count, seed: seed, epoch: label + 1)
            let chosen = min(Int((Double(positions.count) * fraction).rounded()), positions.count - 1)
            for place in 0..<chosen { isForValidation[positions[order[place]]] = true }
        }
        return [("train", false), ("val", true)].map { name, value in
            var part = self
            part.part = name
            part.items = zip(items, isForValidation).filter { $0.1 == value }.map(\.0)
            return part
        }
    }

    /// Parts of `size` images in their order; the last may have fewer.
    package func shards(of size: Int) -> [ImageCollection] {
        precondition(size > 0)
        return stride(from: 0, to: count, by: size).enumerated().map { number, start in
            var shard = self
            let digits = "\(number)"
            let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            shard.part = part.map { "\($0)-\(padded)" } ?? padded
            shard.items = Array(items[start..<min(start + size, count)])
            return shard
        }
    }

    /// The same images with their classes in the order of a list, which may name more classes.
    ///
    /// - Parameter list: a class on each line, as `classNames` has it; empty lines are passed over.
    /// - Throws: where a class is not in the list, or stands there twice.
    package func ordered(byClassList list: String, of path: String) throws(RecordsError) -> ImageCollection {
        let names = list.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter {
                !$0.isEmpty
            }
        func refusal(_ cause: String) -> RecordsError {
            RecordsError(code: .malformed, operation: "order the classes", path: path, cause: cause)
        }
        if let name = TilePackFormat.repeatedName(in: names) { throw refusal("it names \(name) twice") }
        let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let missing = classNames.filter { labels[$0] == nil }
        guard missing.isEmpty else { throw refusal("it does not name \(shortList(missing))") }
        var ordered = self
        ordered.classNames = names
        for place in items.indices {
            ordered.items[place].header.replaceClass(by: Float(labels[classNames[items[place].label]] ?? 0))
        }
        let empty = names.filter { !classNames.contains($0) }
        if !empty.isEmpty {
            ordered.remarks.append("\(self.path): no images of the class \(shortList(empty))")
        }
        return ordered
    }

    /// Puts readable names in the place of the names of the class folders.
    ///
    /// - Parameter synsets: lines such as `n02123045 tabby, tabby cat`; the first name counts. Where two classes have
    ///   the same name, the folder's name is added.
    /// - Throws: where a class is not in the list.
    package func named(bySynsets synsets: String, of path: String) throws(RecordsError) -> ImageCollection {
        var names: [Substring: String] = [:]
        for line in synsets.split(whereSeparator: \.isNewline) {
            let key = line.prefix { !$0.isWhitespace }
            let first = line[key.endIndex...].prefix { $0 != "," }
            names[key] = String(first.drop { $0.isWhitespace })
        }
        let missing = classNames.filter { names[$0[...]]?.isEmpty ?? true }
        guard missing.isEmpty else {
            throw RecordsError(
                code: .malformed, operation: "name the classes", path: path,
                cause: "it has no line for \(shortList(missing))")
        }
        let found = classNames.map { names[$0[...]] ?? $0 }
        let uses = Dictionary(found.map { ($0, 1) }, uniquingKeysWith: +)
        var named = self
        named.classNames = zip(classNames, found).map { uses[$1] == 1 ? $1 : "\($1) (\($0))" }
        return named
    }
}

extension Error {
    /// What went wrong, without the path that stands beside it.
    var reason: String {
        switch self {
        case let error as FileError: "cannot \(error.operation): \(error.cause)"
        case let error as RasterError: "cannot \(error.operation): \(error.cause)"
        case let error as RecordsError: "cannot \(error.operation): \(error.cause)"
        case let error as Malformed: error.reason
        default: "\(self)"
        }
    }
}
