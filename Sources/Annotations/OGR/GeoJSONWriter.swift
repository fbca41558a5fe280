import Files
import Foundation
import Rasters

/// Writes GeoJSON: in longitude and latitude where the scene lies on Earth, as RFC 7946 wants it, with a box over the meridian of 180°
/// cut there, and one around a pole up to it. Else in scene pixels with y downwards, under a name that says so.
///
/// The file's member `coordinateReference` says which. An object without a place on Earth in a scene that has places has no geometry.
final class GeoJSONWriter: AnnotationWriter {
    let fileNames: [String]
    private let places: EarthPlaces?
    private let labels: [String: Int]
    /// Class names as JSON.
    private var names: [String: String] = [:]
    private var point: CancellationPoint
    private var writer: FileWriter
    private var count = 0
    /// Objects whose corners have no longitude and latitude.
    private(set) var unplacedCount = 0

    /// What a scan's detections are called where they are in pixels.
    static let pixelsName = "pixels.geojson"

    init(
        into folder: String, named stem: String, of scene: AnnotatedScene, classes: [String],
        _ cancellation: Cancellation
    ) throws(FileError) {
        places = EarthPlaces(scene)
        let name = Self.fileName(named: stem, isOnEarth: places != nil)
        fileNames = [name]
        labels = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
        point = CancellationPoint(cancellation)
        writer = try FileWriter(.replacing(folder + "/" + name))
        let reference =
            places == nil
            ? "scene pixels, x to the right, y downwards" : "longitude and latitude in degrees, WGS 84"
        try writer.write(
            #"{"type":"FeatureCollection","coordinateReference":\#(jsonString(reference)),"features":["#)
    }

    static func fileName(named stem: String, isOnEarth: Bool) -> String {
        if isOnEarth { return stem + ".geojson" }
        return stem == "detections" ? pixelsName : stem + "-" + pixelsName
    }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        count += 1
        let name = names[annotation.className] ?? jsonString(annotation.className)
        names[annotation.className] = name
        var properties = #""class":\#(name)"#
        if let label = labels[annotation.className] { properties += ",\"label\":\(label)" }
        if let score = annotation.score { properties += ",\"score\":\(score)" }
        if annotation.visibleFraction != 1 {
            properties += ",\"visible_fraction\":\(annotation.visibleFraction)"
        }
        if let verdict = annotation.verdict { properties += ",\"verdict\":\"\(verdict.rawValue)\"" }
        let geometry = geometry(of: annotation.shape)
        if geometry == nil { unplacedCount += 1 }
        try writer.write(
            """
            \(count == 1 ? "" : ",")
            {"type":"Feature","properties":{\(properties)},"geometry":\(geometry ?? "null")}
            """)
    }

    func finish() throws {
        try writer.write("\n]}\n")
        try writer.commit()
    }

    /// As JSON; `nil` where it has no place on Earth.
    private func geometry(of shape: Annotation.Shape) -> String? {
        switch shape {
        case .box(let box):
            guard let places else { return Self.json([box.corners]) }
            return places.polygons(around: box).map { polygons in
                Self.json(polygons.map { $0.map { (x: $0.longitude, y: $0.latitude) } })
            }
        case .point(let x, let y):
            guard let places else { return Self.json(x: x, y: y) }
            return places.point(x: x, y: y).map { Self.json(x: $0.longitude, y: $0.latitude) }
        }
    }

    private static func json(x: Double, y: Double) -> String {
        #"{"type":"Point","coordinates":\#(position(x, y))}"#
    }

    private static func json(_ polygons: [[(x: Double, y: Double)]]) -> String {
        let rings = polygons.map { ring in
            "[[" + closedCounterclockwise(ring).map { position($0.x, $0.y) }.joined(separator: ",") + "]]"
        }
        return rings.count == 1
            ? #"{"type":"Polygon","coordinates":\#(rings[0])}"#
            : #"{"type":"MultiPolygon","coordinates":[\#(rings.joined(separator: ","))]}"#
    }

    /// Eight decimals of a degree are a millimetre.
    private static func position(_ x: Double, _ y: Double) -> String {
        func number(_ value: Double) -> String {
            value.isFinite && abs(value) < 1e15 && value == value.rounded()
                ? String(Int(value)) : String(format: "%.8f", value)
        }
        return "[\(number(x)),\(number(y))]"
    }
}

/// RFC 7946 wants outer rings against the clock, and their first point again at the end.
private func closedCounterclockwise(_ corners: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let next = corners[1...] + corners[..<1]
    let doubleArea = zip(corners, next).reduce(0) { $0 + $1.0.x * $1.1.y - $1.1.x * $1.0.y }
    let ring = doubleArea < 0 ? [corners[0]] + corners[1...].reversed() : corners
    return ring + [ring[0]]
}
