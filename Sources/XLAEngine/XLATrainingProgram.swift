import Engines
import Networks

/// Trains with one program for a whole step; weights, momenta and averages stay on the devices.
final class XLATrainingProgram: TrainingProgram {
    /// A compiled step, for samples that come in one way.
    private struct Step {
        var samples: TrainingModule.Samples
        var executable: Executable
        var results: [TensorType]
        var memory: MemoryEstimate
    }

    private let network: Network
    private let configuration: TrainingConfiguration
    private let activations: Element
    private let devices: DeviceGroup
    /// Samples of each device.
    private let partCount: Int
    /// Of pixels, or of held tiles; `nil` before it was needed.
    private var step: Step?
    /// What each step changes, in the program's order.
    private let stateTensors: [StateTensor]
    /// For each device.
    private var stateBuffers: [[DeviceBuffer]]
    private let fixedTensors: [StateTensor]
    private let fixedBuffers: [[DeviceBuffer]]
    /// The tiles that are held, for each device.
    private var store: [DeviceBuffer] = []

    init(
        network: Network, state: TrainingState, configuration: TrainingConfiguration, activations: Element,
        devices: DeviceGroup
    ) throws(EngineError) {
        try state.weights.check(against: network)
        let parts = [1, devices.count]
        guard parts.contains(configuration.replicaCount) else {
            throw EngineError(
                code: .wrongInput, operation: "train on \(devices.description)",
                cause:
                    "the plan has \(configuration.replicaCount) replicas, each with batch norms of its own, but "
                    + "--devices names \(devices.count); name one device for each replica, or train on the CPU"
            )
        }
        // Whether batch norm is synchronised or not, each device has its part.
        var shared = configuration
        shared.replicaCount = devices.count
        partCount = try shared.replicaBatchSize()
        (self.network, self.configuration) = (network, configuration)
        (self.activations, self.devices) = (activations, devices)
        let module = try TrainingModule(
            network, configuration: configuration, batchSize: partCount, replicaCount: devices.count,
            activations: activations, samples: .pixels)
        (stateTensors, fixedTensors) = (module.state, module.fixed)
        var whole = state
        whole.startAverages(network, configuration.optimizer)
        stateBuffers = try devices.upload(module.state, of: whole)
        fixedBuffers = try devices.upload(module.fixed, of: whole)
    }

    let stepsAhead = 2

    /// Bytes of what stays on each device between steps.
    private var heldByteCount: Int {
        ((stateBuffers.first ?? []) + (fixedBuffers.first ?? []) + store.prefix(1)).reduce(0) {
            $0 + $1.type.byteCount
        }
    }

    // MARK: Programs

    /// Compiles the step for samples that come so, unless it is the one that there is.
    private func step(for samples: TrainingModule.Samples) throws(EngineError) -> Step {
        if let step, step.samples == samples { return step }
        let module = try TrainingModule(
            network, configuration: configuration, batchSize: partCount, replicaCount: devices.count,
            activations: activations, samples: samples
        ).module
        let executable = try devices.compile(module)
        var (fixedByteCount, aheadByteCount) = (heldByteCount, 0)
        switch samples {
        case .pixels: aheadByteCount = stepsAhead * partCount * storeType(1).byteCount
        case .store(let count, _): fixedByteCount += storeType(count).byteCount
        }
        let memory = try MemoryEstimate(
            of: executable, fixedByteCount: fixedByteCount, aheadByteCount: aheadByteCount,
            batchSize: partCount, deviceCount: devices.count, operation: "train \(network.architecture.name)")
        try memory.check(against: devices.freeMemory, held: heldByteCount)
        let step = Step(
            samples: samples, executable: executable, results: module.results.map(\.type), memory: memory)
        self.step = step
        return step
    }

    func prepare(holdsTiles: Bool) throws(EngineError) {
        guard !holdsTiles else { return precondition(!store.isEmpty, "there are no tiles") }
        if !store.isEmpty { (store, step) = ([], nil) }
        _ = try step(for: .pixels)
    }

