import ArgumentParser
import Files
import Pixels
import Scanning

/// Measures how often the interval of a sample holds the number that a whole scan has found.
struct BenchSample: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "How often the interval of scan --sample holds the true number.",
        discussion: """
            Draws many samples from the detections of a complete scan and compares their intervals with the numbers of all detections, \
            class by class. An interval of 95 % is right when about 95 % of the samples hold the number; where only one or two objects \
            are to be expected in a sample, more do, because counts are whole.
            """)

    @Argument(help: ArgumentHelp("The output folder of a complete scan.", valueName: "folder"))
    var folder: String
    @Option(help: ArgumentHelp("How much of the scene is scored in a sample.", valueName: "percent%"))
    var sample = SampleFraction(value: 0.01)
    @Option(help: ArgumentHelp("Samples to draw.", valueName: "count")) var samples = 2000
    @Option(
        help: ArgumentHelp(
            "Count detections from this score on; by default all. Higher ones are rarer.", valueName: "0...1")
    )
    var threshold: Float = 0
    @OptionGroup var output: BenchOutput

    func validate() throws {
        try require("--samples", samples, in: 10...1_000_000)
        try require("--threshold", threshold, in: 0...1)
    }

    func run() throws {
        try checkMeasuring()
        let scan = ScanFolder(path: folder)
        let state = try scan.openToRead()
        guard state.isComplete else {
            throw CommandError(
                operation: "draw samples from the scan", path: folder,
                cause: "windows are missing; finish it first")
        }
        let detections = try scan.readDetections().filter { $0.score >= threshold }
        let cells = try SceneSample(
            of: state.task.grid, moveReach: state.context.rule.moveReach, fraction: sample.value, seed: 0
        ).cells
        let count = cells.sampleCount(
            fraction: sample.value, wantedWindowCount: state.task.grid.windowCount)
        let all = cells.counts(detections, inCells: Array(0..<cells.count))
        let labels = state.context.rule.labels.filter { all[$0] != nil }
        var results = labels.map { label in
            SamplingReport.Result(
                className: state.context.classes[label], detectionCount: all[label]?.reduce(0, +) ?? 0)
        }
        for seed in 0..<samples {
            try checkMeasuring()
            let drawn = SceneSample(cells, count: count, seed: UInt64(seed)).drawn
            for (place, label) in labels.enumerated() {
                guard let counts = all[label] else { continue }
                let estimate = CountEstimate(counts: drawn.map { counts[$0] }, cellCount: cells.count)
                results[place].add(estimate)
            }
        }
        try output.print(
            SamplingReport(
                folder: folder, windowCount: state.task.grid.windowCount, blockCount: cells.count,
                sampledBlockCount: count, samples: samples, results: results))
    }
}

extension SampleFraction {
    init(value: Double) { self.value = value }
}

/// What `bench sample` prints.
struct SamplingReport: BenchReport {
    struct Result: Encodable {
        var className: String
        /// In the whole scene.
        var detectionCount: Int
        /// Intervals that hold it, that lie below it, and that lie above it.
        var rightCount = 0
        var belowCount = 0
        var aboveCount = 0
        private var widthSum = 0.0
        private var estimateSum = 0.0
        private var foundSum = 0

        init(className: String, detectionCount: Int) {
            (self.className, self.detectionCount) = (className, detectionCount)
        }

        mutating func add(_ estimate: CountEstimate) {
            let count = Double(detectionCount)
            if estimate.upper < count {
                belowCount += 1
            } else if estimate.lower > count {
                aboveCount += 1
            } else {
                rightCount += 1
            }
            widthSum += estimate.upper - estimate.lower
            estimateSum += estimate.estimate
            foundSum += estimate.found
        }

        private var count: Double { Double(rightCount + belowCount + aboveCount) }
        /// Found in a sample, on average.
        var meanFound: Double { Double(foundSum) / count }
        /// The mean of all estimates, over the true number.
        var meanEstimate: Double { estimateSum / count / Double(detectionCount) }
        /// The mean width of all intervals, over the true number.
        var meanWidth: Double { widthSum / count / Double(detectionCount) }

        func share(_ part: Int) -> String { (100 * Double(part) / count).fixed(1) + " %" }
    }
    var folder: String
    var windowCount: Int
    var blockCount: Int
    var sampledBlockCount: Int
    var samples: Int
    var results: [Result]

    var lines: [String] {
        let header = [
            "class", "in the scene", "in a sample", "right", "too low", "too high", "estimate", "width",
        ]
        let cells = results.map { result in
            [
                result.className, "\(result.detectionCount)", result.meanFound.fixed(1),
                result.share(result.rightCount),
                result.share(result.belowCount), result.share(result.aboveCount),
                result.meanEstimate.fixed(3),
                result.meanWidth.fixed(2),
            ]
        }
        return [
            "\(folder): \(windowCount) windows; \(samples) samples of \(sampledBlockCount) of \(blockCount) blocks"
        ] + columns([header] + cells, leftCount: 1).map(\.description)
    }
}
