import CKernels
import Engines
import Networks
import Synchronization

/// Copies of one training graph that share a batch, each with workers of its own; usually one.
///
/// The first replica holds the weights that count. After each run its gradients become the sums of all, and what was
/// updated in it is spread to the others.
///
/// `@unchecked Sendable`: a replica runs on the threads of its own; between runs tasks touch one parameter each.
final class Replicas: @unchecked Sendable {
    let executables: [Executable]
    /// One thread for each replica to wait in; none for one.
    private let threads: WorkerPool?

    /// Shares the workers out; each replica has at least one.
    init(of graph: Graph, count: Int, _ configuration: Executable.Configuration) throws(EngineError) {
        precondition(count > 0)
        var configuration = configuration
        configuration.workerCount = max(1, configuration.workerCount / count)
        var executables: [Executable] = []
        for _ in 0..<count { executables.append(try Executable(graph, configuration)) }
        self.executables = executables
        threads = count > 1 ? WorkerPool(workerCount: count) : nil
    }

    var count: Int { executables.count }

    /// Of the first replica, which stands for the others.
    var profile: [OpProfile] { executables[0].profile }

    func setParameters(_ weights: Weights) throws(EngineError) {
        for executable in executables {
            for name in executable.parameters.keys {
                try executable.setParameter(name, to: weights[name])
            }
            try executable.prepare(executable.parameters.keys)
        }
    }

    /// Gives each replica its part of the samples.
    func setInput(_ name: String, to bytes: RawSpan) {
        let byteCount = bytes.byteCount / count
        bytes.withUnsafeBytes { bytes in
            for (index, executable) in executables.enumerated() {
                guard let id = executable.inputs[name], let target = executable.wide[id]?.base,
                    let source = bytes.baseAddress
                else { preconditionFailure("a training graph has \(name)") }
                target.copyMemory(from: source + index * byteCount, byteCount: byteCount)
            }
        }
    }

    /// Runs all replicas side by side, then the stages of tasks, each after the one before.
    func run(finalStages: [[Executable.FinalTask]]) throws(EngineError) {
        guard let threads else { return try executables[0].run(finalStages: finalStages) }
        let failure = Mutex<EngineError?>(nil)
        threads.run { [executables] index in
            do throws(EngineError) {
                try executables[index].run(finalStages: [executables[index].laneSumTasks()])
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        try executables[0].run(stages: finalStages)
    }

    /// Makes the first replica's gradient the sum over lanes and replicas, in their order.
    func sum(_ gradient: NodeID, on worker: Worker) {
        let (first, count) = (executables[0], executables[0].graph[gradient].shape.elementCount)
        guard self.count > 1 else {
            if let laneSum = first.laneSums[gradient] {
                worker.note(laneSum.finish(on: worker, count: count))
            }
            return
        }
        guard let target = first.small[gradient] else { preconditionFailure("gradients are small") }
        for other in executables[1...] {
            if let source = other.small[gradient] { first.kernels.accumulate(1, source, target, count) }
        }
    }

    /// Copies a parameter of the first replica to the others, and brings it into the layouts of the next run.
    func spread(_ name: String, on worker: Worker) {
        guard let id = executables[0].parameters[name], let source = executables[0].small[id] else { return }
        let count = executables[0].graph[id].shape.elementCount
        for (index, executable) in executables.enumerated() {
            if index > 0 { executable.small[id]?.update(from: source, count: count) }
            for prepare in executable.preparations[name] ?? [] { worker.note(prepare(worker)) }
        }
    }
}
