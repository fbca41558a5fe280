import Files
import Foundation
import Pixels
import Rasters

extension ScanResult {
    /// Writes the detections as JSON Lines, best first:
    /// `{"box":[x0,y0,x1,y1],"class":"car","label":0,"score":0.98}`.
    func writeJSONLines(to path: String) throws(FileError) {
        let names = classes.map(jsonString)
        var writer = try FileWriter(path: path)
        for detection in detections {
            let box = detection.box
            try writer.write(
                """
                {"box":[\(box.x0),\(box.y0),\(box.x1),\(box.y1)],"class":\(names[detection.label]),\
                "label":\(detection.label),"score":\(detection.score)}

                """)
        }
        try writer.commit()
    }

    /// Writes the detections as polygons, best first.
    ///
    /// In longitude and latitude where the scene is georeferenced, as RFC 7946 wants it; else, or where its reference
    /// cannot be used, in scene pixels with y downwards. The file's member `coordinateReference` says which.
    func writeGeoJSON(to path: String, georeference: Georeference?) throws(FileError) {
        let names = classes.map(jsonString)
        let (polygons, reference) = polygons(georeference: georeference)
        var writer = try FileWriter(path: path)
        try writer.write(
            #"{"type":"FeatureCollection","coordinateReference":\#(jsonString(reference)),"features":["#)
        for (index, detection) in detections.enumerated() {
            let ring = closedCounterclockwise(polygons[index]).map(\.json).joined(separator: ",")
            try writer.write(
                """
                \(index == 0 ? "" : ",")
                {"type":"Feature","properties":{"class":\(names[detection.label]),"label":\(detection.label),\
                "score":\(detection.score)},"geometry":{"type":"Polygon","coordinates":[[\(ring)]]}}
                """)
        }
        try writer.write("\n]}\n")
        try writer.commit()
    }

    /// The corners of each detection, and what their numbers are.
    private func polygons(georeference: Georeference?) -> (corners: [[Point]], reference: String) {
        let inPixels = detections.map(\.box.corners)
        let pixels = "scene pixels, x to the right, y downwards"
        guard let georeference else { return (inPixels, pixels) }
        do throws(RasterError) {
            var mapped: [[Point]] = []
            for corners in inPixels {
                mapped.append(
                    try corners.map { corner throws(RasterError) in
                        try Point(georeference.longitudeLatitude(x: corner.x, y: corner.y))
                    })
            }
            guard mapped.joined().allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else {
                return (inPixels, pixels + "; longitude and latitude are not defined everywhere")
            }
            return (mapped, "longitude and latitude in degrees, WGS 84")
        } catch {
            return (inPixels, pixels + "; longitude and latitude are not known: \(error)")
        }
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
    fileprivate init(_ place: (longitude: Double, latitude: Double)) {
        self.init(x: place.longitude, y: place.latitude)
    }
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

/// One line of `detections.jsonl`; the class's name is for other readers.
struct DetectionLine: Decodable {
    var box: [Int]
    var label: Int
    var score: Float

    /// `nil` where the box is none.
    var detection: Detection? {
        guard box.count == 4, box[0] <= box[2], box[1] <= box[3] else { return nil }
        return Detection(
            box: PixelRect(x0: box[0], y0: box[1], x1: box[2], y1: box[3]), label: label, score: score)
    }
}
