public import Networks

/// Turns graphs into programs that run on one kind of device.
///
/// Programs block the calling thread while they run: call them from a thread of your own, never from Swift's
/// cooperative pool.
public protocol Engine: Sendable {
    /// For people: `"cpu (oneDNN 3.2, 2 workers)"`.
    var description: String { get }

    /// What it can do beside scoring images; asked before a program is.
    var abilities: Abilities { get }

    /// What decides the bits of scores, but for the convolutions, which depend on the network.
    var numerics: Numerics { get }

    /// The numerics with what scoring a network takes; by default those of every network.
    ///
    /// It may time convolutions that this machine has not met.
    func numerics(scoring network: Network, weights: Weights) throws(EngineError) -> Numerics

    /// Compiles `graph`, runs it once and forgets it: for tests and one-off questions.
    ///
    /// - Parameter inputs: a tensor for every `.input` and `.parameter` node, by name. Bytes and labels come as floats.
    /// - Returns: one tensor per output of the graph, in their order.
    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor]

    /// Compiles a network for scoring.
    ///
    /// - Parameter batchSize: samples that a call should bring for full speed; any other number works too.
    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram

    /// Compiles a network for scoring with features: `Network.featureGraph`.
    ///
    /// - Parameter batchSize: as for `scoringProgram`.
    /// - Throws: where the engine lacks this ability, as by default.
    func featureScoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any FeatureScoringProgram

    /// Compiles a network for scoring windows of blocks, where the device cuts them itself: windows that overlap then
    /// go to it once.
    ///
    /// - Parameter blockSize: of the largest block.
    /// - Parameter batchSize: windows that are scored together.
    /// - Throws: where the engine lacks this ability, as by default.
    func windowScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, batchSize: Int
    ) throws(EngineError) -> any WindowScoringProgram

    /// Compiles a network to run once over whole blocks, whatever windows it scores: `Network.denseScoringGraph`.
    ///
    /// - Parameter blockSize: of every block.
    /// - Parameter stride: pixels from one window of a block to the next.
    /// - Throws: where the engine lacks this ability, as by default, or for sizes that the network cannot have;
    ///   `outOfMemory` where a smaller block may do.
    func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram

    /// Side of the blocks that suit it in a dense scan, in pixels; by default 2048. Larger ones have fewer margins, smaller ones
    /// take less memory. It decides rounding, so it does not depend on the number of workers.
    ///
    /// - Parameter reach: pixels beyond a window that its score depends on.
    func denseBlockSide(reach: Int, scenePixelCount: Int) -> Int

    /// Compiles a network for training, from what `state` holds.
    ///
    /// - Throws: where the engine lacks this ability.
    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram
}

extension Engine {
    public func numerics(scoring network: Network, weights: Weights) throws(EngineError) -> Numerics {
        numerics
    }

    public func denseBlockSide(reach: Int, scenePixelCount: Int) -> Int { 2048 }
}

/// A network compiled to score images. Call it from one thread at a time.
public protocol ScoringProgram: AnyObject {
    /// Scores images.
    ///
    /// An image's scores do not depend on the images beside it, nor on the number of workers.
    ///
    /// - Parameter pixelsNHWC: *n* images of the network's input size, 8-bit RGB, one after the other; any *n*.
    /// - Parameter scores: receives `[n, classCount]`, each row in `0...1` with sum 1.
    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError)
}

/// A network compiled to train: one call is one update of the weights. Call it from one thread at a time.
public protocol TrainingProgram: AnyObject {
    /// Forward, backward, update.
    ///
    /// The result does not depend on the number of workers, bit for bit.
    ///
    /// - Parameter pixelsNHWC: exactly `batchSize` samples, 8-bit RGB: images of the network's input size, or crops
    ///   (`TrainingConfiguration.cropWindows`).
    /// - Parameter targets: of `batchSize` samples; of crops for each window, crop by crop, row by row.
    func step(
        _ pixelsNHWC: Span<UInt8>, targets: Targets, learningRate: Float
    ) throws(EngineError) -> StepResult

    /// Begins a step, whose result may be asked for later; by default computes it at once.
    ///
    /// It learns from the weights as the step that was begun before leaves them: the bits are those of `step`.
    ///
    /// - Parameter samples: held ones only where the program holds tiles.
    /// - Parameter targets: as for `step`.
    func begin(
        _ samples: StepSamples, targets: Targets, learningRate: Float
    ) throws(EngineError) -> PendingStep

    /// Steps that it pays to begin before the result of the first is asked for: a device that has the next step at hand
    /// does not wait for the host. 0, the default, where `begin` computes.
    var stepsAhead: Int { get }

    /// Takes all tiles to the device, so that steps only need to name them; called before the first step.
    ///
    /// - Returns: whether it holds them from now on; by default, where they do not fit, and where samples are crops, false.
    func hold(_ tiles: HeldTiles) throws(EngineError) -> Bool

    /// Makes ready what the steps need besides their samples, so that what does not work fails before anything depends on
    /// it; called once, after `hold`. By default there is nothing to do.
    ///
    /// - Parameter holdsTiles: whether the steps will be of held tiles; if not, tiles that it holds are let go.
    func prepare(holdsTiles: Bool) throws(EngineError)

    /// A copy of the weights, running statistics, momenta and averages as they are after the last step; called when the
    /// results of all steps were asked for.
    func state() throws(EngineError) -> TrainingState
}

extension TrainingProgram {
    public func begin(
        _ samples: StepSamples, targets: Targets, learningRate: Float
    ) throws(EngineError) -> PendingStep {
        guard case .pixels(let pixelsNHWC) = samples else {
            preconditionFailure("a step of held tiles, and the program holds none")
        }
        let result = try step(pixelsNHWC.span, targets: targets, learningRate: learningRate)
        return PendingStep { result }
    }

    public var stepsAhead: Int { 0 }

    public func hold(_ tiles: HeldTiles) throws(EngineError) -> Bool { false }

    public func prepare(holdsTiles: Bool) throws(EngineError) {}
}

/// What one training step says of its batch, before the update; of crops, of all their windows.
public struct StepResult: Hashable, Sendable {
    /// Mean cross-entropy over the batch.
    public var loss: Float
    /// Samples whose highest logit was their label's.
    public var correctCount: Int
    /// Samples whose label's logit was among the five highest.
    public var topFiveCount: Int

    public init(loss: Float, correctCount: Int, topFiveCount: Int) {
        (self.loss, self.correctCount, self.topFiveCount) = (loss, correctCount, topFiveCount)
    }
}

/// All that a training program remembers between steps.
public struct TrainingState: Hashable, Sendable {
    /// Parameters and running statistics.
    public var weights: Weights
    /// One per parameter; a missing one stands for zeros.
    public var momenta: Weights
    /// Of parameters and running statistics, where the optimiser keeps averages; a missing one starts as the weight.
    public var averages: Weights

    public init(weights: Weights, momenta: Weights = [:], averages: Weights = [:]) {
        (self.weights, self.momenta, self.averages) = (weights, momenta, averages)
    }
}
