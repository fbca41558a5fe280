import CDNNL
import Engines
import Foundation
import Networks
import Synchronization

extension Executable {
    /// Something to do after the last phase; tasks run on all workers in any order.
    typealias FinalTask = (Worker) -> Void

    /// Computes the graph.
    ///
    /// - Parameter sampleCount: how many samples there are; by default a whole batch. The last micro-batch may compute
    ///   idle ones as well.
    /// - Parameter finalStages: lists of tasks, each task on one worker; a list begins when the one before it has ended,
    ///   the first after everything else.
    func run(sampleCount: Int? = nil, finalStages: [[FinalTask]] = []) throws(EngineError) {
        let count = sampleCount ?? batchSize
        let queues = phaseKernels.map { _ in Queue() }
        let barrier = Barrier(workerCount: pool.workerCount)
        let work = Stages(finalStages)
        let start = DispatchTime.now().uptimeNanoseconds
        defer { runNanoseconds += DispatchTime.now().uptimeNanoseconds - start }
        pool.run { [self] index in
            let worker = workers[index]
            for phase in phaseKernels.indices {
                barrier.meet {
                    if phase > 0 { for end in reductionEnds[phase - 1] { end() } }
                    for kernel in smallKernels[phase] { kernel() }
                }
                while let lane = queues[phase].next(below: laneCount(of: phase)) {
                    runLane(lane, of: phase, on: worker, sampleCount: count)
                }
            }
            barrier.meet {
                if let last = reductionEnds.last { for end in last { end() } }
                if let last = smallKernels.last { for kernel in last { kernel() } }
            }
            work.run(on: worker, barrier)
        }
        try checkWorkers()
    }

    /// Runs lists of tasks on all workers, without the graph.
    func run(stages: [[FinalTask]]) throws(EngineError) {
        let barrier = Barrier(workerCount: pool.workerCount)
        let work = Stages(stages)
        pool.run { [self] index in work.run(on: workers[index], barrier) }
        try checkWorkers()
    }

    /// Brings the changed parameters into the layouts that kernels want.
    func prepare(_ names: some Sequence<String>) throws(EngineError) {
        let worker = workers[0]
        for name in names {
            for prepare in preparations[name] ?? [] { worker.note(prepare(worker)) }
        }
        try checkWorkers()
    }

    private func runLane(_ lane: Int, of phase: Int, on worker: Worker, sampleCount: Int) {
        let (size, count) = (microBatches[phase], microBatchCount(of: phase))
        let first = lane * count / laneCount(of: phase)
        let end = min((sampleCount + size - 1) / size, (lane + 1) * count / laneCount(of: phase))
        guard first < end else { return }
        for index in first..<end {
            let site = Site(
                worker: worker, microBatch: index, firstSample: index * size, lane: lane,
                isFirstInLane: index == first)
            guard configuration.isProfiling else {
                for kernel in phaseKernels[phase] { kernel(site) }
                continue
            }
            for (step, kernel) in phaseKernels[phase].enumerated() {
                worker.times[phase][step].measure { kernel(site) }
            }
        }
    }

    private func checkWorkers() throws(EngineError) {
        for worker in workers {
            defer { worker.status = dnnl_success }
            try check(worker.status, "run a primitive")
        }
    }

    /// Hands out numbers, each once.
    private final class Queue: Sendable {
        private let taken = Atomic(0)

        func next(below count: Int) -> Int? {
            let number = taken.add(1, ordering: .relaxed).oldValue
            return number < count ? number : nil
        }
    }

    /// `@unchecked Sendable`: each task runs on one worker and touches only its own memory.
    private final class Stages: @unchecked Sendable {
        private let stages: [(queue: Queue, tasks: [FinalTask])]

        init(_ stages: [[FinalTask]]) { self.stages = stages.map { (Queue(), $0) } }

        func run(on worker: Worker, _ barrier: Barrier) {
            for (index, stage) in stages.enumerated() {
                if index > 0 { barrier.meet {} }
                while let task = stage.queue.next(below: stage.tasks.count) { stage.tasks[task](worker) }
            }
        }
    }
}
