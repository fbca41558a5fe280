extension NetworkBuilder {
    /// Pixels `[N, H, W, 3]` → logits `[N, classCount]`.
    mutating func network(_ architecture: Architecture, batchSize: Int) throws(GraphError) -> NodeID {
        let size = architecture.inputSize
        let x = try features(architecture, of: [batchSize, size, size, 3])
        return try head(x, .globalMean, classCount: architecture.classCount)
    }

    /// Pixels → the last feature map, `[N, C, H, W]`.
    ///
    /// - Parameter pixels: the shape, `[N, H, W, 3]`.
    mutating func features(_ architecture: Architecture, of pixels: [Int]) throws(GraphError) -> NodeID {
        let family = architecture.family
        guard let unitCounts = family.unitCounts(depth: architecture.depth) else {
            throw GraphError(
                reason: "the family \(family.rawValue) has no network of depth \(architecture.depth)")
        }
        guard architecture.classCount > 0 else {
            throw GraphError(reason: "a network needs at least one class")
        }
        let pixels = try graph.add(.input(name: Network.pixels, shape: pixels))
        var x = try graph.add(.normalize(architecture.preprocessing), pixels)
        x = try stem(x, family)
        finishedStageCount = 1
        for (stage, count) in unitCounts.enumerated() {
            defer { finishedStageCount += 1 }
            if family == .cifarPooled {
                x = try pooledStage(x, "layer\(stage + 1)", channels: [64, 192, 256][stage], count: count)
                continue
            }
            let isBottleneck = family.hasBottlenecks(depth: architecture.depth)
            let channels = family.firstWidth << stage
            let width = channels * (architecture.widening ?? 1)
            for index in 0..<count {
                let unit = Unit(
                    name: "layer\(stage + 1).\(index)", width: width,
                    channels: isBottleneck ? channels * 4 : width,
                    stride: stage > 0 && index == 0 ? 2 : 1, isFirst: index == 0, isBottleneck: isBottleneck,
                    family: family)
                x = try family.isPreActivation ? preActivationUnit(x, unit) : postActivationUnit(x, unit)
            }
        }
        return family.isPreActivation ? try normRelu(x, "bn", epsilon: family.epsilon) : x
    }

    /// What a residual unit needs to know.
    private struct Unit {
        var name: String
        /// Channels of the 3x3 convolutions.
        var width: Int
        /// Channels of the result.
        var channels: Int
        var stride: Int
        /// First of its stage.
        var isFirst: Bool
        var isBottleneck: Bool
        var family: Architecture.Family
    }

    private mutating func stem(_ input: NodeID, _ family: Architecture.Family) throws(GraphError) -> NodeID {
        let epsilon = family.epsilon
        switch family {
        case .cifarV2, .cifarV2Bottleneck: return try convolution(input, "conv1", channels: 16, size: 3)
        case .cifarPooled:
            let x = try convolution(input, "conv1", channels: 32, size: 3)
            return try normRelu(x, "bn1", epsilon: epsilon)
        case .cifarV1A, .cifarV1B, .cifarV15:
            let x = try convolution(input, "conv1", channels: family.firstWidth, size: 3)
            return try normRelu(x, "bn1", epsilon: epsilon)
        case .imageNetV15:
            let x = try convolution(input, "conv1", channels: 64, size: 7, stride: 2)
            let y = try normRelu(x, "bn1", epsilon: epsilon)
            return try graph.add(.maxPool(size: 3, stride: 2, padding: 1), y)
        case .imageNetV2:
            let normalised = try norm(input, "bn_data", epsilon: epsilon, hasScale: false)
            let x = try convolution(normalised, "conv1", channels: 64, size: 7, stride: 2)
            let y = try normRelu(x, "bn1", epsilon: epsilon)
            return try graph.add(.maxPool(size: 3, stride: 2, padding: 1), y)
        }
    }

    /// A convolution to as many channels, a max pool that halves the size, BN and ReLU, then a unit of convolutions, each
    /// with BN and ReLU, added to its input.
    ///
    /// - Source: the order of Page's ResNet-9 (How to train your ResNet, 2018), with batch norm behind the pool.
    private mutating func pooledStage(
        _ x: NodeID, _ name: String, channels: Int, count: Int
    ) throws(GraphError) -> NodeID {
        let epsilon = Architecture.Family.cifarPooled.epsilon
        var x = try convolution(x, name + ".conv", channels: channels, size: 3)
        x = try graph.add(.maxPool(size: 2, stride: 2, padding: 0), x)
        x = try normRelu(x, name + ".bn", epsilon: epsilon)
        var y = x
        for index in 1...count {
            y = try convolution(y, "\(name).0.conv\(index)", channels: channels, size: 3)
            y = try normRelu(y, "\(name).0.bn\(index)", epsilon: epsilon)
        }
        return try graph.add(.add, y, x)
    }

    /// conv-BN-ReLU-conv-BN, plus the shortcut, then ReLU. The stride is on a 3x3 convolution.
    ///
    /// - Source: He et al., Deep residual learning for image recognition, 2015.
    private mutating func postActivationUnit(_ x: NodeID, _ unit: Unit) throws(GraphError) -> NodeID {
        let epsilon = unit.family.epsilon
        var y = x
        let steps = residualSteps(unit)
        for (index, step) in steps.enumerated() {
            y = try convolution(
                y, "\(unit.name).conv\(index + 1)", channels: step.channels, size: step.size,
                stride: step.stride)
            y = try norm(y, "\(unit.name).bn\(index + 1)", epsilon: epsilon)
            if index < steps.count - 1 { y = try graph.add(.relu, y) }
        }
        let shortcut = try postActivationShortcut(x, unit)
        return try graph.add(.relu, graph.add(.add, y, shortcut))
    }

    private mutating func postActivationShortcut(_ x: NodeID, _ unit: Unit) throws(GraphError) -> NodeID {
        if unit.stride == 1 && graph[x].shape[1] == unit.channels { return x }
        if unit.family == .cifarV1A {
            return try graph.add(.paddedShortcut(stride: unit.stride, channels: unit.channels), x)
        }
        let name = unit.name + ".downsample"
        let projected = try convolution(
            x, name + ".0", channels: unit.channels, size: 1, stride: unit.stride)
        return try norm(projected, name + ".1", epsilon: unit.family.epsilon)
    }

    /// BN-ReLU-conv-BN-ReLU-conv, plus the shortcut, which is a projection of the activated input where the shape
    /// changes; in the ImageNet family the first unit of every stage has one.
    ///
    /// - Source: He et al., Identity mappings in deep residual networks, 2016; MXNet's `symbols/resnet.py`.
    private mutating func preActivationUnit(_ x: NodeID, _ unit: Unit) throws(GraphError) -> NodeID {
        let activated = try normRelu(x, "\(unit.name).bn1", epsilon: unit.family.epsilon)
        var y = activated
        for (index, step) in residualSteps(unit).enumerated() {
            if index > 0 { y = try normRelu(y, "\(unit.name).bn\(index + 1)", epsilon: unit.family.epsilon) }
            y = try convolution(
                y, "\(unit.name).conv\(index + 1)", channels: step.channels, size: step.size,
                stride: step.stride)
        }
        let changesShape = unit.stride != 1 || graph[x].shape[1] != unit.channels
        let isProjected = changesShape || (unit.isFirst && unit.family == .imageNetV2)
        guard isProjected else { return try graph.add(.add, y, x) }
        let name = unit.name + ".downsample.0"
        let shortcut = try convolution(activated, name, channels: unit.channels, size: 1, stride: unit.stride)
        return try graph.add(.add, y, shortcut)
    }

    private func residualSteps(_ unit: Unit) -> [(channels: Int, size: Int, stride: Int)] {
        unit.isBottleneck
            ? [(unit.width, 1, 1), (unit.width, 3, unit.stride), (unit.channels, 1, 1)]
            : [(unit.width, 3, unit.stride), (unit.channels, 3, 1)]
    }
}

extension Architecture.Family {
    var isPreActivation: Bool {
        switch self {
        case .cifarV2, .cifarV2Bottleneck, .imageNetV2: true
        case .cifarV1A, .cifarV1B, .cifarPooled, .cifarV15, .imageNetV15: false
        }
    }

    /// Batch norm's; MXNet's networks use a larger one.
    var epsilon: Float {
        switch self {
        case .cifarV1A, .cifarV1B, .cifarV2, .cifarV2Bottleneck, .cifarPooled, .cifarV15, .imageNetV15: 1e-5
        case .imageNetV2: 2e-5
        }
    }
}
