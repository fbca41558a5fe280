import Files
import Foundation

/// How long something took that was done again and again.
struct BenchTiming {
    /// Of each call, ascending.
    private let seconds: [Double]
    /// From the first call to the last.
    let wallSeconds: Double
    /// Of all threads of this process in that time.
    let processorSeconds: Double

    var count: Int { seconds.count }

    /// Calls `body` until `seconds` are over, at least once, after a few calls that do not count.
    ///
    /// - Throws: `Cancelled` when Ctrl-C was pressed, which is noticed between the calls; what `body` throws.
    init(seconds: Double, _ body: () throws -> Void) throws {
        let clock = ContinuousClock()
        let warmUpStart = clock.now
        for call in 0..<3 where call == 0 || clock.now - warmUpStart < .seconds(seconds) {
            try checkMeasuring()
            try body()
        }
        let (start, processorStart) = (clock.now, ProcessUsage.cpuSeconds)
        var durations: [Double] = []
        repeat {
            try checkMeasuring()
            durations.append(try clock.measure(body) / .seconds(1))
        } while clock.now - start < .seconds(seconds)
        wallSeconds = (clock.now - start) / .seconds(1)
        processorSeconds = ProcessUsage.cpuSeconds - processorStart
        self.seconds = durations.sorted()
    }

    /// A quantile of the calls' durations.
    ///
    /// - Parameter fraction: in `0...1`: 0 gives the shortest.
    func duration(quantile fraction: Double) -> Double {
        seconds[Int((Double(seconds.count - 1) * fraction).rounded())]
    }
}

/// The kernel's account of the most memory that this process has held: `ProcessUsage.peakMemoryByteCount`.
enum PeakMemory {
    /// Starts the account anew from what is held now, where the system allows it; else it goes on.
    static func reset() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
        try? file.write(contentsOf: Data("5".utf8))
    }
}
