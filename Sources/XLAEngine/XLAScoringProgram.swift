import Engines
import Networks

/// Scores batches of one size, several of them under way at a time.
///
/// What is missing in the last batch is filled up with black images, so that every image is scored by the same program,
/// and its scores do not depend on those beside it.
final class XLAScoringProgram: ScoringProgram {
    /// Batches under way: one that is computed, one that is copied, one whose scores are fetched.
    private static let batchesAhead = 3

    private let devices: DeviceGroup
    private let executable: Executable
    private let memory: MemoryEstimate
    /// Per device.
    private let weights: [[DeviceBuffer]]
    /// Images of each device in one run.
    private let partCount: Int
    private let pixels: TensorType
    private let scores: TensorType

    init(
        network: Network, weights: Weights, batchSize: Int, activations: Element, devices: DeviceGroup
    ) throws(EngineError) {
        try weights.check(against: network)
        let partCount = max(1, (batchSize + devices.count - 1) / devices.count)
        let graph = try network.graph { network throws(GraphError) in
            try network.scoringGraph(batchSize: partCount)
        }
        let module = ModuleText(
            scoring: graph, activations: activations, replicaCount: devices.count)
        executable = try devices.compile(module)
        let side = network.architecture.inputSize
        pixels = TensorType(element: .ui8, shape: [partCount, side, side, 3])
        memory = try MemoryEstimate(
            of: executable, fixedByteCount: 4 * network.elementCount,
            aheadByteCount: (Self.batchesAhead - 1) * pixels.byteCount, batchSize: partCount,
            deviceCount: devices.count, operation: "score with \(network.architecture.name)")
        try memory.check(against: devices.freeMemory)
        self.weights = try devices.uploadParameters(of: graph, weights)
        (self.devices, self.partCount) = (devices, partCount)
        scores = module.results[0].type
    }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        let imageByteCount = pixels.byteCount / partCount
        let imageCount = pixelsNHWC.count / imageByteCount
        let classCount = self.scores.shape[1]
        precondition(
            pixelsNHWC.count == imageCount * imageByteCount && scores.count == imageCount * classCount)
        let batchSize = partCount * devices.count
        var running: [(first: Int, results: [[DeviceBuffer]])] = []
        for first in stride(from: 0, to: imageCount, by: batchSize) {
            let images = first..<min(first + batchSize, imageCount)
            do throws(EngineError) {
                running.append((first, try start(images, of: pixelsNHWC, imageByteCount)))
                if running.count == Self.batchesAhead { try finish(running.removeFirst(), &scores) }
            } catch {
                throw memory.explained(
                    error, on: devices, held: weights[0].reduce(0) { $0 + $1.type.byteCount })
            }
        }
        for batch in running { try finish(batch, &scores) }
    }

    private func start(
        _ images: Range<Int>, of pixelsNHWC: Span<UInt8>, _ imageByteCount: Int
    ) throws(EngineError) -> [[DeviceBuffer]] {
        let bytes = images.lowerBound * imageByteCount..<images.upperBound * imageByteCount
        let given = pixelsNHWC.extracting(bytes)
        let wanted = pixels.byteCount * devices.count
        let buffers: [DeviceBuffer]
        if given.count == wanted {
            buffers = try devices.uploadParts(given.bytes, pixels)
        } else {
            var filled = [UInt8](repeating: 0, count: wanted)
            for index in given.indices { filled[index] = given[index] }
            buffers = try devices.uploadParts(filled.span.bytes, pixels)
        }
        return try executable.run(zip(weights, buffers).map { $0 + [$1] }, results: [scores])
    }

    private func finish(
        _ batch: (first: Int, results: [[DeviceBuffer]]), _ scores: inout MutableSpan<Float>
    ) throws(EngineError) {
        let classCount = self.scores.shape[1]
        for (device, results) in batch.results.enumerated() {
            let values = try results[0].floats()
            let start = (batch.first + device * partCount) * classCount
            for (index, value) in values.prefix(max(0, scores.count - start)).enumerated() {
                scores[start + index] = value
            }
        }
    }
}
