import Engines
import Networks

/// Scores the windows of blocks in batches of one size, several of them under way at a time.
///
/// A block goes to each device once, at the size of the largest one; the windows are cut out there and shared by the
/// devices. What is missing in the last batch is filled up with the block's first window.
final class XLAWindowScoringProgram: WindowScoringProgram {
    /// Batches under way.
    private static let batchesAhead = 3

    private typealias Batch = (windows: Range<Int>, results: [[DeviceBuffer]])

    private let devices: DeviceGroup
    private let executable: Executable
    /// Per device.
    private let weights: [[DeviceBuffer]]
    /// Windows of each device in one run.
    private let partCount: Int
    private let block: TensorType
    private let scores: TensorType

    init(
        network: Network, weights: Weights, blockSize: BlockSize, batchSize: Int, activations: Element,
        devices: DeviceGroup
    ) throws(EngineError) {
        try weights.check(against: network)
        let partCount = max(1, (batchSize + devices.count - 1) / devices.count)
        let graph = try network.graph { network throws(GraphError) in
            try network.scoringGraph(batchSize: partCount)
        }
        let module = ModuleText(
            scoringWindowsOf: blockSize.height, by: blockSize.width, graph, activations: activations,
            replicaCount: devices.count)
        executable = try devices.compile(module)
        block = TensorType(element: .ui8, shape: [1, blockSize.height, blockSize.width, 3])
        let fixedByteCount = 4 * network.elementCount + block.byteCount
        try MemoryEstimate(
            of: executable, fixedByteCount: fixedByteCount, batchSize: partCount, deviceCount: devices.count,
            operation: "score with \(network.architecture.name)"
        ).check(against: devices.freeMemory)
        self.weights = try devices.uploadParameters(of: graph, weights)
        (self.devices, self.partCount, scores) = (devices, partCount, module.results[0].type)
    }

    func score(
        _ corners: [WindowCorner], of pixelsHWC: Span<UInt8>, size: BlockSize,
        take: (_ windows: Range<Int>, _ scores: [Float]) -> Bool
    ) throws(EngineError) -> Bool {
        let blocks = try upload(pixelsHWC, size)
        let batchSize = partCount * devices.count
        var running: [Batch] = []
        for first in stride(from: 0, to: corners.count, by: batchSize) {
            let windows = first..<min(first + batchSize, corners.count)
            running.append((windows, try start(corners[windows], blocks)))
            if running.count == Self.batchesAhead {
                guard try finish(running.removeFirst(), take) else { return false }
            }
        }
        for batch in running {
            guard try finish(batch, take) else { return false }
        }
        return true
    }

    /// Copies a block to each device, with zeros to the right and below where it is smaller than others.
    private func upload(_ pixelsHWC: Span<UInt8>, _ size: BlockSize) throws(EngineError) -> [DeviceBuffer] {
        let (height, width) = (block.shape[1], block.shape[2])
        precondition(size.height <= height && size.width <= width)
        precondition(pixelsHWC.count == size.height * size.width * 3)
        guard size.height < height || size.width < width else {
            return try devices.uploadCopies(pixelsHWC.bytes, block)
        }
        var filled = [UInt8](repeating: 0, count: block.byteCount)
        for row in 0..<size.height {
            let (from, to) = (row * size.width * 3, row * width * 3)
            for index in 0..<size.width * 3 { filled[to + index] = pixelsHWC[from + index] }
        }
        return try devices.uploadCopies(filled.span.bytes, block)
    }

    private func start(
        _ corners: ArraySlice<WindowCorner>, _ blocks: [DeviceBuffer]
    ) throws(EngineError) -> [[DeviceBuffer]] {
        var places = [Int32](repeating: 0, count: partCount * devices.count * 2)
        for (window, corner) in corners.enumerated() {
            (places[2 * window], places[2 * window + 1]) = (Int32(corner.y), Int32(corner.x))
        }
        let type = TensorType(element: .i32, shape: [partCount, 2])
        let parts = try devices.uploadParts(places.span.bytes, type)
        let arguments = devices.indices.map { weights[$0] + [blocks[$0], parts[$0]] }
        return try executable.run(arguments, results: [scores])
    }

    private func finish(
        _ batch: Batch, _ take: (_ windows: Range<Int>, _ scores: [Float]) -> Bool
    ) throws(EngineError) -> Bool {
        var values: [Float] = []
        for results in batch.results { values += try results[0].floats() }
        values.removeLast(values.count - batch.windows.count * scores.shape[1])
        return take(batch.windows, values)
    }
}
