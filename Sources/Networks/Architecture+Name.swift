extension Architecture {
    /// The name on the command line: `cifar-resnet20-v2`, `resnet50-v1.5`; of wide networks as in their paper, `wrn-50-2`.
    public var name: String {
        if let widening {
            return family.isCIFAR
                ? "cifar-wrn-\(depth + Self.wideShortcuts)-\(widening)" : "wrn-\(depth)-\(widening)"
        }
        return switch family {
        case .cifarV1A, .cifarV1B, .cifarV2, .cifarV2Bottleneck, .cifarPooled, .cifarV15:
            "cifar-resnet\(depth)-\(family.version)"
        case .imageNetV2, .imageNetV15: "resnet\(depth)-\(family.version)"
        }
    }

    /// The architecture of that name; `nil` for an unknown one.
    ///
    /// - Parameter inputSize: by default 32 for the CIFAR families and 224 for the others.
    public init?(
        name: String, classCount: Int, inputSize: Int? = nil, preprocessing: Preprocessing = .imageNet
    ) {
        if let wide = Self.wideNetwork(named: name) {
            self.init(
                family: wide.family, depth: wide.depth, widening: wide.widening, classCount: classCount,
                inputSize: inputSize ?? (wide.family.isCIFAR ? 32 : 224), preprocessing: preprocessing)
            return
        }
        for family in Family.allCases {
            let (prefix, suffix) = (family.isCIFAR ? "cifar-resnet" : "resnet", "-\(family.version)")
            guard name.hasPrefix(prefix), name.hasSuffix(suffix),
                let depth = Int(name.dropFirst(prefix.count).dropLast(suffix.count)),
                family.hasDepth(depth)
            else { continue }
            self.init(
                family: family, depth: depth, classCount: classCount,
                inputSize: inputSize ?? (family.isCIFAR ? 32 : 224), preprocessing: preprocessing)
            return
        }
        return nil
    }

    /// What the depth in the name of a wide network on CIFAR counts and ours does not.
    private static let wideShortcuts = 2

    private static func wideNetwork(named name: String) -> (family: Family, depth: Int, widening: Int)? {
        for (prefix, family) in [("cifar-wrn-", Family.cifarV2), ("wrn-", .imageNetV15)]
        where name.hasPrefix(prefix) {
            let parts = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { Int($0) }
            // In front of the check of the depth, so that no sum overflows.
            guard parts.count == 2, numbers.count == 2, (1...1000).contains(numbers[0]) else { return nil }
            let depth = numbers[0] - (family.isCIFAR ? wideShortcuts : 0)
            guard family.hasDepth(depth), family.widenings(depth: depth).contains(numbers[1]) else {
                return nil
            }
            return (family, depth, numbers[1])
        }
        return nil
    }
}

extension Architecture.Family {
    /// How many times as wide its network of `depth` can be: far above any that was published.
    package func widenings(depth: Int) -> Range<Int> {
        switch self {
        case .cifarV2 where depth <= 100: 2..<21
        case .imageNetV15 where hasBottlenecks(depth: depth): 2..<5
        case .cifarV1A, .cifarV1B, .cifarV2, .cifarV2Bottleneck, .cifarPooled, .cifarV15, .imageNetV2,
            .imageNetV15:
            0..<0
        }
    }

    var isCIFAR: Bool {
        switch self {
        case .cifarV1A, .cifarV1B, .cifarV2, .cifarV2Bottleneck, .cifarPooled, .cifarV15: true
        case .imageNetV2, .imageNetV15: false
        }
    }

    var version: String {
        switch self {
        case .cifarV1A: "v1a"
        case .cifarV1B: "v1b"
        case .cifarV2, .imageNetV2: "v2"
        case .cifarV2Bottleneck: "v2-bottleneck"
        case .cifarPooled: "pooled"
        case .cifarV15, .imageNetV15: "v1.5"
        }
    }

    /// Whether the family has a network of `depth` convolutions and dense layers on its longest path.
    ///
    /// The CIFAR families are bounded far above any network that was published, so that a wrong number is refused
    /// rather than built.
    package func hasDepth(_ depth: Int) -> Bool {
        unitCounts(depth: depth) != nil
    }

    /// Stages with residual units of its network of `depth`; 0 where there is none.
    package func stageCount(depth: Int) -> Int { unitCounts(depth: depth)?.count ?? 0 }

    /// The depths that there are, for people.
    var depths: String {
        switch self {
        case .cifarV1A, .cifarV1B, .cifarV2: "6n + 2 and at most 10000"
        case .cifarV2Bottleneck: "9n + 2 and at most 10000"
        case .cifarPooled: "3n + 5 and at most 500"
        case .imageNetV2: "18, 34, 50, 101, 152, 200 or 269"
        case .cifarV15, .imageNetV15: "18, 26, 34, 50, 101 or 152"
        }
    }

    /// Units in each stage, or convolutions in the one unit of each of `cifarPooled`; `nil` for a depth that the family
    /// does not have.
    ///
    /// - Source: He et al. 2015, table 1; 200 and 269: MXNet's `symbols/resnet.py`; 26: timm's `resnet26`.
    func unitCounts(depth: Int) -> [Int]? {
        switch (self, depth) {
        case (.cifarV1A, _), (.cifarV1B, _), (.cifarV2, _):
            threeStages(depth, besides: 2, of: 6, most: 10_000)
        case (.cifarV2Bottleneck, _): threeStages(depth, besides: 2, of: 9, most: 10_000)
        // Its stages are up to 512 channels wide, eight times those of the others.
        case (.cifarPooled, _): threeStages(depth, besides: 5, of: 3, most: 500)
        case (_, 18), (.cifarV15, 26), (.imageNetV15, 26): [2, 2, 2, 2]
        case (_, 34), (_, 50): [3, 4, 6, 3]
        case (_, 101): [3, 4, 23, 3]
        case (_, 152): [3, 8, 36, 3]
        case (.imageNetV2, 200): [3, 24, 36, 3]
        case (.imageNetV2, 269): [3, 30, 48, 8]
        default: nil
        }
    }

    /// Channels of the 3x3 convolutions of the first stage; each stage doubles them.
    package var firstWidth: Int {
        switch self {
        case .cifarV1A, .cifarV1B, .cifarV2, .cifarV2Bottleneck, .cifarPooled: 16
        case .cifarV15, .imageNetV2, .imageNetV15: 64
        }
    }

    /// Whether the units of a network of `depth` are bottlenecks.
    func hasBottlenecks(depth: Int) -> Bool {
        switch self {
        case .cifarV1A, .cifarV1B, .cifarV2, .cifarPooled: false
        case .cifarV2Bottleneck: true
        case .cifarV15, .imageNetV2, .imageNetV15: depth == 26 || depth >= 50
        }
    }

    /// Three equal stages of units that add `unitDepth` together, where `others` layers stand before and behind them.
    private func threeStages(
        _ depth: Int, besides others: Int, of unitDepth: Int, most: Int
    ) -> [Int]? {
        guard (others + 1...most).contains(depth), (depth - others) % unitDepth == 0 else { return nil }
        return [Int](repeating: (depth - others) / unitDepth, count: 3)
    }
}
