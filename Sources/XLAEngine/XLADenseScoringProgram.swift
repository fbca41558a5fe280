import Engines
import Networks

/// Runs a network over whole blocks, one on each device at a time.
final class XLADenseScoringProgram: DenseScoringProgram {
    private let devices: DeviceGroup
    private let executable: Executable
    /// Per device.
    private let weights: [[DeviceBuffer]]
    private let block: TensorType
    private let scores: TensorType

    init(
        network: Network, weights: Weights, blockSize: BlockSize, stride: Int, activations: Element,
        devices: DeviceGroup
    ) throws(EngineError) {
        try weights.check(against: network)
        let graph = try network.denseScoringGraph(of: blockSize, stride: stride)
        let module = ModuleText(scoring: graph, activations: activations, replicaCount: devices.count)
        executable = try devices.compile(module)
        if let total = try executable.memory()?.total, let free = try devices.freeMemory, total > free {
            throw EngineError(
                code: .outOfMemory, operation: "score densely with \(network.architecture.name)",
                cause:
                    "a block of \(blockSize.height)×\(blockSize.width) pixels needs \(total >> 20) MB, but only "
                    + "\(free >> 20) MB are free on the device")
        }
        self.weights = try devices.uploadParameters(of: graph, weights)
        self.devices = devices
        block = TensorType(element: .ui8, shape: [1, blockSize.height, blockSize.width, 3])
        scores = module.results[0].type
    }

    var blocksPerCall: Int { devices.count }

    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> PendingScores {
        precondition((1...devices.count).contains(blocks.count))
        var arguments: [[DeviceBuffer]] = []
        for device in devices.indices {
            // Devices without a block do the last one too.
            let pixels = blocks[min(device, blocks.count - 1)]
            let buffer = try devices.upload(pixels.span.bytes, block, toDevice: device)
            arguments.append(weights[device] + [buffer])
        }
        let results = try executable.run(arguments, results: [scores])
        return PendingScores { () throws(EngineError) in
            var scores: [[Float]] = []
            for result in results.prefix(blocks.count) { scores.append(try result[0].floats()) }
            return scores
        }
    }
}
