public import Networks

/// A network compiled to give the pooled features of images beside their scores. Call it from one thread at a time.
public protocol FeatureScoringProgram: ScoringProgram {
    /// Numbers in the features of an image: what the network's dense layer takes.
    var featureCount: Int { get }

    /// Scores images, as `score(_:into:)` does, and gives their features.
    ///
    /// - Parameter pixelsNHWC: *n* images of the network's input size, 8-bit RGB, one after the other; any *n*.
    /// - Parameter scores: receives `[n, classCount]`.
    /// - Parameter features: receives `[n, featureCount]`.
    func score(
        _ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>,
        features: inout MutableSpan<Float>
    ) throws(EngineError)
}

extension Engine {
    public func featureScoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any FeatureScoringProgram {
        throw EngineError(
            code: .unsupportedGraph, operation: "give features on \(description)",
            cause: "this engine can only score")
    }
}
