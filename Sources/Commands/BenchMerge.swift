import ArgumentParser
import Bytes
import Files
import ModelFiles
import Pixels
import Scanning

/// Measures how fast overlapping boxes are merged.
struct BenchMerge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "How fast overlapping boxes are merged, by each method.",
        discussion: """
            Merges boxes in memory on one thread: 33,337 of 32 pixels around 4,000 objects, or those of a file. Times are of \
            the processor, for one merge; of the rounds the median.
            """)

    @Option(
        help: ArgumentHelp(
            "Boxes to merge instead, as detections.jsonl of a scan has them.", valueName: "file"))
    var boxes: String?
    @Option(help: ArgumentHelp("Write the boxes, for other programs to merge.", valueName: "file"))
    var writeBoxes: String?
    @Option(help: ArgumentHelp("Two boxes that overlap more are one object.", valueName: "0...1"))
    var iou: Float = 0.3
    @Option(help: ArgumentHelp("How long to measure each method in a round.", valueName: "seconds"))
    var seconds = 0.3
    @Option(help: ArgumentHelp("Measurements of each.", valueName: "count")) var rounds = 5
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var output: BenchOutput

    func validate() throws {
        try require("--iou", iou, in: 0...1)
        try require("--seconds", seconds, in: 0.01...3600)
        try require("--rounds", rounds, in: 1...1000)
    }

    func run() throws {
        try checkMeasuring()
        var outputs = overwriting.outputs(reading: [boxes])
        let target = try writeBoxes.map { try outputs.file($0) }
        let detections = try boxes.map { try ScanFolder.readDetections(from: $0) } ?? Self.seededBoxes()
        if let target {
            var writer = try FileWriter(target)
            for detection in detections { try writer.write(detection.line(classJSON: #""object""#) + "\n") }
            try writer.commit()
        }
        let results = try (0..<rounds).map { _ in
            try MergeRule.Method.allCases.map { try measure($0, detections) }
        }
        try output.print(
            MergingReport(boxes: boxes, boxCount: detections.count, iou: iou, rounds: results))
    }

    private func measure(
        _ method: MergeRule.Method, _ detections: [Detection]
    ) throws -> MergingReport.Result {
        var count = 0
        let timing = try BenchTiming(seconds: seconds) {
            switch method {
            case .nms: count = nonMaximumSuppression(detections, iouThreshold: iou).count
            case .nmm: count = nonMaximumMerging(detections, iouThreshold: iou).count
            case .wbf: count = weightedBoxesFusion(detections, iouThreshold: iou).count
            }
        }
        return MergingReport.Result(
            method: method, detectionCount: count,
            cpuMilliseconds: 1000 * timing.processorSeconds / Double(timing.count))
    }

    /// Boxes of 32 pixels, each up to 12 pixels from one of 4,000 objects in a scene of 8,192 pixels.
    private static func seededBoxes() -> [Detection] {
        var random = SplitMix64(seed: 1)
        let centers = (0..<4000).map { _ in
            (x: Int.random(in: 12...8148, using: &random), y: Int.random(in: 12...8148, using: &random))
        }
        return (0..<33_337).map { index in
            let center = centers[index % centers.count]
            let box = PixelRect(
                x: center.x + .random(in: -12...12, using: &random),
                y: center.y + .random(in: -12...12, using: &random), width: 32, height: 32)
            return Detection(box: box, label: 0, score: .random(in: 0.05..<1, using: &random))
        }
    }
}

/// What `bench merge` prints.
struct MergingReport: BenchReport {
    struct Result: Encodable {
        var method: MergeRule.Method
        /// Boxes that are left.
        var detectionCount: Int
        /// What one merge takes.
        var cpuMilliseconds: Double
    }
    /// Absent for the seeded ones.
    var boxes: String?
    var boxCount: Int
    var iou: Float
    /// The round with the median time, for each method.
    var results: [Result]
    var rounds: [[Result]]

    /// - Parameter rounds: at least one, each with a result of every method.
    init(boxes: String?, boxCount: Int, iou: Float, rounds: [[Result]]) {
        self.boxes = boxes
        self.boxCount = boxCount
        self.iou = iou
        self.rounds = rounds
        results = rounds[0].indices.map { method in
            let times = rounds.map { $0[method] }.sorted { $0.cpuMilliseconds < $1.cpuMilliseconds }
            return times[(times.count - 1) / 2]
        }
    }

    var lines: [String] {
        ["\(boxes ?? "seeded boxes"): \(boxCount), IoU \(iou)"]
            + results.map { result in
                "\(result.method.rawValue): \(result.cpuMilliseconds.fixed(2)) ms of CPU, "
                    + "\(result.detectionCount) boxes left"
            }
    }
}
