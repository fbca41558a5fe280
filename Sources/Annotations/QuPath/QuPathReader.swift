import Bytes
import Files
import Rasters

/// Reads GeoJSON in pixels as QuPath exports it: objects of any outline, read as the upright boxes around them, and points.
final class QuPathReader: AnnotationReader {
    private let path: String
    private let found: SceneAnnotations

    let sceneNames: [String]? = nil

    init(opening address: Address, _ cancellation: Cancellation) throws {
        let file = try FileReader(opening: address)
        path = file.path
        let text = try file.text()
        let bytes = text.span.bytes
        var cursor = JSONCursor(text.startOfText..<bytes.byteCount)
        var features = QuPathFeatures(cancellation)
        do throws(JSONError) {
            if try cursor.kind(in: bytes) == .array {
                try features.read(listAt: &cursor, in: bytes)
            } else {
                try features.read(collectionAt: &cursor, in: bytes)
            }
            guard cursor.isAtEnd(in: bytes) else { throw cursor.error("more text after its end") }
        } catch {
            if let cancelled = features.cancelled { throw cancelled }
            throw AnnotationError.malformed("object \(features.count)", path, error.reason)
        }
        found = SceneAnnotations(annotations: features.annotations, notes: features.notes.texts)
    }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations { found }
}

/// Takes annotations from features one by one, because a tree of all would take twenty times the file.
private struct QuPathFeatures {
    private(set) var annotations: [Annotation] = []
    private(set) var notes = AnnotationNotes()
    /// Features that were begun.
    private(set) var count = 0
    private(set) var cancelled: Cancelled?
    private var point: CancellationPoint

    init(_ cancellation: Cancellation) { point = CancellationPoint(cancellation) }

    /// A FeatureCollection, or a feature.
    mutating func read(collectionAt cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) {
        let start = cursor
        var hasFeatures = false
        try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
            if key == "features" {
                hasFeatures = true
                try read(listAt: &cursor, in: bytes)
            } else {
                try cursor.skipValue(in: bytes)
            }
        }
        guard !hasFeatures else { return }
        cursor = start
        count = 1
        try add(try JSON(at: &cursor, in: bytes))
    }

    mutating func read(listAt cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) {
        try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
            do throws(Cancelled) {
                try point.pass()
            } catch {
                cancelled = error
                throw JSONError("interrupted")
            }
            count += 1
            try add(try JSON(at: &cursor, in: bytes))
        }
    }

    private mutating func add(_ feature: JSON) throws(JSONError) {
        guard let geometry = feature["geometry"], let kind = geometry["type"]?.string,
            let coordinates = geometry["coordinates"]
        else { throw JSONError("a feature needs a \"geometry\" with \"type\" and \"coordinates\"") }
        let properties = feature["properties"]
        guard let className = Self.className(properties?["classification"]) else {
            notes.passedOver["without a classification", default: 0] += 1
            return
        }
        var annotation = Annotation(className: className, shape: .point(x: 0, y: 0))
        try Self.addNumbers(to: &annotation, properties)
        var points: [(x: Double, y: Double)] = []
        try Self.collect(coordinates, into: &points)
        switch kind {
        case "Point", "MultiPoint":
            for point in points {
                guard Annotation.isPlace(point.x, point.y) else {
                    throw JSONError("the point is too far away")
                }
                annotation.shape = .point(x: point.x, y: point.y)
                annotations.append(annotation)
            }
        case "Polygon", "MultiPolygon":
            guard let box = AnnotationBox(around: points) else {
                throw JSONError("its box \(AnnotationBox.objection)")
            }
            if !Self.isUpright(points, box) { notes.hullCount += 1 }
            annotation.shape = .box(box)
            annotations.append(annotation)
        default: notes.passedOver[kind, default: 0] += 1
        }
    }

    /// The parts of a derived class are joined as QuPath shows them: `Tumor: Positive`.
    private static func className(_ classification: JSON?) -> String? {
        if let name = classification?["name"]?.string, !name.isEmpty { return name }
        let names = classification?["names"]?.elements.compactMap(\.string) ?? []
        return names.isEmpty ? nil : names.joined(separator: ": ")
    }

    private static func addNumbers(to annotation: inout Annotation, _ properties: JSON?) throws(JSONError) {
        if let value = try number("score", in: properties) {
            annotation.score = Annotation.score(value)
            guard annotation.score != nil else { throw JSONError(Annotation.objection(toScore: value)) }
        }
        if let fraction = try number("visible fraction", in: properties) {
            guard (0...1).contains(fraction) else { throw JSONError("a visible fraction must be in 0...1") }
            annotation.visibleFraction = Float(fraction)
        }
        if let verdict = properties?["metadata"]?["verdict"]?.string {
            annotation.verdict = Annotation.Verdict(typed: verdict)
        }
    }

    /// Measurements are a map, or before QuPath 0.4 a list of names and values.
    private static func number(_ name: String, in properties: JSON?) throws(JSONError) -> Double? {
        guard let measurements = properties?["measurements"] else { return nil }
        let found =
            measurements[name] ?? measurements.elements.first { $0["name"]?.string == name }?["value"]
        return try found?.double(name)
    }

    /// All places, of whatever depth.
    private static func collect(_ json: JSON, into points: inout [(x: Double, y: Double)]) throws(JSONError) {
        guard case .array(let parts) = json else { throw JSONError("a position must have two numbers") }
        if case .number? = parts.first {
            guard parts.count >= 2 else { throw JSONError("a position must have two numbers") }
            points.append((try parts[0].double("coordinates"), try parts[1].double("coordinates")))
        } else {
            for part in parts { try collect(part, into: &points) }
        }
    }

    /// Whether all points are corners of the box.
    private static func isUpright(_ points: [(x: Double, y: Double)], _ box: AnnotationBox) -> Bool {
        points.allSatisfy { ($0.x == box.x0 || $0.x == box.x1) && ($0.y == box.y0 || $0.y == box.y1) }
    }
}
