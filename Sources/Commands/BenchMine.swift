import ArgumentParser
import Bytes
import Files
import Foundation
import Mining

/// Measures how fast choices are made, once scores and features are there.
struct BenchMine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mine", abstract: "How fast mine chooses among many windows.",
        discussion: """
            Chooses among seeded windows with features around 300 centres and the scores of ten classes, by each strategy that needs \
            no labels. Times are those of the choice alone: of a clock, and of the processor with all threads.
            """)

    @Option(help: ArgumentHelp("Windows to choose among.", valueName: "count")) var windows = 1_000_000
    @Option(help: ArgumentHelp("Numbers in the features of a window.", valueName: "count")) var features = 64
    @Option(help: ArgumentHelp("Windows to choose.", valueName: "count")) var count = 500
    @Option(help: ArgumentHelp("Measurements of each.", valueName: "count")) var rounds = 3
    @OptionGroup var output: BenchOutput

    func validate() throws {
        try require("--windows", windows, in: 1...20_000_000)
        try require("--features", features, in: 1...4096)
        try require("--count", count, in: 1...1_000_000)
        try require("--rounds", rounds, in: 1...1000)
    }

    func run() throws {
        try checkMeasuring()
        let candidates = seededCandidates()
        let strategies = PickStrategy.allCases.filter { $0 != .labelErrors }
        let results = strategies.map { strategy -> MiningReport.Result in
            let measured = (0..<rounds).map { _ in measure(strategy, candidates) }
            return measured.sorted { $0.seconds < $1.seconds }[(rounds - 1) / 2]
        }
        try output.print(
            MiningReport(
                windows: windows, features: features, count: count, results: results,
                peakMegabytes: Int(ProcessUsage.peakMemoryByteCount >> 20)))
    }

    private func measure(_ strategy: PickStrategy, _ candidates: Candidates) -> MiningReport.Result {
        let (start, processor) = (ContinuousClock.now, ProcessUsage.cpuSeconds)
        let plan = PickPlan(
            strategy, count: count, threads: ProcessInfo.processInfo.activeProcessorCount)
        let picks = candidates.picks(plan).picks.count
        return MiningReport.Result(
            strategy: strategy.rawValue, count: picks, seconds: (ContinuousClock.now - start) / .seconds(1),
            cpuSeconds: ProcessUsage.cpuSeconds - processor)
    }

    /// Windows of 32 pixels at a stride of 16, in scenes of a thousand columns and a hundred rows of them.
    private func seededCandidates() -> Candidates {
        var random = SplitMix64(seed: 7)
        func normal() -> Float {
            // The sum of four even numbers is near enough.
            let bits = random.next()
            let sum = (0..<4).reduce(0.0) { $0 + Double(bits >> UInt64(16 * $1) & 0xFFFF) / 65536 }
            return Float(sum - 2) * 1.73
        }
        let centres = (0..<300 * features).map { _ in normal() }
        var (values, scores, places): ([Float], [Float], [Candidates.Place]) = ([], [], [])
        values.reserveCapacity(windows * features)
        for window in 0..<windows {
            let centre = Int(random.next() % 300)
            for index in 0..<features { values.append(centres[centre * features + index] + normal()) }
            let logits = (0..<10).map { (label: Int) -> Float in normal() + (label == centre % 10 ? 3 : 0) }
            let sum = logits.reduce(0) { $0 + exp($1) }
            scores += logits.map { exp($0) / sum }
            let (x, y) = (Int32(window % 1000 * 16), Int32(window / 1000 % 100 * 16))
            places.append(.init(scene: Int32(window / 100_000), x0: x, y0: y, x1: x + 32, y1: y + 32))
        }
        return Candidates(
            count: windows, features: FloatRows(values, width: features),
            scores: FloatRows(scores, width: 10),
            places: places, background: 9)
    }
}

/// What `bench mine` prints.
struct MiningReport: BenchReport {
    struct Result: Encodable {
        var strategy: String
        /// Windows that were chosen.
        var count: Int
        var seconds: Double
        var cpuSeconds: Double
    }
    var windows: Int
    var features: Int
    var count: Int
    /// The round with the median time, for each strategy.
    var results: [Result]
    /// What the whole process held at most; the windows are included.
    var peakMegabytes: Int

    var lines: [String] {
        ["\(grouped(windows)) windows, \(features) features, \(peakMegabytes) MB at most"]
            + results.map {
                "\($0.strategy): \($0.count) chosen in \($0.seconds.fixed(2)) s, \($0.cpuSeconds.fixed(2)) s of CPU"
            }
    }
}
