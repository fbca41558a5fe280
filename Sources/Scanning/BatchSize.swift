/// How many windows the engine scores at once: many enough to keep it busy, few enough that a scan that is stopped or killed
/// loses little.
package struct BatchSize {
    /// What a batch should take at most; somebody may be waiting for the scan to end.
    private static let secondsLimit = 0.6
    /// A batch that is lost is at most this part of a scan.
    private static let leastBatchCount = 64

    /// For full speed: such that windows of any size take about 6 MB.
    package static func most(windowSize: Int) -> Int {
        max(16, min(2048, (6 << 20) / (windowSize * windowSize * 3)))
    }

    private let most: Int
    /// Windows of the next batch, at most.
    private(set) var limit: Int

    /// - Parameter viewCount: images that the engine scores of each window.
    init(windowSize: Int, windowCount: Int, viewCount: Int = 1) {
        let fitting = Self.most(windowSize: windowSize) / viewCount
        most = max(1, min(fitting, windowCount / Self.leastBatchCount))
        // Nobody knows yet how long one takes.
        limit = min(16, most)
    }

    /// Takes in how long a batch took.
    mutating func adapt(windowCount: Int, seconds: Double) {
        let affordable = Double(windowCount) / max(seconds, 1e-6) * Self.secondsLimit
        limit = max(1, min(most, Int(min(affordable, 1e6))))
    }
}
