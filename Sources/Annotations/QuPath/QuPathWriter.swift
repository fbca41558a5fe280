import Files
import Pixels

/// Writes GeoJSON in pixels that QuPath reads as objects: detections where they have scores, else annotations.
///
/// - Source: "Exporting annotations" in QuPath's documentation.
final class QuPathWriter: AnnotationWriter {
    let fileNames: [String]
    private var writer: FileWriter
    private var count = 0
    /// By class name: as JSON.
    private let classifications: [String: String]
    private var point: CancellationPoint

    init(_ folder: String, _ stem: String, classes: [String], _ cancellation: Cancellation) throws(FileError)
    {
        fileNames = Self.fileNames(named: stem)
        point = CancellationPoint(cancellation)
        let entries = classes.enumerated().map { index, name in
            let color = Palette.color(index)
            return (
                name, "{\"name\":\(jsonString(name)),\"color\":[\(color.red),\(color.green),\(color.blue)]}"
            )
        }
        classifications = Dictionary(entries) { first, _ in first }
        writer = try FileWriter(.replacing(folder + "/" + fileNames[0]))
        try writer.write("{\"type\":\"FeatureCollection\",\"features\":[")
    }

    static func fileNames(named stem: String) -> [String] { [stem + ".qupath.geojson"] }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        count += 1
        let geometry: String
        switch annotation.shape {
        case .point(let x, let y):
            geometry = "{\"type\":\"Point\",\"coordinates\":[\(shortNumber(x)),\(shortNumber(y))]}"
        case .box(let box):
            let corners = [
                (box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1), (box.x0, box.y0),
            ]
            let ring = corners.map { "[\(shortNumber($0.0)),\(shortNumber($0.1))]" }.joined(separator: ",")
            geometry = "{\"type\":\"Polygon\",\"coordinates\":[[\(ring)]]}"
        }
        let classification =
            classifications[annotation.className] ?? "{\"name\":\(jsonString(annotation.className))}"
        var measurements: [String] = []
        if let score = annotation.score { measurements.append("\"score\":\(shortNumber(score))") }
        if annotation.visibleFraction != 1 {
            measurements.append("\"visible fraction\":\(shortNumber(annotation.visibleFraction))")
        }
        var properties =
            "\"objectType\":\"\(annotation.score == nil ? "annotation" : "detection")\",\"classification\":\(classification)"
        if !measurements.isEmpty {
            properties += ",\"measurements\":{\(measurements.joined(separator: ","))}"
        }
        if let verdict = annotation.verdict {
            properties += ",\"metadata\":{\"verdict\":\"\(verdict.rawValue)\"}"
        }
        try writer.write(
            "\(count == 1 ? "" : ",")\n{\"type\":\"Feature\",\"geometry\":\(geometry),\"properties\":{\(properties)}}"
        )
    }

    func finish() throws {
        try writer.write("\n]}\n")
        try writer.commit()
    }
}
