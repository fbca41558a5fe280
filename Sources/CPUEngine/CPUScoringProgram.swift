import Engines
import Networks

/// Scores batches on the CPU.
final class CPUScoringProgram: ScoringProgram, ProfiledProgram {
    private let batches: CPUScoringBatches

    init(network: Network, weights: Weights, batchSize: Int, configuration: Executable.Configuration)
        throws(EngineError)
    {
        batches = try CPUScoringBatches(
            network, weights, batchSize: batchSize, configuration
        ) { network, batchSize throws(GraphError) in try network.scoringGraph(batchSize: batchSize) }
    }

    var profile: [OpProfile] { batches.executable.profile }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        precondition(
            scores.count == batches.imageCount(pixelsNHWC) * batches.widths[0],
            "one score per image and class")
        try batches.run(pixelsNHWC) { images in batches.copy(0, of: images, to: &scores) }
    }
}

/// Scores batches on the CPU, and gives their features.
final class CPUFeatureProgram: FeatureScoringProgram {
    private let batches: CPUScoringBatches

    init(network: Network, weights: Weights, batchSize: Int, configuration: Executable.Configuration)
        throws(EngineError)
    {
        batches = try CPUScoringBatches(
            network, weights, batchSize: batchSize, configuration
        ) { network, batchSize throws(GraphError) in try network.featureGraph(batchSize: batchSize) }
    }

    var featureCount: Int { batches.widths[1] }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        try batches.run(pixelsNHWC) { images in batches.copy(0, of: images, to: &scores) }
    }

    func score(
        _ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>,
        features: inout MutableSpan<Float>
    ) throws(EngineError) {
        let imageCount = batches.imageCount(pixelsNHWC)
        precondition(
            scores.count == imageCount * batches.widths[0] && features.count == imageCount * featureCount)
        try batches.run(pixelsNHWC) { images in
            batches.copy(0, of: images, to: &scores)
            batches.copy(1, of: images, to: &features)
        }
    }
}

/// Runs a network once over each block, one on each worker at a time.
final class CPUDenseScoringProgram: DenseScoringProgram, ProfiledProgram {
    private let batches: CPUScoringBatches

    init(
        network: Network, weights: Weights, blockSize: BlockSize, stride: Int,
        configuration: Executable.Configuration
    ) throws(EngineError) {
        let workerCount = configuration.workerCount
        let graph = try network.denseScoringGraph(of: blockSize, stride: stride, blockCount: workerCount)
        batches = try CPUScoringBatches(network, weights, graph, configuration)
    }

    var profile: [OpProfile] { batches.executable.profile }

    var blocksPerCall: Int { batches.executable.batchSize }

    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> PendingScores {
        precondition((1...blocksPerCall).contains(blocks.count))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(blocks.reduce(0) { $0 + $1.count })
        for block in blocks { pixels += block }
        let width = batches.widths[0]
        var scores = [Float](repeating: 0, count: blocks.count * width)
        var target = scores.mutableSpan
        try batches.run(pixels.span) { blocks in batches.copy(0, of: blocks, to: &target) }
        return PendingScores { [scores] in
            blocks.indices.map { Array(scores[$0 * width..<($0 + 1) * width]) }
        }
    }
}

/// A graph of pixels, compiled, and run batch by batch.
private final class CPUScoringBatches {
    let executable: Executable
    /// Numbers of each output for an image or a block.
    let widths: [Int]
    private let outputs: [UnsafeMutablePointer<Float>]
    private let pixels: UnsafeMutablePointer<UInt8>
    private let imageByteCount: Int

    convenience init(
        _ network: Network, _ weights: Weights, batchSize: Int, _ configuration: Executable.Configuration,
        makeGraph: (Network, Int) throws(GraphError) -> Graph
    ) throws(EngineError) {
        precondition(batchSize > 0)
        let graph = try network.graph { network throws(GraphError) in
            // Whole micro-batches of any size that a phase may want.
            let unit = [16, 8, 4, 2].first { $0 <= batchSize } ?? 1
            return try makeGraph(network, (batchSize + unit - 1) / unit * unit)
        }
        try self.init(network, weights, graph, configuration)
    }

    init(
        _ network: Network, _ weights: Weights, _ graph: Graph, _ configuration: Executable.Configuration
    ) throws(EngineError) {
        try weights.check(against: network)
        var configuration = configuration
        configuration.ranges = weights
        let executable = try Executable(graph, configuration)
        for name in executable.parameters.keys { try executable.setParameter(name, to: weights[name]) }
        try executable.prepare(executable.parameters.keys)
        let outputs = graph.outputs.compactMap { executable.wide[$0]?.base }
        guard let input = executable.inputs[Network.pixels], let pixels = executable.wide[input]?.base,
            outputs.count == graph.outputs.count
        else { preconditionFailure("a scoring graph has pixels, and outputs for each image") }
        self.executable = executable
        self.pixels = pixels.assumingMemoryBound(to: UInt8.self)
        self.outputs = outputs.map { $0.assumingMemoryBound(to: Float.self) }
        widths = graph.outputs.map(executable.sampleElementCount)
        imageByteCount = graph[input].shape[1...].reduce(1, *)
    }

    func imageCount(_ pixelsNHWC: Span<UInt8>) -> Int {
        precondition(pixelsNHWC.count.isMultiple(of: imageByteCount), "not whole images")
        return pixelsNHWC.count / imageByteCount
    }

    /// - Parameter take: called with the images of each batch when its outputs are there.
    func run(_ pixelsNHWC: Span<UInt8>, take: (_ images: Range<Int>) -> Void) throws(EngineError) {
        let (imageCount, capacity) = (self.imageCount(pixelsNHWC), executable.batchSize)
        for start in stride(from: 0, to: imageCount, by: capacity) {
            let images = start..<min(start + capacity, imageCount)
            let bytes = pixelsNHWC.extracting(
                images.lowerBound * imageByteCount..<images.upperBound * imageByteCount)
            bytes.withUnsafeBufferPointer { source in
                if let first = source.baseAddress { pixels.update(from: first, count: source.count) }
            }
            try executable.run(sampleCount: images.count)
            take(images)
        }
    }

    /// Copies an output of the batch that has run.
    ///
    /// - Parameter images: of the batch.
    /// - Parameter target: of all images.
    func copy(_ output: Int, of images: Range<Int>, to target: inout MutableSpan<Float>) {
        let start = images.lowerBound * widths[output]
        for i in 0..<images.count * widths[output] { target[start + i] = outputs[output][i] }
    }
}
