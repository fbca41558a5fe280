import Annotations
import Bytes
import Evaluation
import Files
import HTTPTypes
import Pixels
import Rasters
import Scanning

/// The boxes of a scan as JSON in columns, made of `detections.jsonl`: 100,000 of them take a fraction of a second.
package struct ScanBoxes {
    /// A longer file is downloaded, not shown.
    private static let fileByteLimit = 1 << 28

    /// The JSON.
    package let bytes: [UInt8]

    /// What tells these boxes from others; `nil` where there are none.
    package static func tag(of scan: ScanPlaces) -> String? {
        guard let file = FileGuard(path: ScanFolder(path: scan.results).detectionsPath) else { return nil }
        return "\"boxes-\(file.byteCount)-\(file.modificationTime)\""
    }

    /// - Parameter options: of the scan, which name its truth.
    /// - Throws: 404 where there are no boxes, 422 where there are too many.
    package init(reading scan: ScanPlaces, options: [String]) throws {
        let folder = ScanFolder(path: scan.results)
        guard let file = FileGuard(path: folder.detectionsPath) else {
            throw Problem(.notFound, "the scan has no boxes yet")
        }
        guard file.byteCount <= Self.fileByteLimit else {
            throw Problem(
                .unprocessableContent,
                "there are too many boxes to show; download detections.jsonl, or raise the threshold")
        }
        let summary = try folder.readSummary()
        let classes = summary.counts.map(\.className)
        let indices = Dictionary(zip(classes, classes.indices)) { first, _ in first }
        let scene = AnnotatedScene(
            name: "", width: summary.sceneWidth, height: summary.sceneHeight, georeference: nil)
        let found = try AnnotationFile(
            opening: Address(folder.detectionsPath), format: .jsonLines, cancellation: Cancellation()
        ).annotations(of: scene).annotations
        let detections = found.compactMap { annotation in
            indices[annotation.className].map {
                Detection(box: annotation.box(pointSide: 1).pixels, label: $0, score: annotation.score ?? 0)
            }
        }
        var judged: JudgedDetections?
        if let source = scan.truth(of: options) {
            let truth = try ScanTruth(reading: source, of: scan, classes: classes)
            judged = try JudgedDetections(detections, truths: truth.truths, rule: .forPictures)
        }
        bytes = try Self.json(
            detections, classes: classes, threshold: summary.rule.threshold, judged: judged,
            metrics: judged == nil
                ? nil : readFileIfThere(folder.metricsPath, limit: SealedFolder.settingsByteLimit))
    }

    private static func json(
        _ detections: [Detection], classes: [String], threshold: Float, judged: JudgedDetections?,
        metrics: [UInt8]?
    ) throws -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(detections.count * 48 + 4096)
        json += #"{"classes":["#.utf8
        json += classes.map(jsonString).joined(separator: ",").utf8
        json += #"],"threshold":\#(threshold),"count":\#(detections.count),"boxes":["#.utf8
        for (index, detection) in detections.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json.append(UInt8(ascii: "["))
            append(detection.box, detection.label, to: &json)
            json.append(UInt8(ascii: ","))
            json += "\(detection.score)".utf8
            switch judged?.outcomes[index] {
            case .right: json += ",1]".utf8
            case .wrong: json += ",2]".utf8
            case .ignored, nil: json += ",0]".utf8
            }
        }
        json.append(UInt8(ascii: "]"))
        if let judged {
            json += #","misses":["#.utf8
            for (index, miss) in judged.missed.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                json.append(UInt8(ascii: "["))
                append(miss.box, miss.label, to: &json)
                json.append(UInt8(ascii: "]"))
            }
            json.append(UInt8(ascii: "]"))
        }
        if let metrics {
            json += #","metrics":"#.utf8
            // Of a file that is no JSON nothing is passed on.
            json += try JSONText(JSONValue(parsing: String(decoding: metrics, as: UTF8.self))).text.utf8
        }
        json.append(UInt8(ascii: "}"))
        return json
    }

    /// `x0,y0,x1,y1,label`
    private static func append(_ box: PixelRect, _ label: Int, to json: inout [UInt8]) {
        for number in [box.x0, box.y0, box.x1, box.y1] {
            append(number, to: &json)
            json.append(UInt8(ascii: ","))
        }
        append(label, to: &json)
    }

    private static func append(_ number: Int, to json: inout [UInt8]) {
        if number < 0 { json.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = json.count
        repeat {
            json.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        json[start...].reverse()
    }
}
