import ArgumentParser
import Networks
import Training

/// What is trained, how long, and what is kept.
///
/// As in the other groups of options of a training, what is not given stays as the plan has it.
struct PlanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network, such as resnet18-v2. Default: cifar-resnet20-v2.", valueName: "name"))
    var architecture: String?
    @Option(
        help: ArgumentHelp(
            "Side of the network's input. Default: the side of the tiles; for images 32 with cifar networks, else 224.",
            valueName: "pixels"))
    var inputSize: Int?
    @Option(help: "How many times all samples are seen. Default: 30.") var epochs: Int?
    @Option(
        help: ArgumentHelp(
            """
            Samples seen in an epoch. Default: all. With --crop-windows, samples are crops; default: as many as have the pixels of \
            all windows of the pack.
            """, valueName: "count"))
    var samplesPerEpoch: Int?
    @Option(
        help: """
            Samples in a step. Default: 128. With --crop-windows, samples are crops; default: as many as have the pixels of 128 \
            windows.
            """)
    var batchSize: Int?
    @Option(
        help: ArgumentHelp(
            """
            Learn from crops of a pack's canvases with so many windows in a row and in a column, such as 3, 5 or 9, each with its \
            label, instead of from single windows. The network then sees what lies around a window, and each window costs less.
            """, valueName: "count"))
    var cropWindows: Int?
    @Option(
        help: ArgumentHelp(
            "The distance from one window of a crop to the next. Default: half of the input, rounded down to a multiple of the network's total stride.",
            valueName: "pixels"))
    var cropStride: Int?
    @Option(help: "Decides the first weights, the order of the samples and how they vary. Default: 0.")
    var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Validate after each n-th epoch, and after the last. Default: 1.", valueName: "epochs"))
    var validationInterval: Int?
    @Flag(
        help: """
            Learn without labels: each sample appears turned by 0 to 3 quarter turns, and the network learns to tell which. An epoch \
            has four times as many samples. The model's weights are for --weights of train and learn, its features for mine.
            """)
    var withoutLabels = false
    @Flag(
        inversion: .prefixedNo,
        help: "Begin with a first convolution that whitens the data; it needs --frozen-stages 1 or more.")
    var whitenStem: Bool?
    @Option(
        help: ArgumentHelp(
            "Parts of the network that keep their first weights: 1 for the stem, 2 for the first stage too, ...",
            valueName: "count"))
    var frozenStages: Int?
    @Option(
        help: ArgumentHelp(
            """
            Split each batch into so many equal parts, each with a copy of the network on workers or a device of its own. \
            Each batch norm sees only its replica's part of the batch, so results differ from a run without replicas. \
            Default: as many as --devices.
            """, valueName: "count"))
    var replicas: Int?
    @Flag(
        inversion: .prefixedNo,
        help: """
            Let batch norms see the whole batch. The result is then that of one replica: the same bits on workers; on devices \
            it differs by the order of sums.
            """)
    var syncBatchNorm: Bool?
    @Option(
        help: ArgumentHelp(
            "Minutes between checkpoints within an epoch; 0 for none. Default: 10.", valueName: "minutes"))
    var checkpointMinutes: Double?
    @Option(
        help: ArgumentHelp(
            "How many of the newest checkpoints are kept, beside the best one. Default: 3.",
            valueName: "count"))
    var keep: Int?

    func validate() throws {
        guard Architecture.inputSizes.contains(inputSize ?? 32) else {
            throw ValidationError(
                "--input-size must be between 1 and \(Architecture.inputSizes.upperBound): \(inputSize ?? 0)")
        }
        let windows = TrainingPlan.cropWindowsPerSide
        guard windows.contains(cropWindows ?? windows.lowerBound) else {
            throw ValidationError(
                "--crop-windows must be between \(windows.lowerBound) and \(windows.upperBound): \(cropWindows ?? 0)"
            )
        }
        guard Architecture.inputSizes.contains(cropStride ?? 1) else {
            throw ValidationError(
                "--crop-stride must be between 1 and \(Architecture.inputSizes.upperBound): \(cropStride ?? 0)"
            )
        }
    }

    var areGiven: Bool {
        architecture != nil || inputSize != nil || epochs != nil || samplesPerEpoch != nil || batchSize != nil
            || cropWindows != nil || cropStride != nil || seed != nil || validationInterval != nil
            || whitenStem != nil
            || frozenStages != nil || replicas != nil || syncBatchNorm != nil || checkpointMinutes != nil
            || keep != nil || withoutLabels
    }

    /// Makes samples crops. Numbers of samples that the plan has are converted: as many crops as have their pixels.
    ///
    /// - Throws: where a stride is given and there are no crops, and for a network that takes no larger images.
    func changeCrops(of plan: inout TrainingPlan) throws {
        guard cropWindows != nil || cropStride != nil else { return }
        guard let perSide = cropWindows ?? plan.cropWindows?.perSide else {
            throw ValidationError("--crop-stride must stand beside --crop-windows")
        }
        let before = plan.windowsPerSample
        let stride =
            try cropStride ?? plan.cropWindows?.stride
            ?? Network(plan.architecture).cropWindows(perSide: perSide).stride
        plan.cropWindows = CropWindows(perSide: perSide, stride: stride)
        let ratio = before / plan.windowsPerSample
        plan.batchSize = max(1, Int((Double(plan.batchSize) * ratio).rounded()))
        plan.samplesPerEpoch = plan.samplesPerEpoch.map { max(1, Int((Double($0) * ratio).rounded())) }
    }

    /// All but the architecture, its input and crops.
    func change(_ plan: inout TrainingPlan) {
        plan.epochCount = epochs ?? plan.epochCount
        plan.samplesPerEpoch = samplesPerEpoch ?? plan.samplesPerEpoch
        plan.batchSize = batchSize ?? plan.batchSize
        plan.seed = seed ?? plan.seed
        plan.learnsTurns = withoutLabels || plan.learnsTurns
        plan.validationInterval = validationInterval ?? plan.validationInterval
        plan.whitensStem = whitenStem ?? plan.whitensStem
        plan.frozenStageCount = frozenStages ?? plan.frozenStageCount
        plan.replicaCount = replicas ?? plan.replicaCount
        plan.synchronizesBatchNorm = syncBatchNorm ?? plan.synchronizesBatchNorm
        plan.checkpointMinutes = checkpointMinutes.map { $0 == 0 ? nil : $0 } ?? plan.checkpointMinutes
        plan.keptCheckpointCount = keep ?? plan.keptCheckpointCount
    }
}
