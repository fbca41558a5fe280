public import Engines
public import Networks
import Synchronization

/// An engine that compiles a scoring program once and lends it to all who score the same network with the same weights.
///
/// Each call takes the program for itself; others wait for it. A program is let go with the last of its borrowers.
/// Training programs are not shared. All numerics are those of the one engine inside: keep a shared engine for each choice.
public final class SharedEngine: Engine {
    private let inner: any Engine
    private let programs = ProgramList<any ScoringProgram>()
    private let featurePrograms = ProgramList<any FeatureScoringProgram>()
    private let windowPrograms = ProgramList<any WindowScoringProgram>()
    private let densePrograms = ProgramList<DenseLine>()

    /// - Parameter inner: makes the programs.
    public init(_ inner: any Engine) { self.inner = inner }

    public var description: String { inner.description }

    public var abilities: Abilities { inner.abilities }

    public var numerics: Numerics { inner.numerics }

    public func denseBlockSide(reach: Int, scenePixelCount: Int) -> Int {
        inner.denseBlockSide(reach: reach, scenePixelCount: scenePixelCount)
    }

    public func numerics(scoring network: Network, weights: Weights) throws(EngineError) -> Numerics {
        try inner.numerics(scoring: network, weights: weights)
    }

    public func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        try inner.evaluate(graph, inputs: inputs)
    }

    public func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        let shape = ProgramShape(architecture: network.architecture, sizes: [batchSize])
        let lent = try programs.lent(shape, weights) { [inner] () throws(EngineError) in
            try inner.scoringProgram(for: network, weights: weights, batchSize: batchSize)
        }
        return LentScoringProgram(lent)
    }

    public func featureScoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any FeatureScoringProgram {
        let shape = ProgramShape(architecture: network.architecture, sizes: [batchSize])
        let lent = try featurePrograms.lent(shape, weights) { [inner] () throws(EngineError) in
            try inner.featureScoringProgram(for: network, weights: weights, batchSize: batchSize)
        }
        return try LentFeatureProgram(lent)
    }

    public func windowScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, batchSize: Int
    ) throws(EngineError) -> any WindowScoringProgram {
        let shape = ProgramShape(
            architecture: network.architecture, sizes: [blockSize.height, blockSize.width, batchSize])
        let lent = try windowPrograms.lent(shape, weights) { [inner] () throws(EngineError) in
            try inner.windowScoringProgram(
                for: network, weights: weights, blockSize: blockSize, batchSize: batchSize)
        }
        return LentWindowProgram(lent)
    }

    public func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram {
        let shape = ProgramShape(
            architecture: network.architecture, sizes: [blockSize.height, blockSize.width, stride])
        let lent = try densePrograms.lent(shape, weights) { [inner] () throws(EngineError) in
            DenseLine(
                try inner.denseScoringProgram(
                    for: network, weights: weights, blockSize: blockSize, stride: stride))
        }
        return try LentDenseProgram(lent)
    }

    public func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        try inner.trainingProgram(for: network, state: state, configuration: configuration)
    }
}

private final class LentScoringProgram: ScoringProgram {
    private let lent: LentProgram<any ScoringProgram>

    init(_ lent: LentProgram<any ScoringProgram>) { self.lent = lent }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        try lent.withProgram { program throws(EngineError) in
            try program.score(pixelsNHWC, into: &scores)
        }
    }
}

private final class LentFeatureProgram: FeatureScoringProgram {
    let featureCount: Int
    private let lent: LentProgram<any FeatureScoringProgram>

    init(_ lent: LentProgram<any FeatureScoringProgram>) throws(EngineError) {
        self.lent = lent
        featureCount = try lent.withProgram { program throws(EngineError) in program.featureCount }
    }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        try lent.withProgram { program throws(EngineError) in
            try program.score(pixelsNHWC, into: &scores)
        }
    }

    func score(
        _ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>,
        features: inout MutableSpan<Float>
    ) throws(EngineError) {
        try lent.withProgram { program throws(EngineError) in
            try program.score(pixelsNHWC, into: &scores, features: &features)
        }
    }
}

private final class LentWindowProgram: WindowScoringProgram {
    private let lent: LentProgram<any WindowScoringProgram>

    init(_ lent: LentProgram<any WindowScoringProgram>) { self.lent = lent }

    func score(
        _ corners: [WindowCorner], of pixelsHWC: Span<UInt8>, size: BlockSize,
        take: (_ windows: Range<Int>, _ scores: [Float]) -> Bool
    ) throws(EngineError) -> Bool {
        try lent.withProgram { program throws(EngineError) in
            try program.score(corners, of: pixelsHWC, size: size, take: take)
        }
    }
}

private final class LentDenseProgram: DenseScoringProgram {
    let blocksPerCall: Int
    private let lent: LentProgram<DenseLine>

    init(_ lent: LentProgram<DenseLine>) throws(EngineError) {
        self.lent = lent
        blocksPerCall = try lent.withProgram { line throws(EngineError) in line.program.blocksPerCall }
    }

    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> PendingScores {
        let ticket = try lent.withProgram { line throws(EngineError) in try line.begin(blocks) }
        return PendingScores { [lent] () throws(EngineError) in
            try lent.withProgram { line throws(EngineError) in try line.result(of: ticket) }
        }
    }
}
