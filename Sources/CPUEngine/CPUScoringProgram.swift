import Engines
import Networks

/// Scores batches on the CPU.
final class CPUScoringProgram: ScoringProgram {
    private let executable: Executable
    private let scores: UnsafeMutablePointer<Float>
    private let pixels: UnsafeMutablePointer<UInt8>
    private let imageByteCount: Int
    private let classCount: Int
    /// Images that one run takes: whole micro-batches.
    private let capacity: Int

    init(network: Network, weights: Weights, batchSize: Int, workerCount: Int) throws(EngineError) {
        precondition(batchSize > 0)
        try weights.check(against: network)
        let graph = try network.graph { network throws(GraphError) in
            // Whole micro-batches for the widest network that fits a cache: a multiple of 16.
            try network.scoringGraph(batchSize: (batchSize + 15) / 16 * 16)
        }
        executable = try Executable(graph, pool: WorkerPool(workerCount: workerCount))
        for name in executable.parameters.keys { try executable.setParameter(name, to: weights[name]) }
        try executable.prepare(executable.parameters.keys)
        guard let input = executable.inputs[Network.pixels], let pixels = executable.wide[input]?.base,
            let scores = executable.wide[graph.outputs[0]]?.base
        else { preconditionFailure("a scoring graph has pixels and scores") }
        self.pixels = pixels.assumingMemoryBound(to: UInt8.self)
        self.scores = scores.assumingMemoryBound(to: Float.self)
        imageByteCount = graph[input].shape[1...].reduce(1, *)
        classCount = network.architecture.classCount
        capacity = executable.microBatch * executable.microBatchCount
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
            let microBatch = executable.microBatch
            try executable.run(microBatchCount: (count + microBatch - 1) / microBatch)
            for i in 0..<count * classCount { scores[start * classCount + i] = self.scores[i] }
        }
    }
}
