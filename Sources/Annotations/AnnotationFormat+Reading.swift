import Bytes
internal import CGDAL
package import Files
import Foundation

extension AnnotationFormat {
    func reader(opening address: Address, cancellation: Cancellation) throws -> any AnnotationReader {
        switch kind {
        case .jsonLines: return try JSONLinesReader(opening: address, cancellation)
        case .csv: return try CSVReader(opening: address, cancellation)
        case .coco: return try COCOReader(opening: address, cancellation)
        case .yolo: return try YOLOReader(opening: address, cancellation)
        case .voc: return try VOCReader(opening: address, cancellation)
        case .labelStudio: return try LabelStudioReader(opening: address, cancellation)
        case .qupath: return try QuPathReader(opening: address, cancellation)
        case .geoJSON, .ogr: return try OGRReader(opening: address, cancellation)
        case .parquet:
            throw AnnotationError(
                code: .unsupported, operation: "read annotations", path: address.description,
                cause: "Parquet can be written but not read; convert it to GeoPackage (ogr2ogr) or CSV")
        }
    }

    /// Finds the format of a file or a folder by its name, and by its contents where the name does not tell.
    ///
    /// - Throws: `AnnotationError` where nothing tells it, `FileError`.
    package init(of address: Address) throws {
        let found: AnnotationFormat? =
            if address.isFolder {
                try Self.known(byFilesOf: address)
            } else {
                try Self.known(byNameOf: address) ?? Self.known(byContentsOf: address)
            }
        guard let format = try found ?? Self.known(byDriverOf: address) else {
            throw AnnotationError(
                code: .unknownFormat, operation: "recognise its format", path: address.description,
                cause: "name and contents are ambiguous; name the format: "
                    + Self.readNames.joined(separator: ", ") + ", or one of GDAL's vector drivers")
        }
        self = format
    }

    private static func known(byNameOf address: Address) throws -> AnnotationFormat? {
        switch (address.lastComponent as NSString).pathExtension.lowercased() {
        case "jsonl", "ndjson": .jsonLines
        case "csv", "tsv": .csv
        case "parquet", "geoparquet": .parquet
        default: nil
        }
    }

    /// A folder holds label files of YOLO, or of Pascal VOC; `nil` for neither.
    private static func known(byFilesOf folder: Address) throws -> AnnotationFormat? {
        let names = try StoredFolder(listing: folder).entries.filter { !$0.isFolder }.map(\.name)
        if names.contains(where: { $0.lowercased().hasSuffix(".xml") }) { return .voc }
        return YOLOReader.labelFiles(among: names).isEmpty ? nil : .yolo
    }

    /// GDAL's own drivers.
    private static func known(byDriverOf address: Address) throws -> AnnotationFormat? {
        GDAL.start()
        let driver = address.readingPath.withNameBytes {
            GDALIdentifyDriverEx($0, UInt32(GDAL_OF_VECTOR), nil, nil)
        }
        guard let driver, let name = GDALGetDriverShortName(driver) else { return nil }
        let text = String(cString: name)
        return text == "GeoJSON" ? .geoJSON : .ogr(driver: text)
    }

    // MARK: Contents

    private static let headByteCount = 1 << 20

    private static func known(byContentsOf address: Address) throws -> AnnotationFormat? {
        let file = try FileReader(opening: address)
        let head = try file.read(min(file.byteCount, headByteCount), at: 0)
        let text = head[head.startOfText...].drop(while: \.isSpace)
        switch text.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            return try known(byJSON: file, head, isList: text.first == UInt8(ascii: "["))
        case UInt8(ascii: "<"):
            let start = String(decoding: text.prefix(4096), as: UTF8.self)
            return start.contains("<annotation>") || start.contains("<annotation ") ? .voc : nil
        default:
            guard address.lastComponent.lowercased().hasSuffix(".txt") else { return nil }
            let line = text.prefix { $0 != UInt8(ascii: "\n") }
            let isLabels = try? YOLOLine(parsing: line) != nil
            return isLabels == true || text.isEmpty ? .yolo : .csv
        }
    }

    /// What JSON holds, by the keys that each format has.
    private static func known(
        byJSON file: FileReader, _ head: [UInt8], isList: Bool
    ) throws -> AnnotationFormat? {
        let bytes = head.span.bytes
        var cursor = JSONCursor(head.startOfText..<head.count)
        var keys = Keys()
        do throws(JSONError) {
            if isList {
                // The first element says what all are.
                try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
                    try keys.read(at: &cursor, in: bytes)
                    throw JSONError("enough")
                }
            } else {
                try keys.read(at: &cursor, in: bytes)
                // Further objects are further lines.
                if !cursor.isAtEnd(in: bytes) { keys.hasLines = true }
            }
        } catch {
            // The head may end within a value; what was seen before counts.
        }
        return keys.format(isList: isList)
    }

    /// The keys of an object, as far as they tell a format.
    private struct Keys {
        private var names: Set<String> = []
        private var type = ""
        /// Whether a feature has QuPath's property.
        private var isQuPath = false
        var hasLines = false

        mutating func read(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) {
            try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
                names.insert(key)
                switch key {
                case "type" where try cursor.kind(in: bytes) == .string: type = try cursor.string(in: bytes)
                case "properties": try readProperties(at: &cursor, in: bytes)
                case "features":
                    try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
                        var feature = Keys()
                        defer { isQuPath = isQuPath || feature.isQuPath }
                        try feature.read(at: &cursor, in: bytes)
                    }
                default: try cursor.skipValue(in: bytes)
                }
            }
        }

        private mutating func readProperties(
            at cursor: inout JSONCursor, in bytes: RawSpan
        ) throws(JSONError) {
            if try cursor.takeNull(in: bytes) { return }
            try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
                // Other people's GeoJSON has a text called `classification`.
                switch key {
                case "objectType": isQuPath = true
                case "classification": if try cursor.isObject(in: bytes) { isQuPath = true }
                default: break
                }
                try cursor.skipValue(in: bytes)
            }
        }

        func format(isList: Bool) -> AnnotationFormat? {
            if type == "FeatureCollection" || names.contains("features") {
                return isQuPath ? .qupath : .geoJSON
            }
            if type == "Feature" { return isList || isQuPath ? .qupath : .geoJSON }
            // Annotations may be long, and stand before the data.
            let isTask = !names.isDisjoint(with: ["annotations", "predictions"])
            if names.contains("data") || isTask && (isList || names.contains("id")) { return .labelStudio }
            if isList { return names.isEmpty || names.contains("image_id") ? .coco : nil }
            if names.contains("box") || names.contains("point") { return .jsonLines }
            if names.isSuperset(of: ["images", "annotations"]) { return .coco }
            if !names.isDisjoint(with: ["images", "annotations", "categories"]) && !hasLines { return .coco }
            return hasLines ? .jsonLines : nil
        }
    }
}

extension JSONCursor {
    /// Whether an object follows.
    fileprivate func isObject(in bytes: RawSpan) throws(JSONError) -> Bool {
        var copy = self
        return try copy.kind(in: bytes) == .object
    }
}
