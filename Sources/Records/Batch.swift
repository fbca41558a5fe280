/// Samples for one call of an engine.
public struct Batch: Hashable, Sendable {
    /// `[N, H, W, 3]`.
    public var pixelsNHWC: [UInt8]
    /// Class indices, sample by sample: `[N]`, or `[N · labelCount]` of samples with several labels each.
    public var labels: [Int32]
    /// Number of labels.
    public var count: Int { labels.count }

    public init(pixelsNHWC: [UInt8], labels: [Int32]) {
        (self.pixelsNHWC, self.labels) = (pixelsNHWC, labels)
    }
}

/// A sample that could not be read, and was passed over.
public struct UnreadableSample: Hashable, Sendable, Codable {
    public var sample: Int
    /// What was wrong with it and where.
    public var reason: String

    public init(sample: Int, reason: String) { (self.sample, self.reason) = (sample, reason) }
}
