import Files
import Foundation
import Pixels
import Rasters

/// Writes the detections as polygons, best first.
///
/// In longitude and latitude where the scene is georeferenced, as RFC 7946 wants it: a box over the meridian of 180° is cut there, and
/// one around a pole reaches up to it. Else, or where its reference cannot be used,
/// in scene pixels with y downwards. The file's member `coordinateReference` says which.
public final class GeoJSONSink: ScanSink {
    static let name = "detections.geojson"

    public let fileName: String = GeoJSONSink.name
    private var names: [String] = []
    private var georeference: Georeference?
    private var cancellation = Cancellation()
    private var writer: FileWriter?

    public init() {}

    public func begin(_ heading: ScanHeading, in folder: String) throws {
        cancellation = heading.cancellation
        names = heading.context.classes.map(jsonString)
        georeference = heading.context.georeference
        writer = try FileWriter(.replacing(folder + "/" + fileName))
    }

    public func write(_ detections: MergedDetections.SubSequence) throws {
        let places = Places(georeference, of: detections)
        try writer?.write(
            #"{"type":"FeatureCollection","coordinateReference":\#(jsonString(places.reference)),"features":["#
        )
        for (index, detection) in detections.enumerated() {
            if index.isMultiple(of: 4096) { try cancellation.check() }
            let geometry = try places.geometry(of: detection.box)
            try writer?.write(
                """
                \(index == 0 ? "" : ",")
                {"type":"Feature","properties":{"class":\(names[detection.label]),"label":\(detection.label),\
                "score":\(detection.score)},"geometry":\(geometry)}
                """)
        }
        try writer?.write("\n]}\n")
    }

    public func finish() throws { try writer?.commit() }
}

/// Where on Earth, or in the scene, boxes lie.
private struct Places {
    /// What the numbers are, for people.
    let reference: String
    /// `nil` for scene pixels.
    private let toEarth: GeographicTransformation?

    /// Longitude and latitude are used where every corner has them.
    init(_ georeference: Georeference?, of detections: MergedDetections.SubSequence) {
        let pixels = "scene pixels, x to the right, y downwards"
        guard let georeference else {
            (reference, toEarth) = (pixels, nil)
            return
        }
        do throws(RasterError) {
            let transformation = try GeographicTransformation(georeference)
            for detection in detections {
                for corner in detection.box.corners {
                    guard try Point(corner, by: transformation).isFinite else {
                        (reference, toEarth) = (
                            pixels + "; longitude and latitude are not defined everywhere", nil
                        )
                        return
                    }
                }
            }
            (reference, toEarth) = ("longitude and latitude in degrees, WGS 84", transformation)
        } catch {
            (reference, toEarth) = (pixels + "; longitude and latitude are not known: \(error)", nil)
        }
    }

    /// A polygon in JSON, or several.
    func geometry(of box: PixelRect) throws(RasterError) -> String {
        guard let toEarth else { return Self.json([box.corners]) }
        let corners = try box.corners.map { corner throws(RasterError) in
            let place = try toEarth.longitudeLatitude(x: corner.x, y: corner.y)
            return EarthPoint(longitude: place.longitude, latitude: place.latitude)
        }
        return Self.json(
            polygonsOnEarth(around: corners).map { $0.map { Point(x: $0.longitude, y: $0.latitude) } })
    }

    private static func json(_ polygons: [[Point]]) -> String {
        let rings = polygons.map { ring in
            "[[" + closedCounterclockwise(ring).map(\.json).joined(separator: ",") + "]]"
        }
        return rings.count == 1
            ? #"{"type":"Polygon","coordinates":\#(rings[0])}"#
            : #"{"type":"MultiPolygon","coordinates":[\#(rings.joined(separator: ","))]}"#
    }
}

private struct Point {
    var x: Double
    var y: Double

    /// Eight decimals of a degree are a millimetre.
    var json: String {
        func number(_ value: Double) -> String {
            value.isFinite && abs(value) < 1e15 && value == value.rounded()
                ? String(Int(value)) : String(format: "%.8f", value)
        }
        return "[\(number(x)),\(number(y))]"
    }
}

extension Point {
    fileprivate init(_ corner: Point, by transformation: GeographicTransformation) throws(RasterError) {
        let place = try transformation.longitudeLatitude(x: corner.x, y: corner.y)
        self.init(x: place.longitude, y: place.latitude)
    }

    fileprivate var isFinite: Bool { x.isFinite && y.isFinite }
}

extension PixelRect {
    /// From the top left one, against the clock where y points up.
    fileprivate var corners: [Point] {
        [(x0, y0), (x0, y1), (x1, y1), (x1, y0)].map { Point(x: Double($0.0), y: Double($0.1)) }
    }
}

/// RFC 7946 wants outer rings against the clock, and their first point again at the end.
private func closedCounterclockwise(_ corners: [Point]) -> [Point] {
    let next = corners[1...] + corners[..<1]
    let doubleArea = zip(corners, next).reduce(0) { $0 + $1.0.x * $1.1.y - $1.1.x * $1.0.y }
    let ring = doubleArea < 0 ? [corners[0]] + corners[1...].reversed() : corners
    return ring + [ring[0]]
}
