import Bytes
import HTTPTypes

/// The true objects of a scene, as a request brings them.
package struct TruthText: Sendable {
    /// Formats that hold all in one file and name no other one, with the ending of that file.
    private static let endings = [
        "geojson": "geojson", "jsonl": "jsonl", "csv": "csv", "coco": "json", "voc": "xml",
        "label-studio": "json", "qupath": "geojson",
    ]
    private static let largestObject = Double(1 << 20)

    package let text: String
    private let form: String
    private let objectSize: Double?

    /// - Returns: `nil` where there is none.
    /// - Throws: 422 for a form that is unknown, or would read other files or addresses.
    init?(_ fields: inout RequestFields) throws(Problem) {
        let text = try fields.text("truth")
        let form = try fields.word("truthForm", among: Self.endings.keys.sorted())
        let objectSize = try fields.number("objectSize", in: 0...Self.largestObject)
        guard let text else {
            guard form == nil, objectSize == nil else {
                throw Problem(.unprocessableContent, "'truthForm' and 'objectSize' need 'truth'")
            }
            return nil
        }
        guard (objectSize ?? 1) > 0 else { throw fields.objection("objectSize", "more than 0") }
        self.text = text
        self.form = form ?? "geojson"
        self.objectSize = objectSize
        if Self.endings[self.form] == "geojson" { try Self.checkGeoJSON(text) }
    }

    /// In the scan's folder.
    package var fileName: String { "truth." + (Self.endings[form] ?? "txt") }

    /// The file stands without its folder, which `ScanArguments` puts before it.
    var arguments: [String] {
        ["--truth=" + fileName, "--truth-format=" + form] + (objectSize.map { ["--object-size=\($0)"] } ?? [])
    }

    /// GDAL takes formats by their contents, and fetches a coordinate system that is given by an address: neither happens.
    private static func checkGeoJSON(_ text: String) throws(Problem) {
        let bytes = Array(text.utf8)
        let span = bytes.span.bytes
        var cursor = JSONCursor(span)
        var type = ""
        do throws(JSONError) {
            try cursor.object(in: span) { cursor, span, key throws(JSONError) in
                if key == "type" {
                    type = try cursor.string(in: span)
                } else {
                    try check(key, at: &cursor, in: span)
                }
            }
            guard cursor.isAtEnd(in: span) else { throw JSONError("more text after its end") }
            guard ["FeatureCollection", "Feature"].contains(type) else {
                throw JSONError("its type must be FeatureCollection or Feature")
            }
        } catch {
            throw Problem(.unprocessableContent, "'truth' is no GeoJSON that can be taken: \(error.reason)")
        }
    }

    private static func check(
        _ key: String, at cursor: inout JSONCursor, in span: RawSpan
    ) throws(JSONError) {
        switch key.lowercased() {
        case "crs": try checkSystem(JSON(at: &cursor, in: span))
        case "properties": try cursor.skipValue(in: span)
        default: try checkValue(at: &cursor, in: span)
        }
    }

    private static func checkValue(at cursor: inout JSONCursor, in span: RawSpan) throws(JSONError) {
        switch try cursor.kind(in: span) {
        case .null, .bool: break
        case .number: _ = try cursor.number(in: span)
        case .string: _ = try cursor.string(in: span)
        case .array:
            try cursor.array(in: span) { cursor, span throws(JSONError) in
                try checkValue(at: &cursor, in: span)
            }
        case .object:
            try cursor.object(in: span) { cursor, span, key throws(JSONError) in
                try check(key, at: &cursor, in: span)
            }
        }
    }

    private static func checkSystem(_ system: JSON) throws(JSONError) {
        guard system != .null else { return }
        guard case .object(let members) = system, Set(members.keys) == ["type", "properties"],
            members["type"] == .string("name"), case .object(let properties)? = members["properties"],
            properties.count == 1, case .string(let name)? = properties["name"],
            name.wholeMatch(of: /(urn:ogc:def:crs:|EPSG:|OGC:)[A-Za-z0-9:._-]{1,80}/) != nil
        else { throw JSONError("its 'crs' must be a name such as urn:ogc:def:crs:EPSG::32633") }
    }
}
