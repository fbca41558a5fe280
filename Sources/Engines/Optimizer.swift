public import Networks

/// Stochastic gradient descent with momentum.
///
/// From the clipped gradient *g* of a parameter *w*: `d = g + weightDecay·w`, `v = momentum·v + d`,
/// `w -= learningRate·v`, or with Nesterov's momentum `w -= learningRate·(d + momentum·v)`.
///
/// - Source: `torch.optim.SGD` (dampening 0).
public struct Optimizer: Hashable, Sendable, Codable {
    /// In `0..<1`.
    public var momentum: Float
    public var weightDecay: Float
    public var isNesterov: Bool
    /// Whether weight decay also pulls the scales and shifts of batch norms and the biases.
    public var decaysNormsAndBiases = true
    /// What the learning rate of batch norms' shifts is multiplied by; their weight decay is divided by it.
    ///
    /// - Source: Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024, section 3.4: 64 for short trainings.
    public var normShiftRateFactor: Float = 1
    /// Applied to the mean gradient over the batch; `nil` for none.
    public var gradientClip: GradientClip?
    /// What the averages of weights and running statistics keep of their old value at each step, in `0..<1`; `nil` for
    /// no averages: `average = averageDecay·average + (1 - averageDecay)·w`.
    public var averageDecay: Float?

    public init(momentum: Float = 0.9, weightDecay: Float = 1e-4, isNesterov: Bool = false) {
        (self.momentum, self.weightDecay, self.isNesterov) = (momentum, weightDecay, isNesterov)
    }

    /// Takes the usual value for each setting that is missing.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        func take<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) throws {
            if let given = try values.decodeIfPresent(Value.self, forKey: key) { value = given }
        }
        try take(&momentum, .momentum)
        try take(&weightDecay, .weightDecay)
        try take(&isNesterov, .isNesterov)
        try take(&decaysNormsAndBiases, .decaysNormsAndBiases)
        try take(&normShiftRateFactor, .normShiftRateFactor)
        gradientClip = try values.decodeIfPresent(GradientClip.self, forKey: .gradientClip)
        averageDecay = try values.decodeIfPresent(Float.self, forKey: .averageDecay)
    }

    /// Learning rate, over the step's, and weight decay of one parameter.
    ///
    /// - Parameter name: its key in the network: biases are shifts, but for the head's.
    /// - Parameter shape: scales, shifts and biases are told by their one axis.
    package func rates(of name: String, shape: [Int]) -> (factor: Float, weightDecay: Float) {
        let isShift = name.hasSuffix(".bias") && name != "fc.bias"
        let factor = isShift ? normShiftRateFactor : 1
        return (factor, decaysNormsAndBiases || shape.count > 1 ? weightDecay / factor : 0)
    }
}

/// How gradients are kept from growing too large.
public enum GradientClip: Hashable, Sendable, Codable {
    /// Each number into `-limit...limit`.
    case value(Float)
    /// All gradients times `limit / norm` where their common Euclidean norm exceeds the limit.
    ///
    /// - Source: Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
    case norm(Float)

    package var limit: Float {
        switch self {
        case .value(let limit), .norm(let limit): limit
        }
    }

    /// What all gradients are multiplied by.
    ///
    /// - Parameter squaredNorm: the sum of the squares of all gradients.
    package func factor(squaredNorm: Double) -> Float {
        guard case .norm(let limit) = self, squaredNorm > Double(limit) * Double(limit) else { return 1 }
        return Float(Double(limit) / squaredNorm.squareRoot())
    }
}

/// How a training program is made, beside its network.
///
/// A sample is a picture of the network's input size with one label, or with `cropWindows` a larger one with a label for each
/// of its windows.
public struct TrainingConfiguration: Hashable, Sendable, Codable {
    /// Samples in each step, of all replicas together.
    public var batchSize: Int
    public var optimizer: Optimizer
    /// Parts of the network from its input on that keep their weights and statistics: 1 for the stem, 2 for the stem
    /// and the first stage, and so on; at most `Architecture.stageCount`.
    public var frozenStageCount = 0
    public var loss = Loss.crossEntropy
    /// Equal parts of the batch, each with a copy of the network on workers or a device of its own. A multiple of it
    /// is the batch.
    ///
    /// Gradients are averaged over all. Each batch norm sees its replica's part only, so that the result differs
    /// from that of one replica; running statistics follow the mean of the replicas' moments.
    public var replicaCount = 1
    /// The windows of each sample, which is then a crop: a square of `CropWindows.side` pixels; `nil` for samples that are one
    /// window.
    public var cropWindows: CropWindows?

    public init(batchSize: Int, optimizer: Optimizer = Optimizer()) {
        (self.batchSize, self.optimizer) = (batchSize, optimizer)
    }

    /// Windows with a label of their own, in each sample.
    package var labelsPerSample: Int { cropWindows?.count ?? 1 }

    /// Side of a sample, in pixels.
    package func sampleSide(of network: Network) -> Int {
        let window = network.architecture.inputSize
        return cropWindows?.side(window: window) ?? window
    }

    /// Checks what a caller gives a step.
    package func check(_ pixelsNHWC: Span<UInt8>, _ targets: Targets, of network: Network) {
        let side = sampleSide(of: network)
        precondition(pixelsNHWC.count == batchSize * side * side * 3)
        check(targets, of: network)
    }

    package func check(_ targets: Targets, of network: Network) {
        precondition(targets.labels.count == batchSize * labelsPerSample)
        precondition(targets.classCount == network.architecture.classCount)
    }
}
