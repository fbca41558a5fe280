import Engines
import Networks
import Synchronization

/// An engine that counts the programs that it makes and those that still live. A program's scores are its number and a
/// pixel; it notices when two threads call it at a time.
final class CountingEngine: Engine {
    struct Counts {
        var made = 0
        var alive = 0
        /// Calls of programs that were being called.
        var collisions = 0
        /// How many programs fail to be made from now on.
        var failuresLeft = 0
        /// In which order dense results were asked for.
        var askedFor: [UInt8] = []
    }
    private let state = Mutex(Counts())

    let description = "counting"
    let abilities: Abilities = [.windowScoring, .denseScoring, .features]
    let numerics = Numerics(engine: "counting", precision: .fp32, library: "none")

    var counts: Counts { state.withLock { $0 } }

    func failNext() { state.withLock { $0.failuresLeft = 1 } }

    fileprivate func update(_ body: (inout Counts) -> Void) { state.withLock { body(&$0) } }

    private func make() throws(EngineError) -> Program {
        let made = state.withLock { counts -> Int? in
            guard counts.failuresLeft == 0 else {
                counts.failuresLeft -= 1
                return nil
            }
            counts.made += 1
            counts.alive += 1
            return counts.made
        }
        guard let made else {
            throw EngineError(code: .outOfMemory, operation: "compile", cause: "there is too little of it")
        }
        return Program(self, number: made)
    }

    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] { [] }

    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram { try make() }

    func featureScoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any FeatureScoringProgram { try make() }

    func windowScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, batchSize: Int
    ) throws(EngineError) -> any WindowScoringProgram { try make() }

    func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram { try make() }

    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        throw EngineError(code: .unsupportedGraph, operation: "train", cause: "this engine only scores")
    }
}

private final class Program: FeatureScoringProgram, WindowScoringProgram, DenseScoringProgram {
    let blocksPerCall = 2
    let featureCount = 1
    private let engine: CountingEngine
    private let number: Int
    private let isBusy = Atomic(false)

    init(_ engine: CountingEngine, number: Int) { (self.engine, self.number) = (engine, number) }

    deinit { engine.update { $0.alive -= 1 } }

    private func alone<Result>(_ body: () -> Result) -> Result {
        if isBusy.exchange(true, ordering: .sequentiallyConsistent) { engine.update { $0.collisions += 1 } }
        defer { isBusy.store(false, ordering: .sequentiallyConsistent) }
        return body()
    }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        guard pixelsNHWC[0] != 255 else {
            throw EngineError(code: .deviceFailed, operation: "score", cause: "it is too bright")
        }
        let (number, pixel) = (Float(number), Float(pixelsNHWC[0]))
        alone {
            scores[0] = number
            scores[1] = pixel
        }
    }

    func score(
        _ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>,
        features: inout MutableSpan<Float>
    ) throws(EngineError) {
        try score(pixelsNHWC, into: &scores)
        features[0] = -scores[1]
    }

    func score(
        _ corners: [WindowCorner], of pixelsHWC: Span<UInt8>, size: BlockSize,
        take: (_ windows: Range<Int>, _ scores: [Float]) -> Bool
    ) throws(EngineError) -> Bool {
        let pixel = Float(pixelsHWC[0])
        return alone { take(corners.indices, [Float(number), pixel]) }
    }

    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> PendingScores {
        alone {
            PendingScores { [self] () throws(EngineError) in
                alone { engine.update { $0.askedFor.append(blocks[0][0]) } }
                guard blocks[0][0] != 255 else {
                    throw EngineError(code: .deviceFailed, operation: "score", cause: "it is too bright")
                }
                return blocks.map { [Float(number), Float($0[0])] }
            }
        }
    }
}
