import CDNNL
import CKernels
import Engines
import Networks

/// Trains on the CPU: runs the training graph, then updates each parameter on one worker.
final class CPUTrainingProgram: TrainingProgram, ProfiledProgram {
    var profile: [OpProfile] { executable.profile }

    private let training: TrainingGraph
    private let executable: Executable
    private let optimizer: Optimizer
    private let network: Network
    private let batchSize: Int
    private let classCount: Int
    /// The parameters and their momenta, gradients and sums over lanes.
    private let slots: [Slot]
    /// Running statistics: small, so they live as tensors.
    private var statistics: Weights

    /// All that the update of one parameter touches.
    private struct Slot {
        var name: String
        var count: Int
        var weights: UnsafeMutablePointer<Float>
        var momenta: UnsafeMutablePointer<Float>
        var gradient: UnsafeMutablePointer<Float>
        var laneSum: LaneSum?
    }

    init(
        network: Network, state: TrainingState, batchSize: Int, optimizer: Optimizer,
        configuration: Executable.Configuration
    ) throws(EngineError) {
        precondition(batchSize > 0)
        try state.weights.check(against: network)
        let training = try network.graph { network throws(GraphError) in
            try network.trainingGraph(batchSize: batchSize)
        }
        let executable = try Executable(training.graph, configuration)
        for name in training.parameters { try executable.setParameter(name, to: state.weights[name]) }
        try executable.prepare(training.parameters)
        slots = zip(training.parameters, training.graph.outputs[2...]).map { name, gradient in
            let momenta = state.momenta[name]
            return Self.slot(name, gradient: gradient, momenta: momenta, in: executable)
        }
        statistics = state.weights.filter { name, _ in executable.parameters[name] == nil }
        (self.training, self.executable, self.optimizer) = (training, executable, optimizer)
        (self.network, self.batchSize) = (network, batchSize)
        classCount = network.architecture.classCount
    }

    func step(
        _ pixelsNHWC: Span<UInt8>, labels: Span<Int32>, learningRate: Float
    ) throws(EngineError) -> StepResult {
        try setInputs(pixelsNHWC, labels)
        try executable.run(finalTasks: slots.map { updateTask($0, learningRate) })
        updateStatistics()
        let outputs = training.graph.outputs
        return StepResult(
            loss: executable.output(outputs[0]).values[0],
            correctCount: Int(executable.output(outputs[1]).values[0]))
    }

    func state() -> TrainingState {
        var state = TrainingState(weights: statistics)
        for slot in slots {
            state.weights[slot.name] = executable.parameter(slot.name)
            guard let shape = state.weights[slot.name]?.shape else { continue }
            let values = Array(UnsafeBufferPointer(start: slot.momenta, count: slot.count))
            state.momenta[slot.name] = Tensor(shape: shape, values: values)
        }
        return state
    }

    private func setInputs(_ pixels: Span<UInt8>, _ labels: Span<Int32>) throws(EngineError) {
        let imageByteCount = network.architecture.inputSize * network.architecture.inputSize * 3
        precondition(labels.count == batchSize && pixels.count == batchSize * imageByteCount)
        for n in labels.indices where !(0..<classCount).contains(Int(labels[n])) {
            throw EngineError(
                code: .wrongInput, operation: "train on sample \(n) of the batch",
                cause: "its label \(labels[n]) is not among \(classCount) classes")
        }
        func start(_ name: String) -> UnsafeMutableRawPointer {
            guard let id = executable.inputs[name], let base = executable.wide[id]?.base else {
                preconditionFailure("a training graph has \(name)")
            }
            return base
        }
        pixels.withUnsafeBytes {
            start(Network.pixels).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
        }
        labels.withUnsafeBytes {
            start(Network.labels).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
        }
    }

    private static func slot(
        _ name: String, gradient: NodeID, momenta: Tensor?, in executable: Executable
    ) -> Slot {
        guard let id = executable.parameters[name], let weights = executable.small[id],
            let sum = executable.small[gradient]
        else { preconditionFailure("\(name) has no gradient") }
        let count = executable.graph[id].shape.elementCount
        let slot = Slot(
            name: name, count: count, weights: weights, momenta: executable.allocateFloats(count),
            gradient: sum,
            laneSum: executable.laneSums[gradient])
        for (i, value) in (momenta?.values ?? []).prefix(count).enumerated() { slot.momenta[i] = value }
        return slot
    }

    /// Sums the gradient, updates the parameter, and brings it into the layouts of the next step.
    private func updateTask(_ slot: Slot, _ learningRate: Float) -> Executable.FinalTask {
        let (optimizer, preparations) = (optimizer, executable.preparations[slot.name] ?? [])
        let sgd = executable.kernels.sgd
        return { worker in
            if let laneSum = slot.laneSum { worker.note(laneSum.finish(on: worker, count: slot.count)) }
            sgd(
                slot.weights, slot.momenta, slot.gradient, slot.count, learningRate, optimizer.momentum,
                optimizer.weightDecay)
            for prepare in preparations { worker.note(prepare(worker)) }
        }
    }

    private func updateStatistics() {
        let moments = training.graph.outputs[(2 + training.parameters.count)...]
        for (statistic, id) in zip(training.statistics, moments) {
            statistics.follow(statistic, moments: executable.output(id))
        }
    }
}
