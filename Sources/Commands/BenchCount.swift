import ArgumentParser
import Bytes
import Files
import Pixels
import Scanning

/// Measures how often the interval of a count holds the number of objects that there are.
struct BenchCount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: "How often the interval of count holds the true number.",
        discussion: """
            Draws many audits of a complete scan whose truth is known, labels them by it, and compares their intervals with the number of \
            objects, class by class. An interval of 95 % is right when about 95 % of the audits hold the number; where an audit meets hardly \
            any object, more do, because counts are whole. Beside it stands what a plain random sample of as many cells says.
            """)

    @Argument(help: ArgumentHelp("The output folder of a complete scan.", valueName: "folder"))
    var folder: String
    @Option(
        help: ArgumentHelp(
            "The true objects of the scene, in any format of docs/annotations.md.", valueName: "file"))
    var truth: String
    @Option(help: ArgumentHelp("Cells of an audit.", valueName: "count")) var audit = 200
    @Option(help: ArgumentHelp("Audits to draw.", valueName: "count")) var samples = 1000
    @Option(
        name: .customLong("cell"),
        help: ArgumentHelp("Side of a cell. Default: three windows.", valueName: "pixels"))
    var cellSide: Int?
    @Option(
        help: ArgumentHelp(
            "Count detections from this score on. Default: that of the scan.", valueName: "0...1"))
    var threshold: Float?
    @OptionGroup var output: BenchOutput

    func validate() throws {
        try require("--audit", audit, in: AuditPlan.leastCount...AuditPlan.greatestCount)
        try require("--samples", samples, in: 10...1_000_000)
        try require("--threshold", threshold ?? 0, in: 0...1)
        if let cellSide { try require("--cell", cellSide, in: 1...1 << 20) }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        try checkMeasuring()
        var rule = try ScanFolder(path: folder).openToRead().context.rule
        rule.threshold = threshold ?? rule.threshold
        let scan = try AuditedScan(folder, at: folder, rule: rule, side: cellSide, cancellation)
        let objects = try CountOracle(reading: truth, cancellation).objects(of: scan)
        let plan = AuditPlan(of: [scan.scene], count: audit, seed: 0)
        let parts = try scan.parts(plan, cancellation)
        let allCells = (0..<scan.scene.cells.count).filter { scan.scene.kind(ofCell: $0) != nil }
        let detections = scan.scene.counts(inCells: Set(allCells))
        var results = scan.rule.labels.map { label in
            CountingReport.Result(
                className: scan.state.context.classes[label],
                objectCount: allCells.reduce(0) { $0 + (objects[$1]?[label] ?? 0) },
                detectionCount: scan.scene.counts()[label] ?? 0)
        }
        for seed in 0..<samples {
            try checkMeasuring()
            let units = AuditPlan(plan, seed: UInt64(seed)).draw(from: [scan.scene])
            let byStratum = Dictionary(grouping: units, by: \.stratum)
            let plain = PlainSample(allCells.count, size: plan.count, seed: UInt64(seed))
            for (place, label) in scan.rule.labels.enumerated() {
                let name = results[place].className
                let strata = byStratum.sorted { $0.key < $1.key }.map { stratum, units in
                    LabelledStratum(
                        cellCount: plan.strata[stratum].cellCount,
                        detectionCount: parts[stratum].detectionCounts[name, default: 0],
                        cells: units.map {
                            .init(
                                detectionCount: detections[$0.cell]?[label] ?? 0,
                                objectCount: objects[$0.cell]?[label] ?? 0)
                        })
                }
                results[place].add(AuditEstimate(strata, detectionCount: results[place].detectionCount))
                if plan.count < allCells.count {
                    let counts = plain.drawn.map { objects[allCells[$0]]?[label] ?? 0 }
                    results[place].add(CountEstimate(counts: counts, cellCount: allCells.count))
                }
            }
        }
        try output.print(
            CountingReport(
                folder: folder, threshold: rule.threshold, cellCount: allCells.count, cropCount: plan.count,
                strata: plan.strata, samples: samples, results: results))
    }
}

/// Places drawn from all, each with the same chance.
private struct PlainSample {
    let drawn: Set<Int>

    init(_ count: Int, size: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed, stream: 1)
        // Floyd's method: as many numbers as places are drawn.
        var drawn: Set<Int> = []
        for last in count - size..<count {
            let place = Int.random(in: 0...last, using: &random)
            drawn.insert(drawn.contains(place) ? last : place)
        }
        self.drawn = drawn
    }
}

/// What `bench count` prints.
struct CountingReport: BenchReport {
    /// How often intervals hold a number, and how wide they are.
    struct Intervals: Encodable {
        private(set) var rightCount = 0
        private(set) var belowCount = 0
        private(set) var aboveCount = 0
        private var widthSum = 0.0
        private var estimateSum = 0.0

        mutating func add(_ estimate: Double, _ lower: Double, _ upper: Double, holding number: Int) {
            // As the report shows them: objects are whole.
            let (low, high) = ((lower - 1e-9).rounded(.up), (upper + 1e-9).rounded(.down))
            if high < Double(number) {
                belowCount += 1
            } else if low > Double(number) {
                aboveCount += 1
            } else {
                rightCount += 1
            }
            widthSum += high - low
            estimateSum += estimate
        }

        var count: Int { rightCount + belowCount + aboveCount }
        var meanWidth: Double { widthSum / Double(max(1, count)) }
        var meanEstimate: Double { estimateSum / Double(max(1, count)) }

        func share(_ part: Int) -> String { (100 * Double(part) / Double(max(1, count))).fixed(1) + " %" }
    }

    struct Result: Encodable {
        var className: String
        /// In the whole scene.
        var objectCount: Int
        /// In the whole scene.
        var detectionCount: Int
        private(set) var audit = Intervals()
        /// A plain random sample of as many cells.
        private(set) var plain = Intervals()

        init(className: String, objectCount: Int, detectionCount: Int) {
            (self.className, self.objectCount) = (className, objectCount)
            self.detectionCount = detectionCount
        }

        mutating func add(_ estimate: AuditEstimate) {
            audit.add(
                estimate.unbiasedEstimate, estimate.objects.lower, estimate.objects.upper,
                holding: objectCount)
        }

        mutating func add(_ estimate: CountEstimate) {
            plain.add(estimate.estimate, estimate.lower, estimate.upper, holding: objectCount)
        }
    }

    var folder: String
    var threshold: Float
    var cellCount: Int
    var cropCount: Int
    var strata: [AuditStratum]
    var samples: Int
    var results: [Result]

    var lines: [String] {
        let header = [
            "class", "objects", "detections", "right", "too low", "too high", "estimate", "width",
            "plain: right",
            "estimate", "width",
        ]
        let cells = results.map { result in
            [
                result.className, "\(result.objectCount)", "\(result.detectionCount)",
                result.audit.share(result.audit.rightCount), result.audit.share(result.audit.belowCount),
                result.audit.share(result.audit.aboveCount), result.audit.meanEstimate.fixed(1),
                result.audit.meanWidth.fixed(1), result.plain.share(result.plain.rightCount),
                result.plain.meanEstimate.fixed(1), result.plain.meanWidth.fixed(1),
            ]
        }
        let strata = self.strata.map { "\($0.kind.rawValue) \($0.sampledCount)/\($0.cellCount)" }
        return [
            "\(folder) at \(threshold): \(samples) audits of \(cropCount) of \(cellCount) cells: \(strata.joined(separator: ", "))"
        ] + columns([header] + cells, leftCount: 1).map(\.description)
    }
}
