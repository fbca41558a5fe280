import Engines
import Networks

/// What `bench engine` prints.
struct EngineReport: BenchReport {
    /// The machine's peaks with all workers.
    struct Peaks: Encodable {
        /// Matrix products by precision, in 10⁹ operations per second; only what the CPU has instructions for.
        var gemmGFLOPS: [String: Double]
        var memoryGBPerSecond: Double
    }

    /// One task.
    struct Result: Encodable {
        /// Quartiles of the calls, in images per second.
        struct Spread: Encodable {
            var lowerQuartile: Double
            var upperQuartile: Double
        }
        var task: String
        var precision: String
        /// Windows with a label in each crop, where crops were trained on: they are the images of all numbers below.
        var windowsPerCrop: Int?
        /// Of the median call.
        var imagesPerSecond: Double
        var spread: Spread
        var imagesPerCPUSecond: Double
        /// Counted as direct convolutions, at the median.
        var gflops: Double
        /// Of the GEMM peak in the same precision; absent where that was not measured.
        var shareOfPeak: Double?
        var peakMemoryBytes: Int
        /// In words; absent where the peaks were not measured.
        var limit: String?
        /// Where the workers' time went, longest first; only with `--profile`.
        var profile: [OpProfile]?
        /// What one worker can do at best in the task's precision, with all others at work; absent where the peaks
        /// were not measured.
        var workerPeakGFLOPS: Double?
    }

    var architecture: String
    var batch: Int
    var workers: Int
    var engine: String
    /// Where the input ranges come from; absent where they are the model's own, and where none are needed.
    var inputRanges: String?
    var peaks: Peaks?
    var results: [Result]
    /// For people, by worker count.
    private let allPeaks: [MachinePeaks]

    private enum CodingKeys: CodingKey {
        case architecture, batch, workers, engine, inputRanges, peaks, results
    }

    /// - Parameter allPeaks: the last is of all workers; may be empty.
    init(
        architecture: String, batch: Int, workers: Int, engine: String, inputRanges: String?,
        allPeaks: [MachinePeaks], results: [Result]
    ) {
        (self.architecture, self.batch, self.workers) = (architecture, batch, workers)
        (self.engine, self.allPeaks, self.results) = (engine, allPeaks, results)
        self.inputRanges = inputRanges
        peaks = allPeaks.last.map {
            Peaks(
                gemmGFLOPS: Dictionary(uniqueKeysWithValues: $0.products),
                memoryGBPerSecond: $0.memoryGBPerSecond)
        }
    }

    var lines: [String] {
        let head = [architecture + ", batch \(batch), \(engine)", inputRanges].compactMap { $0 }
        return [head.joined(separator: ", ")] + allPeaks.map(\.text) + results.flatMap(\.lines)
    }
}

extension EngineReport.Result {
    init(
        task: String, precision: String, timed: BenchSubject.Timed, subject: BenchSubject, work: BenchWork,
        workers: Int, peaks: MachinePeaks?
    ) {
        let (timing, batch) = (timed.timing, Double(subject.batchSize))
        let imagesPerSecond = batch / timing.duration(quantile: 0.5)
        (self.task, self.precision, self.imagesPerSecond) = (task, precision, imagesPerSecond)
        windowsPerCrop = subject.cropWindows?.count
        spread = Spread(
            lowerQuartile: batch / timing.duration(quantile: 0.75),
            upperQuartile: batch / timing.duration(quantile: 0.25))
        imagesPerCPUSecond = batch * Double(timing.count) / timing.processorSeconds
        gflops = work.operationCount * imagesPerSecond / 1e9
        peakMemoryBytes = timed.peakMemoryByteCount
        profile = timed.profile.isEmpty ? nil : timed.profile
        guard let peaks, let gemm = peaks.products.first(where: { $0.0 == precision })?.1 else { return }
        shareOfPeak = gflops / gemm
        workerPeakGFLOPS = gemm / Double(workers)
        // Activations and their gradients are half as large in every other precision.
        let elementShare = precision == "fp32" ? 1 : 0.5
        limit = Self.limit(
            computeShare: gflops / gemm,
            memoryShare: elementShare * work.byteCount * imagesPerSecond / 1e9 / peaks.memoryGBPerSecond,
            busyShare: timing.processorSeconds / (timing.wallSeconds * Double(workers)))
    }

