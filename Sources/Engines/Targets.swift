/// What the samples of a batch should be scored as.
public struct Targets: Hashable, Sendable {
    public let classCount: Int
    /// `[N]`: the class that counts as right.
    public let labels: [Int32]
    /// `[N, classCount]`: what the loss asks of each score; rows sum to 1, unless they were rounded.
    public private(set) var shares: [Float]

    /// - Parameter labels: class indices.
    /// - Parameter smoothing: share of a sample that is spread evenly over all classes, in `0..<1`.
    /// - Throws: for a label that is no class, with its place in the batch.
    /// - Source: label smoothing of Szegedy et al., Rethinking the Inception architecture, 2015.
    public init(labels: [Int32], classCount: Int, smoothing: Float = 0) throws(EngineError) {
        precondition(classCount > 0 && (0..<1).contains(smoothing))
        (self.labels, self.classCount) = (labels, classCount)
        shares = [Float](repeating: smoothing / Float(classCount), count: labels.count * classCount)
        for (n, label) in labels.enumerated() {
            guard (0..<classCount).contains(Int(label)) else {
                throw EngineError(
                    code: .wrongInput, operation: "train on sample \(n) of the batch",
                    cause: "its label is \(label), but there are only \(classCount) classes")
            }
            shares[n * classCount + Int(label)] += 1 - smoothing
        }
    }

    /// Makes each share 1 where it is larger than a threshold, and else 0: in a mixed sample several classes are there then.
    ///
    /// - Source: `BinaryCrossEntropy` of timm with `target_threshold`.
    public mutating func round(above threshold: Float) {
        for i in shares.indices { shares[i] = shares[i] > threshold ? 1 : 0 }
    }

    /// Mixes each sample's shares with those of another.
    ///
    /// - Parameter others: for each sample, the one that is mixed in.
    /// - Parameter fraction: what the sample keeps of itself, in `0...1`.
    public mutating func mix(with others: [Int], keeping fraction: Float) {
        precondition(others.count == labels.count && (0...1).contains(fraction))
        let own = shares
        for (n, other) in others.enumerated() {
            for k in 0..<classCount {
                shares[n * classCount + k] =
                    fraction * own[n * classCount + k] + (1 - fraction) * own[other * classCount + k]
            }
        }
    }
}