    private func storeType(_ count: Int) -> TensorType {
        let side = configuration.sampleSide(of: network)
        return TensorType(element: .ui8, shape: [count, side, side, 3])
    }

    // MARK: Steps

    func step(
        _ pixelsNHWC: Span<UInt8>, targets: Targets, learningRate: Float
    ) throws(EngineError) -> StepResult {
        try begin(pixelsNHWC, targets, learningRate).result()
    }

    func begin(
        _ samples: StepSamples, targets: Targets, learningRate: Float
    ) throws(EngineError) -> PendingStep {
        switch samples {
        case .pixels(let pixelsNHWC): try begin(pixelsNHWC.span, targets, learningRate)
        case .held(let placements): try begin(placements, targets, learningRate)
        }
    }

    private func begin(
        _ pixelsNHWC: Span<UInt8>, _ targets: Targets, _ learningRate: Float
    ) throws(EngineError) -> PendingStep {
        let pixels = TensorType(element: .ui8, shape: [partCount] + storeType(1).shape.dropFirst())
        precondition(pixelsNHWC.count == pixels.byteCount * devices.count)
        try prepare(holdsTiles: false)
        let step = try step(for: .pixels)
        return try step.memory.explaining(on: devices, held: heldByteCount) { () throws(EngineError) in
            let buffers = try devices.uploadParts(pixelsNHWC.bytes, pixels)
            return try run(step, [buffers], targets, learningRate)
        }
    }

    private func begin(
        _ placements: [TilePlacement], _ targets: Targets, _ learningRate: Float
    ) throws(EngineError) -> PendingStep {
        guard let step, case .store = step.samples else {
            preconditionFailure("a step of held tiles, and the program holds none")
        }
        precondition(placements.count == configuration.batchSize)
        let tiles = placements.map(\.tile)
        let moves = placements.flatMap { [$0.y, $0.x] }
        let mirrored = placements.map { UInt8($0.isMirrored ? 1 : 0) }
        return try step.memory.explaining(on: devices, held: heldByteCount) { () throws(EngineError) in
            let samples = [
                store,
                try devices.uploadParts(tiles.span.bytes, TensorType(element: .i32, shape: [partCount])),
                try devices.uploadParts(moves.span.bytes, TensorType(element: .i32, shape: [partCount, 2])),
                try devices.uploadParts(mirrored.span.bytes, TensorType(element: .i1, shape: [partCount])),
            ]
            return try run(step, samples, targets, learningRate)
        }
    }

    /// - Parameter samples: each for all devices, in the program's order.
    private func run(
        _ step: Step, _ samples: [[DeviceBuffer]], _ targets: Targets, _ learningRate: Float
    ) throws(EngineError) -> PendingStep {
        configuration.check(targets, of: network)
        let rowCount = partCount * configuration.labelsPerSample
        let batch =
            samples + [
                try devices.uploadParts(
                    targets.labels.span.bytes, TensorType(element: .i32, shape: [rowCount])),
                try devices.uploadParts(
                    targets.shares.span.bytes,
                    TensorType(element: .f32, shape: [rowCount, targets.classCount])),
                try devices.upload(Tensor(shape: [], values: [learningRate])),
            ]
        let arguments = devices.indices.map { device in
            stateBuffers[device] + fixedBuffers[device] + batch.map { $0[device] }
        }
        let results = try step.executable.run(arguments, results: step.results)
        stateBuffers = results.map { Array($0.dropFirst()) }
        // All devices have the same sums.
        let (sums, devices, held) = (results[0][0], devices, heldByteCount)
        return PendingStep { () throws(EngineError) in
            let values = try step.memory.explaining(on: devices, held: held) { () throws(EngineError) in
                try sums.floats()
            }
            guard let correctCount = Int(exactly: values[1]), let topFiveCount = Int(exactly: values[2])
            else {
                throw EngineError(
                    code: .deviceFailed, operation: "count the correct samples of a batch",
                    cause: "the device says \(values[1]) and \(values[2])")
            }
            return StepResult(loss: values[0], correctCount: correctCount, topFiveCount: topFiveCount)
        }
    }

