import Files
package import Pixels

/// Writes the detections as JSON Lines, best first:
/// `{"box":[x0,y0,x1,y1],"class":"car","label":0,"score":0.98}`.
public final class DetectionLinesSink: ScanSink {
    static let name = "detections.jsonl"

    public let fileName: String = DetectionLinesSink.name
    private var names: [String] = []
    private var cancellation = Cancellation()
    private var writer: FileWriter?

    public init() {}

    public func begin(_ heading: ScanHeading, in folder: String) throws {
        cancellation = heading.cancellation
        names = heading.context.classes.map(jsonString)
        writer = try FileWriter(.replacing(folder + "/" + fileName))
    }

    public func write(_ detections: MergedDetections.SubSequence) throws {
        for (index, detection) in detections.enumerated() {
            if index.isMultiple(of: 4096) { try cancellation.check() }
            try writer?.write(detection.line(classJSON: names[detection.label]) + "\n")
        }
    }

    public func finish() throws { try writer?.commit() }
}

extension Detection {
    /// As it stands in `detections.jsonl`.
    ///
    /// - Parameter classJSON: the class's name with its quotes.
    package func line(classJSON: String) -> String {
        """
        {"box":[\(box.x0),\(box.y0),\(box.x1),\(box.y1)],"class":\(classJSON),\
        "label":\(label),"score":\(score)}
        """
    }
}

/// One line of `detections.jsonl`; the class's name is for other readers.
struct DetectionLine: Decodable {
    var box: [Int]
    var label: Int
    var score: Float

    /// `nil` where the box is none, or label or score cannot be.
    var detection: Detection? {
        guard box.count == 4, let box = PixelRect(checking: box[0], box[1], box[2], box[3]),
            (0...Int(UInt16.max)).contains(label), (0...1).contains(score)
        else { return nil }
        return Detection(box: box, label: label, score: score)
    }
}
