import Bytes
import Files

/// What a file in COCO's form says: instances, or results.
///
/// - Source: "Data format" and "Results format" on cocodataset.org.
struct COCOFile {
    struct Picture {
        var name = ""
        var width: Double?
        var height: Double?
    }
    struct Object {
        /// Counted from 1, for errors.
        var number: Int
        var category = ""
        /// Which results may say themselves.
        var categoryName: String?
        var box: [Double] = []
        var score: Float?
        var isCrowd = false
        /// Our own key.
        var visibleFraction: Float?
        /// Our own key.
        var verdict: Annotation.Verdict?
    }
    /// By their ids, as these are written.
    private(set) var pictures: [String: Picture] = [:]
    private(set) var pictureOrder: [String] = []
    private(set) var categories: [String: String] = [:]
    /// By the ids of pictures.
    private(set) var objects: [String: [Object]] = [:]
    let isResults: Bool
    private var objectCount = 0

    /// The first object of a picture that the file does not list.
    var firstStray: (number: Int, picture: String)? {
        objects.lazy.filter { pictures[$0.key] == nil }
            .compactMap { picture, objects in objects.first.map { (number: $0.number, picture: picture) } }
            .min { $0.number < $1.number }
    }

    /// - Throws: `AnnotationError`, `Cancelled`.
    init(parsing text: [UInt8], path: String, _ cancellation: Cancellation) throws {
        let bytes = text.span.bytes
        var cursor = JSONCursor(text.startOfText..<bytes.byteCount)
        var place = "the file"
        var point = CancellationPoint(cancellation)
        var cancelled: Cancelled?
        do throws(JSONError) {
            isResults = try cursor.kind(in: bytes) == .array
            if isResults {
                try readObjects(at: &cursor, in: bytes, &place, &point, &cancelled)
            } else {
                try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
                    place = "\"\(key)\""
                    switch key {
                    case "images": try readPictures(at: &cursor, in: bytes, &place, &point, &cancelled)
                    case "categories": try readCategories(at: &cursor, in: bytes, &place)
                    case "annotations":
                        try readObjects(at: &cursor, in: bytes, &place, &point, &cancelled)
                    default: try cursor.skipValue(in: bytes)
                    }
                    place = "the file"
                }
            }
            guard cursor.isAtEnd(in: bytes) else { throw cursor.error("more text after its end") }
        } catch {
            if let cancelled { throw cancelled }
            throw AnnotationError.malformed(place, path, error.reason)
        }
    }

    private mutating func readPictures(
        at cursor: inout JSONCursor, in bytes: RawSpan, _ place: inout String,
        _ point: inout CancellationPoint, _ cancelled: inout Cancelled?
    ) throws(JSONError) {
        var number = 0
        var ids: [String: String] = [:]
        try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
            try pass(&point, &cancelled)
            number += 1
            place = "image \(number)"
            var (id, picture) = (String?.none, Picture())
            try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
                switch key {
                case "id": id = try cursor.idText(in: bytes)
                case "file_name": picture.name = try cursor.string(in: bytes)
                case "width": picture.width = try cursor.doubleOrNull(in: bytes)
                case "height": picture.height = try cursor.doubleOrNull(in: bytes)
                default: try cursor.skipValue(in: bytes)
                }
            }
            guard let id, !picture.name.isEmpty else {
                throw JSONError("an image needs an \"id\" and a \"file_name\"")
            }
            guard pictures.updateValue(picture, forKey: id) == nil else {
                throw JSONError("two images have the id \(id)")
            }
            if let other = ids.updateValue(id, forKey: picture.name) {
                throw JSONError(
                    "the images \(other) and \(id) have one \"file_name\": \(shortName(picture.name))")
            }
            if let objection = PictureScale.objection(width: picture.width, height: picture.height) {
                throw JSONError(objection)
            }
            pictureOrder.append(id)
        }
    }

    private mutating func readCategories(
        at cursor: inout JSONCursor, in bytes: RawSpan, _ place: inout String
    ) throws(JSONError) {
        var number = 0
        try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
            number += 1
            place = "category \(number)"
            var (id, name) = (String?.none, String?.none)
            try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
                switch key {
                case "id": id = try cursor.idText(in: bytes)
                case "name": name = try cursor.string(in: bytes)
                default: try cursor.skipValue(in: bytes)
                }
            }
            guard let id, let name else { throw JSONError("a category needs an \"id\" and a \"name\"") }
            guard categories.updateValue(name, forKey: id) == nil else {
                throw JSONError("two categories have the id \(id)")
            }
        }
    }

    private mutating func readObjects(
        at cursor: inout JSONCursor, in bytes: RawSpan, _ place: inout String,
        _ point: inout CancellationPoint, _ cancelled: inout Cancelled?
    ) throws(JSONError) {
        try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
            try pass(&point, &cancelled)
            objectCount += 1
            place = "annotation \(objectCount)"
            try readObject(at: &cursor, in: bytes)
        }
    }

    private mutating func readObject(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) {
        var (picture, object) = (String?.none, Object(number: objectCount))
        try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
            switch key {
            case "image_id": picture = try cursor.idText(in: bytes)
            case "category_id": object.category = try cursor.idText(in: bytes)
            case "category_name": object.categoryName = try cursor.string(in: bytes)
            case "bbox":
                if try !cursor.takeNull(in: bytes) {
                    object.box = []
                    try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
                        let value = try cursor.double(in: bytes)
                        guard object.box.count < 4 else { throw JSONError("a bbox must have four numbers") }
                        object.box.append(value)
                    }
                }
            case "score":
                if let value = try cursor.doubleOrNull(in: bytes) {
                    object.score = Annotation.score(value)
                    guard object.score != nil else { throw JSONError(Annotation.objection(toScore: value)) }
                }
            case "iscrowd": object.isCrowd = try cursor.flag(in: bytes)
            case "visible_fraction":
                object.visibleFraction = try cursor.doubleOrNull(in: bytes).map { Float($0) }
            case "verdict":
                if try !cursor.takeNull(in: bytes) {
                    let text = try cursor.string(in: bytes)
                    object.verdict = Annotation.Verdict(typed: text)
                    guard text.isEmpty || object.verdict != nil else {
                        throw JSONError("a verdict is \"right\" or \"wrong\": \"\(shortName(text))\"")
                    }
                }
            default: try cursor.skipValue(in: bytes)
            }
        }
        guard let picture, !object.category.isEmpty || object.categoryName != nil else {
            throw JSONError("an annotation needs an \"image_id\" and a \"category_id\"")
        }
        guard object.box.count == 4 else {
            throw JSONError("a bbox must have four numbers: x, y, width, height")
        }
        guard object.box.count == 4 else { throw JSONError("a bbox has four numbers: x, y, width, height") }
        if let fraction = object.visibleFraction, !(0...1).contains(fraction) {
            throw JSONError("a visible fraction must be in 0...1: \(fraction)")
        }
        objects[picture, default: []].append(object)
    }
}

/// Ends the reading of JSON where somebody asked to stop.
///
/// - Parameter cancelled: what is to be thrown then instead of the JSON's error.
private func pass(_ point: inout CancellationPoint, _ cancelled: inout Cancelled?) throws(JSONError) {
    do throws(Cancelled) {
        try point.pass()
    } catch {
        cancelled = error
        throw JSONError("interrupted")
    }
}

extension JSONCursor {
    /// What an id says, which is a number or a text.
    fileprivate mutating func idText(in bytes: RawSpan) throws(JSONError) -> String {
        try kind(in: bytes) == .string ? try string(in: bytes) : try number(in: bytes)
    }

    mutating func doubleOrNull(in bytes: RawSpan) throws(JSONError) -> Double? {
        try takeNull(in: bytes) ? nil : try double(in: bytes)
    }

    /// 0 or 1, or a truth value.
    fileprivate mutating func flag(in bytes: RawSpan) throws(JSONError) -> Bool {
        switch try kind(in: bytes) {
        case .bool(let value): value
        case .null: false
        case .number, .string, .array, .object: try double(in: bytes) != 0
        }
    }
}
