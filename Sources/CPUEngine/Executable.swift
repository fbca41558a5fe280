import CDNNL
import CKernels
import Engines
import Networks

/// A graph compiled for this CPU: kernels in order, and all the memory that they use.
///
/// Activations are NHWC. Each phase of the schedule has its own micro-batch, small enough for its activations to stay
/// in a core's second-level cache. Micro-batches form *lanes*: one worker takes a whole lane of a phase, and sums of
/// weight gradients are kept per lane. Lanes and their order depend on the graph alone, so results have the same bits
/// for any number of workers.
///
/// `@unchecked Sendable`: workers share it while `run` runs; they write disjoint memory (their own scratch, their
/// lane's part of the store) and meet at a barrier before one reads what another wrote.
final class Executable: @unchecked Sendable {
    let graph: Graph
    let schedule: Schedule
    let quantization: Quantization
    let configuration: Configuration
    let device: DNNLDevice
    let pool: WorkerPool
    let batchSize: Int
    /// Samples in a micro-batch, by phase; each divides the batch.
    let microBatches: [Int]
    let laneLimit: Int

    /// How a graph is compiled, beside what it says.
    struct Configuration {
        var precision = Precision.fp32
        var variant = KernelVariant.best
        var workerCount: Int
        var choices: ConvolutionChoices
        /// For `int8`, among any other tensors: the input ranges of the network.
        var ranges: Weights = [:]
        /// Whether every step is timed.
        var isProfiling = false
        /// What the largest activation of a micro-batch may take.
        var cacheByteCount = 256 << 10
    }

    /// A kernel for one micro-batch.
    typealias Kernel = (Site) -> Void
    /// Work on small values that one worker does while the others wait.
    typealias SmallKernel = () -> Void

    var phaseKernels: [[Kernel]] = []
    /// What the kernels are, in the same order.
    var stepLabels: [[StepLabel]] = []
    /// Run after the phase of the same index: the ends of its reductions.
    var reductionEnds: [[SmallKernel]] = []
    /// Run before the phase of the same index, or at the end.
    var smallKernels: [[SmallKernel]] = []
    /// Weight gradients, summed over lanes at the end of a run.
    var laneSums: [NodeID: LaneSum] = [:]
    /// Changes of layout to do when a parameter has changed, by its name.
    var preparations: [String: [(Worker) -> dnnl_status_t]] = [:]

    /// Where the value of a parameter or a small node lives, row-major.
    var small: [NodeID: UnsafeMutablePointer<Float>] = [:]
    /// Where the values with a batch axis live that are read across phases, or come from outside.
    var wide: [NodeID: Place] = [:]
    private(set) var parameters: [String: NodeID] = [:]
    private(set) var inputs: [String: NodeID] = [:]
    private(set) var workers: [Worker] = []
    private var blocks: [MemoryBlock] = []
    /// Of all runs so far.
    var runNanoseconds: UInt64 = 0
    var convolutions: [Convolution.Shape: Convolution] = [:]
    /// The algorithms that depend on the machine, by `Convolution.Shape.choiceName`.
    private(set) var choices: [String: ConvolutionAlgorithm] = [:]

    init(_ graph: Graph, _ configuration: Configuration) throws(EngineError) {
        try graph.check()
        (self.graph, self.configuration) = (graph, configuration)
        quantization =
            configuration.precision == .int8
            ? try Quantization(graph, ranges: configuration.ranges) : Quantization()
        pool = WorkerPool(workerCount: configuration.workerCount)
        batchSize = graph.batchSize
        let batchSize = batchSize
        for case .input(let name, let shape) in graph.nodes.map(\.op) {
            guard let rowCount = shape.first, rowCount.isMultiple(of: batchSize) else {
                throw EngineError(
                    code: .unsupportedGraph, operation: "compile the input \(name)",
                    cause: "it has \(shape.first ?? 0) samples and another \(batchSize)")
            }
        }
        let costs = MicroBatchCosts(
            graph: graph, element: configuration.precision.element,
            cacheByteCount: configuration.cacheByteCount)
        let schedule = Schedule(graph, costs: costs)
        self.schedule = schedule
        // Without reductions no bit depends on micro-batches, so that there can be one for every worker.
        let hasReductions = graph.nodes.contains { $0.op.isReduction }
        let limit = hasReductions ? batchSize : max(1, batchSize / configuration.workerCount)
        microBatches = schedule.phases.map { nodes in
            let wanted = min(costs.microBatch(for: nodes.filter(schedule.isBatched)), limit)
            return (1...min(wanted, batchSize)).last { batchSize.isMultiple(of: $0) } ?? 1
        }
        laneLimit = Self.laneLimit(graph)
        device = try DNNLDevice()
        DNNLDevice.useOneThreadHere()
        try plan()
        try lowerAll()
        for worker in workers {
            worker.allocateScratchpad()
            worker.times = phaseKernels.map { $0.map { _ in StepTime() } }
        }
    }

