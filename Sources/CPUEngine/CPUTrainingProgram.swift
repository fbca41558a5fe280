import CDNNL
import CKernels
import Engines
import Networks
import Synchronization

/// Trains on the CPU: runs the training graph of each replica, then updates each parameter on one worker.
final class CPUTrainingProgram: TrainingProgram, ProfiledProgram {
    var profile: [OpProfile] { replicas.profile }

    /// Of one replica.
    private let training: TrainingGraph
    private let replicas: Replicas
    private let configuration: TrainingConfiguration
    private let network: Network
    /// The parameters that learn and all that their updates touch.
    private let slots: [Slot]
    /// What does not learn: running statistics, which are small, and frozen parameters.
    private var fixed: TrainingState

    init(
        network: Network, state: TrainingState, configuration: TrainingConfiguration,
        executable executableConfiguration: Executable.Configuration
    ) throws(EngineError) {
        try state.weights.check(against: network)
        let replicaBatchSize = try configuration.replicaBatchSize()
        let training = try network.graph { network throws(GraphError) in
            try network.trainingGraph(
                batchSize: replicaBatchSize, frozenStageCount: configuration.frozenStageCount,
                cropWindows: configuration.cropWindows, loss: configuration.loss)
        }
        let replicas = try Replicas(
            of: training.graph, count: configuration.replicaCount, executableConfiguration)
        try replicas.setParameters(state.weights)
        self.configuration = configuration
        var state = state
        state.startAverages(network, configuration.optimizer)
        let gradients = training.parts(of: training.graph.outputs).gradients
        slots = zip(training.parameters, gradients).map { name, gradient in
            Slot(name, gradient: gradient, state: state, replicas: replicas)
        }
        fixed = state
        (fixed.momenta, self.training, self.replicas, self.network) = ([:], training, replicas, network)
        for name in training.parameters { (fixed.weights[name], fixed.averages[name]) = (nil, nil) }
    }

    func step(
        _ pixelsNHWC: Span<UInt8>, targets: Targets, learningRate: Float
    ) throws(EngineError) -> StepResult {
        configuration.check(pixelsNHWC, targets, of: network)
        replicas.setInput(Network.pixels, to: pixelsNHWC.bytes)
        replicas.setInput(Network.labels, to: targets.labels.span.bytes)
        replicas.setInput(Network.targets, to: targets.shares.span.bytes)
        try replicas.run(finalStages: stages(learningRate))
        let outputs = replicas.executables.map { executable in
            training.parts(of: training.graph.outputs.map(executable.output))
        }
        for (statistic, moments) in zip(training.statistics, Tensor.means(of: outputs.map(\.moments))) {
            fixed.weights.follow(statistic, moments: moments)
        }
        fixed.moveAverages(optimizer)
        func sum(_ tensor: KeyPath<TrainingGraph.Parts<Tensor>, Tensor>) -> Float {
            outputs.reduce(0) { $0 + $1[keyPath: tensor].values[0] }
        }
        return StepResult(
            loss: sum(\.loss) / Float(outputs.count), correctCount: Int(sum(\.topOneCount)),
            topFiveCount: Int(sum(\.topFiveCount)))
    }

    private var optimizer: Optimizer { configuration.optimizer }

    func state() -> TrainingState {
        var state = fixed
        for slot in slots {
            state.weights[slot.name] = slot.tensor(at: slot.weights)
            state.momenta[slot.name] = slot.tensor(at: slot.momenta)
            if let average = slot.average { state.averages[slot.name] = slot.tensor(at: average) }
        }
        return state
    }

    /// What follows the gradients. All their squares must be known before a first update where they are clipped by
    /// their norm; else each gradient is used while it is still in the cache.
    private func stages(_ learningRate: Float) -> [[Executable.FinalTask]] {
        var rule = ts_sgd(
            rate: learningRate, momentum: optimizer.momentum, decay: 0, factor: 1 / Float(replicas.count),
            limit: .infinity, average_decay: optimizer.averageDecay ?? 0, nesterov: optimizer.isNesterov)
        let executable = replicas.executables[0]
        let update = { [optimizer, replicas] (slot: Slot, rule: ts_sgd, worker: Worker) in
            let rates = optimizer.rates(of: slot.name, shape: slot.shape)
            var rule = rule
            (rule.rate, rule.decay) = (rates.factor * rule.rate, rates.weightDecay)
            executable.kernels.sgd(
                slot.weights, slot.momenta, slot.gradient, slot.average, slot.count, &rule)
            replicas.spread(slot.name, on: worker)
        }
        guard case .norm = optimizer.gradientClip else {
            rule.limit = optimizer.gradientClip?.limit ?? .infinity
            return [
                slots.map { [rule, replicas] slot in
                    { worker in
                        replicas.sum(slot.gradientNode, on: worker)
                        update(slot, rule, worker)
                    }
                }
            ]
        }
        return [
            slots.map { [replicas] slot in
                { worker in
                    replicas.sum(slot.gradientNode, on: worker)
                    slot.squaredNorm.pointee = executable.kernels.squared_norm(slot.gradient, slot.count)
                }
            },
            slots.map { [rule, slots, optimizer] slot in
                { worker in
                    var rule = rule
                    let squaredSum = slots.reduce(0) { $0 + $1.squaredNorm.pointee }
                    let squaredNorm = squaredSum * Double(rule.factor) * Double(rule.factor)
                    rule.factor *= optimizer.gradientClip?.factor(squaredNorm: squaredNorm) ?? 1
                    update(slot, rule, worker)
                }
            },
        ]
    }

    /// All that the update of one parameter touches, in the memory of the first replica.
    private struct Slot {
        var name: String
        var shape: [Int]
        var gradientNode: NodeID
        var weights: UnsafeMutablePointer<Float>
        var momenta: UnsafeMutablePointer<Float>
        var gradient: UnsafeMutablePointer<Float>
        var average: UnsafeMutablePointer<Float>?
        /// Of the gradient, where it is wanted.
        var squaredNorm: UnsafeMutablePointer<Double>

        var count: Int { shape.elementCount }

        init(_ name: String, gradient node: NodeID, state: TrainingState, replicas: Replicas) {
            let executable = replicas.executables[0]
            guard let id = executable.parameters[name], let weights = executable.small[id],
                let gradient = executable.small[node]
            else { preconditionFailure("\(name) has no gradient") }
            (self.name, shape, gradientNode) = (name, executable.graph[id].shape, node)
            (self.weights, self.gradient) = (weights, gradient)
            momenta = executable.allocateFloats(shape.elementCount)
            squaredNorm = executable.allocate(byteCount: 8).assumingMemoryBound(to: Double.self)
            momenta.copy(state.momenta[name], count: count)
            guard let values = state.averages[name] else { return }
            average = executable.allocateFloats(count)
            average?.copy(values, count: count)
        }

        func tensor(at pointer: UnsafeMutablePointer<Float>) -> Tensor {
            Tensor(shape: shape, values: Array(UnsafeBufferPointer(start: pointer, count: count)))
        }
    }
}

extension UnsafeMutablePointer<Float> {
    /// Copies a tensor in; without one, nothing.
    fileprivate func copy(_ tensor: Tensor?, count: Int) {
        guard let tensor else { return }
        precondition(tensor.values.count == count)
        tensor.values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { update(from: start, count: count) }
        }
    }
}
