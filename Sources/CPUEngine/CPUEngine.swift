import CDNNL
public import Engines
public import Foundation
public import Networks

/// Runs graphs on the CPU with oneDNN's convolutions and our own kernels between them.
///
/// - Source of the design: measurements in `docs/benchmarks.md`; why it is ours: `docs/architecture.md`.
public struct CPUEngine: Engine {
    /// Threads that compute; best one per core.
    public let workerCount: Int
    public let precision: Precision
    /// Instructions of our own kernels.
    public let kernels: KernelVariant
    private let isProfiling: Bool
    private let choices: ConvolutionChoices

    /// - Parameter kernels: one that this CPU has.
    /// - Parameter cacheFolder: where the fastest algorithm of a convolution is remembered that had to be measured;
    ///   `nil` for nowhere: then nothing is measured.
    /// - Parameter isProfiling: whether programs time each of their steps (`ProfiledProgram`).
    public init(
        workerCount: Int, precision: Precision = .fp32, kernels: KernelVariant = .best,
        cacheFolder: URL? = CPUEngine.defaultCacheFolder, isProfiling: Bool = false
    ) {
        self.init(
            workerCount: workerCount, precision: precision,
            choices: ConvolutionChoices(folder: cacheFolder, variant: kernels), isProfiling: isProfiling)
    }

    private init(
        workerCount: Int, precision: Precision, choices: ConvolutionChoices, isProfiling: Bool = false
    ) {
        precondition(workerCount > 0 && choices.variant.isAvailable)
        (self.workerCount, self.precision, self.kernels) = (workerCount, precision, choices.variant)
        self.isProfiling = isProfiling
        self.choices = choices
    }

    /// An engine that computes as another one did, perhaps on another machine: with its algorithms, whatever this
    /// machine would choose.
    ///
    /// - Parameter numerics: of a CPU engine; its convolutions are those of a network to score.
    /// - Throws: where this machine cannot compute so, with what differs.
    public init(workerCount: Int, matching numerics: Numerics) throws(EngineError) {
        let variant = numerics.kernels.flatMap(KernelVariant.init(rawValue:)).flatMap {
            $0.isAvailable ? $0 : nil
        }
        let algorithms = numerics.convolutions.compactMapValues(ConvolutionAlgorithm.init(rawValue:))
        var own = Numerics.cpu(numerics.precision, variant ?? .best)
        own.convolutions = algorithms.mapValues(\.rawValue)
        let differences = own.differences(from: numerics)
        guard let variant, differences.isEmpty else {
            throw EngineError(
                code: .unsupportedGraph, operation: "compute with the wanted numerics",
                cause: "this CPU has " + differences.joined(separator: "; "))
        }
        self.init(
            workerCount: workerCount, precision: numerics.precision,
            choices: ConvolutionChoices(fixed: algorithms, variant: variant))
    }

    /// Whether this CPU can compute so at all; `KernelVariant.isNative` says whether it is fast.
    ///
    /// oneDNN has convolutions of bfloat16 only for CPUs with AVX-512.
    public static func supports(_ precision: Precision) -> Bool {
        precision != .bf16 || DNNLDevice.uses(dnnl_cpu_isa_avx512_core)
    }

    /// Whether oneDNN multiplies matrices of bf16 in tiles (Intel's AMX). Then bf16 is the fastest precision, before int8, whose
    /// kernels are our own.
    public static var hasTiles: Bool { DNNLDevice.uses(dnnl_cpu_isa_avx512_core_amx) }

    /// `$XDG_CACHE_HOME/tilescope`, or `~/.cache/tilescope`; `nil` without a home.
    public static var defaultCacheFolder: URL? { ConvolutionChoices.defaultFolder }

    public var description: String {
        let workers = "\(workerCount) \(workerCount == 1 ? "worker" : "workers")"
        return "cpu (\(precision.rawValue), \(kernels.rawValue), oneDNN \(DNNLDevice.version), \(workers))"
    }

    public var abilities: Abilities {
        precision.trains ? [.training, .denseScoring, .features] : [.denseScoring, .features]
    }

    public var numerics: Numerics { .cpu(precision, kernels) }

    public func numerics(scoring network: Network, weights: Weights) throws(EngineError) -> Numerics {
        var configuration = configuration
        (configuration.workerCount, configuration.ranges) = (1, weights)
        let graph = try network.graph { network throws(GraphError) in try network.scoringGraph(batchSize: 1) }
        var numerics = numerics
        numerics.convolutions = try Executable(graph, configuration).choices.mapValues(\.rawValue)
        return numerics
    }

    private var configuration: Executable.Configuration {
        Executable.Configuration(
            precision: precision, variant: kernels, workerCount: workerCount, choices: choices,
            isProfiling: isProfiling)
    }

    public func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        var configuration = configuration
        configuration.ranges = inputs
        let executable = try Executable(graph, configuration)
        for name in executable.parameters.keys { try executable.setParameter(name, to: inputs[name]) }
        for name in executable.inputs.keys { try executable.setInput(name, to: inputs[name]) }
        try executable.prepare(executable.parameters.keys)
        try executable.run(finalStages: [executable.laneSumTasks()])
        return graph.outputs.map(executable.output)
    }

    public func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        try CPUScoringProgram(
            network: network, weights: weights, batchSize: batchSize, configuration: configuration)
    }

    public func featureScoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any FeatureScoringProgram {
        try CPUFeatureProgram(
            network: network, weights: weights, batchSize: batchSize, configuration: configuration)
    }

    /// Blocks of which margins take about a fifth. A small scene has smaller ones, because each worker takes one.
    ///
    /// Beyond the second-level cache a pixel costs as much as in it (docs/benchmarks.md, "Dense scans on the CPU").
    public func denseBlockSide(reach: Int, scenePixelCount: Int) -> Int {
        let usual = min(2048, max(512, 24 * reach))
        return min(usual, max(12 * reach, Int(Double(scenePixelCount / 8).squareRoot())))
    }

    /// No convolution of a block is timed: the scores have the same bits on all machines with equal numerics, which know
    /// nothing of blocks.
    public func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram {
        var configuration = configuration
        configuration.choices = ConvolutionChoices(fixed: [:], variant: kernels)
        return try CPUDenseScoringProgram(
            network: network, weights: weights, blockSize: blockSize, stride: stride,
            configuration: configuration)
    }

    public func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        guard precision.trains else {
            throw EngineError(
                code: .unsupportedGraph, operation: "train \(network.architecture.name) in int8",
                cause: Precision.scoringOnly)
        }
        return try CPUTrainingProgram(
            network: network, state: state, configuration: configuration,
            executable: self.configuration)
    }
}

extension Numerics {
    fileprivate static func cpu(_ precision: Precision, _ kernels: KernelVariant) -> Numerics {
        Numerics(
            engine: "cpu", precision: precision, kernels: kernels.rawValue,
            library: "oneDNN \(DNNLDevice.version)", instructions: DNNLDevice.instructions)
    }
}