    /// Lanes cost memory for one copy of the weight gradients each.
    private static func laneLimit(_ graph: Graph) -> Int {
        guard graph.nodes.contains(where: { $0.op.isReduction }) else { return .max }
        let byteCount = graph.nodes.reduce(4) { sum, node in
            if case .parameter(_, let shape) = node.op { sum + 4 * shape.elementCount } else { sum }
        }
        return max(4, min(16, (64 << 20) / byteCount))
    }

    func microBatchCount(of phase: Int) -> Int { batchSize / microBatches[phase] }

    func laneCount(of phase: Int) -> Int { min(microBatchCount(of: phase), laneLimit) }

    /// Our own kernels, and those of them that work on activations.
    var kernels: ts_kernels { configuration.variant.kernels }

    /// Calls `prepare` when a parameter of a batch norm has changed.
    func whenParametersChange(of norm: NodeID?, _ prepare: @escaping () -> Void) {
        guard let norm else { return }
        let inputs = graph[norm].inputs + graph[graph[norm].inputs[3]].inputs
        for id in inputs {
            guard case .parameter(let name, _) = graph[id].op else { continue }
            preparations[name, default: []].append { _ in
                prepare()
                return dnnl_success
            }
        }
    }

    /// How a convolution should be computed; the same for any micro-batch.
    func algorithm(for shape: Convolution.Shape) -> ConvolutionAlgorithm {
        let algorithm = configuration.choices.algorithm(for: shape, on: device)
        if shape.knownAlgorithm == nil { choices[shape.choiceName] = algorithm }
        return algorithm
    }

    /// Our Winograd kernel for a convolution, where it was chosen.
    func winograd(for shape: Convolution.Shape) -> Winograd? {
        algorithm(for: shape) == .winograd ? Winograd(shape) : nil
    }

    /// Memory that lives as long as the executable, on a 64-byte boundary, zeroed.
    func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        let block = MemoryBlock(byteCount: byteCount)
        blocks.append(block)
        return block.start
    }

    /// Asks for memory that a kernel has to itself on its worker while it runs.
    func needScratchpad(byteCount: Int) {
        for worker in workers { worker.needScratchpad(byteCount: byteCount) }
    }

    func allocateFloats(_ count: Int) -> UnsafeMutablePointer<Float> {
        allocate(byteCount: count * 4).assumingMemoryBound(to: Float.self)
    }

    /// The type in which a value with a batch axis is kept: what follows the global mean stays in floats.
    func element(of id: NodeID) -> Element {
        graph[id].shape.count == 4 ? configuration.precision.element : .float
    }

    /// Bytes of one sample of a value.
    func sampleByteCount(_ id: NodeID) -> Int {
        let size = schedule.isInput(id) ? inputElement(id).byteCount : element(of: id).byteCount
        return size * sampleElementCount(id)
    }

    /// Numbers of one sample of a value with a batch axis.
    func sampleElementCount(_ id: NodeID) -> Int { graph[id].shape.elementCount / batchSize }

    /// Rows of one sample of a value with a batch axis: of a crop there is one for each window.
    func sampleRowCount(_ id: NodeID) -> Int { graph[id].shape[0] / batchSize }

    /// Gives every value its place.
    private func plan() throws(EngineError) {
        var plan = MemoryPlan()
        var offsets: [NodeID: Int] = [:]
        for (id, lifetime) in schedule.stored.sorted(by: { $0.key < $1.key }) {
            offsets[id] = plan.place(byteCount: batchSize * sampleByteCount(id), lifetime: lifetime)
        }
        let store = allocate(byteCount: plan.byteCount)
        for (id, offset) in offsets {
            wide[id] = Place(base: store + offset, offset: 0, stride: sampleByteCount(id))
        }
        for id in graph.nodeIDs {
            if case .input(let name, _) = graph[id].op {
                inputs[name] = id
                let stride = sampleByteCount(id)
                wide[id] = Place(base: allocate(byteCount: batchSize * stride), offset: 0, stride: stride)
            } else if !schedule.isBatched(id) {
                if case .parameter(let name, _) = graph[id].op { parameters[name] = id }
                small[id] = allocateFloats(graph[id].shape.elementCount)
            }
        }
        workers = (0..<pool.workerCount).map(Worker.init(index:))
    }

    enum InputElement {
        case byte, label
        case activation(Element)
        var byteCount: Int {
            switch self {
            case .byte: 1
            case .label: 4
            case .activation(let element): element.byteCount
            }
        }
    }

    /// How samples of an input lie in memory: as its users want them.
    func inputElement(_ id: NodeID) -> InputElement {
        for node in graph.nodes {
            if case .normalize = node.op, node.inputs[0] == id { return .byte }
            if case .correctCount = node.op, node.inputs[1] == id { return .label }
        }
        return .activation(element(of: id))
    }
}