    // MARK: Held tiles

    /// Bytes of tiles that are copied at a time.
    private static let partByteCount = 64 << 20

    func hold(_ tiles: HeldTiles) throws(EngineError) -> Bool {
        guard tiles.count > 0, configuration.cropWindows == nil else { return false }
        let type = storeType(tiles.count)
        precondition(tiles.side == network.architecture.inputSize)
        if let free = try devices.freeMemory, type.byteCount > free { return false }
        do throws(EngineError) {
            _ = try step(for: .store(count: tiles.count, reflectsBorder: tiles.border == .reflect))
            store = try filledStore(type, with: tiles)
        } catch {
            (step, store) = (nil, [])
            guard error.code == .outOfMemory else { throw error }
            return false
        }
        return true
    }

    /// All tiles, part by part, so that the host never has them all.
    private func filledStore(_ type: TensorType, with tiles: HeldTiles) throws(EngineError) -> [DeviceBuffer]
    {
        let tileByteCount = type.byteCount / tiles.count
        let partCount = min(tiles.count, max(1, Self.partByteCount / tileByteCount))
        let zeros = ModuleText(zeros: type, replicaCount: devices.count)
        let update = ModuleText(updating: type, partCount: partCount, replicaCount: devices.count)
        var stores = try devices.compile(zeros).run(
            [[DeviceBuffer]](repeating: [], count: devices.count), results: [type]
        ).map { $0[0] }
        let writer = try devices.compile(update)
        var part = type
        part.shape[0] = partCount
        var bytes = [UInt8](repeating: 0, count: part.byteCount)
        for start in stride(from: 0, to: tiles.count, by: partCount) {
            // The last part overlaps the one before it, as all are of one size.
            let first = min(start, tiles.count - partCount)
            try bytes.withUnsafeMutableBufferPointer { bytes throws(EngineError) in
                for index in 0..<partCount {
                    let place = index * tileByteCount..<(index + 1) * tileByteCount
                    var tile = UnsafeMutableBufferPointer(rebasing: bytes[place]).mutableSpan
                    try tiles.copy(first + index, &tile)
                }
            }
            let place = [Int32(first)]
            var arguments = stores.map { [$0] }
            for device in devices.indices {
                arguments[device] += [
                    try devices.upload(bytes.span.bytes, part, toDevice: device),
                    try devices.upload(
                        place.span.bytes, TensorType(element: .i32, shape: []), toDevice: device),
                ]
            }
            // Only so much is under way as one part; and what fails, fails here.
            stores = try writer.run(arguments, results: [type], waits: true).map { $0[0] }
        }
        return stores
    }

    // MARK: State

    func state() throws(EngineError) -> TrainingState {
        var result = TrainingState(weights: [:])
        for (tensors, buffers) in [(stateTensors, stateBuffers[0]), (fixedTensors, fixedBuffers[0])] {
            for (tensor, buffer) in zip(tensors, buffers) {
                tensor.put(Tensor(shape: tensor.shape, values: try buffer.floats()), into: &result)
            }
        }
        return result
    }
}

extension DeviceGroup {
    /// Copies tensors of a state to each device; missing momenta are zeros.
    fileprivate func upload(
        _ tensors: [StateTensor], of state: TrainingState
    ) throws(EngineError) -> [[DeviceBuffer]] {
        var buffers = [[DeviceBuffer]](repeating: [], count: count)
        for tensor in tensors {
            let values = tensor.values(in: state)
            guard values.shape == tensor.shape else {
                throw .wrongTensor(tensor.name, shape: values.shape, expected: tensor.shape)
            }
            for (device, buffer) in try upload(values).enumerated() { buffers[device].append(buffer) }
        }
        return buffers
    }
}