    /// What holds a task back, by what was measured.
    ///
    /// - Parameter computeShare: part of the time that its products would take at the GEMM peak.
    /// - Parameter memoryShare: part of the time that the tensors of its products would take, each written to and
    ///   read from memory once; less where caches hold them.
    /// - Parameter busyShare: part of the time in which the workers had a processor.
    static func limit(computeShare: Double, memoryShare: Double, busyShare: Double) -> String {
        let (compute, memory) = ((computeShare * 100).fixed(0), (memoryShare * 100).fixed(0))
        if busyShare < 0.85 {
            return "processors: the workers had them \((busyShare * 100).fixed(0)) % of the time"
        }
        if computeShare > 1 { return "compute: \(compute) % of the GEMM peak, as Winograd saves products" }
        if computeShare >= 0.6 { return "compute: \(compute) % of the GEMM peak" }
        if memoryShare > computeShare {
            return
                "memory: its tensors, each moved once, are \(memory) % of the traffic that memory can take, "
                + "its products \(compute) % of the GEMM peak"
        }
        return
            "kernels: \(compute) % of the GEMM peak, and its tensors, each moved once, only \(memory) % of the "
            + "traffic that memory can take"
    }

    fileprivate var lines: [String] {
        let share = shareOfPeak.map { " (\(($0 * 100).fixed(0)) % of the GEMM peak)" } ?? ""
        let (low, high) = (spread.lowerQuartile.fixed(0), spread.upperQuartile.fixed(0))
        let crops = windowsPerCrop.map { count in
            "crops/s of \(count) windows, \((imagesPerSecond * Double(count)).fixed(0)) windows/s"
        }
        let line =
            "\(task) \(precision): \(imagesPerSecond.fixed(0)) \(crops ?? "images/s") (\(low) to \(high)), "
            + "\(imagesPerCPUSecond.fixed(0)) per CPU-second, \(gflops.fixed(0)) GFLOP/s\(share), "
            + "peak memory \(peakMemoryBytes >> 20) MB"
        return [line] + [limit.map { "  limited by \($0)" }].compactMap(\.self) + profileLines
    }

    /// A line for each operation: share of the time, GFLOP/s of one worker and, where peaks were measured, their share
    /// of the peak, how many there are in the network, what it is.
    private var profileLines: [String] {
        guard let profile else { return [] }
        let total = profile.reduce(0) { $0 + $1.seconds }
        return profile.map { op in
            let rate = op.operationCount / op.seconds / 1e9
            let share = (op.seconds / total * 100).fixed(1).padded(to: 5)
            let speed = op.operationCount > 0 ? rate.fixed(0) : "-"
            let ofPeak = workerPeakGFLOPS.flatMap {
                op.operationCount > 0 ? "\((rate / $0 * 100).fixed(0)) % of peak" : nil
            }
            let columns =
                ["\(share) %", "\(speed.padded(to: 6)) GFLOP/s"]
                + (workerPeakGFLOPS == nil ? [] : [(ofPeak ?? "").padded(to: 14)])
            return "  \(columns.joined(separator: "  "))  \(op.stepCount) x \(op.name)"
        }
    }
}

extension MachinePeaks {
    /// The peaks of matrix products by the precisions' names, in 10⁹ operations per second.
    fileprivate var products: [(String, Double)] {
        [("fp32", fp32GFLOPS), ("bf16", bf16GFLOPS), ("int8", int8GFLOPS)].compactMap { name, peak in
            peak.map { (name, $0) }
        }
    }

    fileprivate var text: String {
        let products = products.map { "\($0.0) \($0.1.fixed(0))" }.joined(separator: ", ")
        return "peaks with \(workerCount) \(workerCount == 1 ? "worker" : "workers"): "
            + "GEMM \(products) GFLOP/s, memory \(memoryGBPerSecond.fixed(0)) GB/s"
    }
}

extension String {
    /// With spaces before it.
    fileprivate func padded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
