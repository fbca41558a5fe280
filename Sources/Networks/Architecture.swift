/// Which residual network: everything that decides its graph, but for the batch size.
public struct Architecture: Hashable, Sendable, Codable {
    /// The published families that we build.
    public enum Family: String, Hashable, Sendable, Codable, CaseIterable {
        /// CIFAR, depth 6n+2, post-activation; shortcuts without parameters (option A).
        case cifarV1A = "cifar-v1a"
        /// CIFAR, depth 6n+2, post-activation; 1x1 projections where the shape changes (option B).
        case cifarV1B = "cifar-v1b"
        /// CIFAR, depth 6n+2, pre-activation; projections from the activated input.
        case cifarV2 = "cifar-v2"
        /// CIFAR, depth 9n+2, pre-activation with bottlenecks; projections from the activated input.
        case cifarV2Bottleneck = "cifar-v2-bottleneck"
        /// CIFAR, depth 3n+5, made to be learnt in minutes: three stages of a convolution, a max pool and one residual
        /// unit of n convolutions.
        case cifarPooled = "cifar-pooled"
        /// CIFAR, the layers of `imageNetV15` behind a 3x3 convolution of stride 1 and without a max pool: what many call ResNet-18 on
        /// CIFAR.
        case cifarV15 = "cifar-v1.5"
        /// ImageNet, pre-activation, batch norm on the input, a projection in each stage: MXNet's `resnet.py`.
        case imageNetV2 = "imagenet-v2"
        /// ImageNet, post-activation, stride on the 3x3 convolution: torchvision's `resnet50` and its family.
        case imageNetV15 = "imagenet-v1.5"
    }

    public var family: Family
    public var depth: Int
    /// So many times the channels of the residual units; of bottlenecks only those of the 3x3 convolutions. `nil` for once.
    ///
    /// - Source: Zagoruyko and Komodakis, Wide residual networks, 2016: a WRN-28-10 is `cifarV2` of depth 26, ten times as wide, because
    ///   they count two shortcuts; a WRN-50-2 is `imageNetV15` of depth 50, as torchvision's `wide_resnet50_2`.
    public var widening: Int?
    public var classCount: Int
    /// Side of the square input.
    public var inputSize: Int
    public var preprocessing: Preprocessing

    /// Sides of a square input, in pixels.
    public static let inputSizes = 1...4096
    /// As many as the labels of packed samples tell apart.
    public static let classCounts = 1...65_536

    /// Why there is no such network, with the setting and what is allowed; `nil` where there may be one. What was decoded may
    /// be anything: models, plans and options are all held to this.
    ///
    /// The largest network within these bounds has fewer than 10⁹ weights.
    public var objection: String? {
        if let widening, !family.widenings(depth: depth).contains(widening) {
            return "\(family.rawValue) of depth \(depth) cannot be \(widening) times as wide"
        }
        if !family.hasDepth(depth) {
            return "the depth of \(family.rawValue) must be \(family.depths): \(depth)"
        }
        if !Self.inputSizes.contains(inputSize) {
            return "the input size must lie in 1...\(Self.inputSizes.upperBound): \(inputSize)"
        }
        if !Self.classCounts.contains(classCount) {
            return "the number of classes must lie in 1...\(Self.classCounts.upperBound): \(classCount)"
        }
        return preprocessing.objection
    }

    /// Parts that can be frozen, from the input on: the stem and the stages with residual units.
    public var stageCount: Int { 1 + family.stageCount(depth: depth) }

    public init(
        family: Family, depth: Int, widening: Int? = nil, classCount: Int, inputSize: Int,
        preprocessing: Preprocessing = .imageNet
    ) {
        (self.family, self.depth, self.widening) = (family, depth, widening)
        self.classCount = classCount
        (self.inputSize, self.preprocessing) = (inputSize, preprocessing)
    }
}