extension Graph {
    /// Samples in each input. What belongs to windows of crops, such as their labels, has several rows a sample.
    var batchSize: Int {
        nodes.lazy.compactMap { node -> Int? in
            if case .input(_, let shape) = node.op { shape.first } else { nil }
        }.min() ?? 1
    }
}

/// Where a value lies for a given micro-batch.
struct Place {
    /// `nil` for the worker's scratch memory.
    var base: UnsafeMutableRawPointer?
    var offset: Int
    /// Bytes from one sample to the next; 0 in scratch memory.
    var stride: Int

    func raw(_ site: Site) -> UnsafeMutableRawPointer {
        (base ?? site.worker.scratch) + (offset + stride * site.firstSample)
    }

    func floats(_ site: Site) -> UnsafeMutablePointer<Float> { raw(site).assumingMemoryBound(to: Float.self) }

    func bytes(_ site: Site) -> UnsafeMutablePointer<UInt8> { raw(site).assumingMemoryBound(to: UInt8.self) }
}

/// Who computes what: one worker at one micro-batch.
struct Site {
    let worker: Worker
    /// The micro-batch's number in its phase.
    let microBatch: Int
    let firstSample: Int
    let lane: Int
    let isFirstInLane: Bool
}

/// One thread's own memory.
final class Worker {
    let index: Int
    /// Activations of the phase at hand.
    private(set) var scratch: UnsafeMutableRawPointer
    /// For one kernel while it runs, oneDNN's or ours.
    private(set) var scratchpad: UnsafeMutableRawPointer
    private var blocks: [MemoryBlock] = []
    private var scratchByteCount = 0
    private var scratchpadByteCount = 0
    /// The first failure of a kernel.
    var status = dnnl_success
    /// By phase and step; filled where the executable is made to profile.
    var times: [[StepTime]] = []

    init(index: Int) {
        self.index = index
        let empty = MemoryBlock(byteCount: 0)
        blocks = [empty]
        (scratch, scratchpad) = (empty.start, empty.start)
    }

    var floats: UnsafeMutablePointer<Float> { scratchpad.assumingMemoryBound(to: Float.self) }

    func needScratch(byteCount: Int) { scratchByteCount = max(scratchByteCount, byteCount) }

    func needScratchpad(byteCount: Int) { scratchpadByteCount = max(scratchpadByteCount, byteCount) }

    /// To be called once, when all needs are known.
    func allocateScratchpad() {
        blocks = [MemoryBlock(byteCount: scratchByteCount), MemoryBlock(byteCount: scratchpadByteCount)]
        (scratch, scratchpad) = (blocks[0].start, blocks[1].start)
    }

    /// Remembers a failure; the run goes on and reports it at its end.
    func note(_ status: dnnl_status_t) {
        if status != dnnl_success && self.status == dnnl_success { self.status = status }
    }
}
