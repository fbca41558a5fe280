import Engines
import Networks

/// Scores batches on the CPU.
final class CPUScoringProgram: ScoringProgram, ProfiledProgram {
    var profile: [OpProfile] { executable.profile }

    private let executable: Executable
    private let scores: UnsafeMutablePointer<Float>
    private let pixels: UnsafeMutablePointer<UInt8>
    private let imageByteCount: Int
    private let classCount: Int
    /// Images that one run takes.
    private let capacity: Int

    init(network: Network, weights: Weights, batchSize: Int, configuration: Executable.Configuration)
        throws(EngineError)
    {
        precondition(batchSize > 0)
        try weights.check(against: network)
        let graph = try network.graph { network throws(GraphError) in
            // Whole micro-batches of any size that a phase may want.
            let unit = [16, 8, 4, 2].first { $0 <= batchSize } ?? 1
            return try network.scoringGraph(batchSize: (batchSize + unit - 1) / unit * unit)
        }
        var configuration = configuration
        configuration.ranges = weights
        executable = try Executable(graph, configuration)
        for name in executable.parameters.keys { try executable.setParameter(name, to: weights[name]) }
        try executable.prepare(executable.parameters.keys)
        guard let input = executable.inputs[Network.pixels], let pixels = executable.wide[input]?.base,
            let scores = executable.wide[graph.outputs[0]]?.base
        else { preconditionFailure("a scoring graph has pixels and scores") }
        self.pixels = pixels.assumingMemoryBound(to: UInt8.self)
        self.scores = scores.assumingMemoryBound(to: Float.self)
        imageByteCount = graph[input].shape[1...].reduce(1, *)
        classCount = network.architecture.classCount
        capacity = executable.batchSize
    }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        let imageCount = pixelsNHWC.count / imageByteCount
        precondition(pixelsNHWC.count == imageCount * imageByteCount, "not whole images")
        precondition(scores.count == imageCount * classCount, "one score per image and class")
        for start in stride(from: 0, to: imageCount, by: capacity) {
            let count = min(capacity, imageCount - start)
            let bytes = pixelsNHWC.extracting(start * imageByteCount..<(start + count) * imageByteCount)
            bytes.withUnsafeBufferPointer { source in
                if let first = source.baseAddress { pixels.update(from: first, count: source.count) }
            }
            try executable.run(sampleCount: count)
            for i in 0..<count * classCount { scores[start * classCount + i] = self.scores[i] }
        }
    }
}
