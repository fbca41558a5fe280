import ArgumentParser
import Networks
import Training

/// What is trained, how long, and what is kept.
///
/// As in the other groups of options of a training, what is not given stays as the plan has it.
struct PlanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Such as cifar-resnet20-v2, which it is by default, or resnet18-v2.", valueName: "name"))
    var architecture: String?
    @Option(
        help: ArgumentHelp(
            "Side of the input; by default that of the tiles, or of pictures 32 for cifar networks and 224.",
            valueName: "pixels"))
    var inputSize: Int?
    @Option(help: "Times that the data is seen; 30 by default.") var epochs: Int?
    @Option(help: ArgumentHelp("Samples seen in an epoch; all by default.", valueName: "count"))
    var samplesPerEpoch: Int?
    @Option(help: "Samples in a step; 128 by default.") var batchSize: Int?
    @Option(help: "Decides the first weights, the order of the samples and how they vary; 0 by default.")
    var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Validate after every so many epochs, and after the last; 1 by default.", valueName: "epochs"))
    var validationInterval: Int?
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
            Equal parts of each batch, each with a copy of the network on workers or a device of its own; by default as \
            many as --devices. A batch norm sees only its part, so that the result is another one than without.
            """, valueName: "count"))
    var replicas: Int?
    @Flag(
        inversion: .prefixedNo,
        help: """
            Batch norms see the whole batch; the result is then that of one replica: on workers the same bits, on devices but for the \
            order of sums.
            """)
    var syncBatchNorm: Bool?
    @Option(
        help: ArgumentHelp(
            "Between checkpoints within an epoch; 10 by default, 0 for none.", valueName: "minutes"))
    var checkpointMinutes: Double?
    @Option(
        help: ArgumentHelp(
            "Newest checkpoints that stay, beside the best one; 3 by default.", valueName: "count"))
    var keep: Int?

    func validate() throws {
        guard Architecture.inputSizes.contains(inputSize ?? 32) else {
            throw ValidationError(
                "--input-size must be between 1 and \(Architecture.inputSizes.upperBound): \(inputSize ?? 0)")
        }
    }

    var areGiven: Bool {
        architecture != nil || inputSize != nil || epochs != nil || samplesPerEpoch != nil || batchSize != nil
            || seed != nil || validationInterval != nil || whitenStem != nil
            || frozenStages != nil || replicas != nil || syncBatchNorm != nil || checkpointMinutes != nil
            || keep != nil
    }

    /// All but the architecture and its input.
    func change(_ plan: inout TrainingPlan) {
        plan.epochCount = epochs ?? plan.epochCount
        plan.samplesPerEpoch = samplesPerEpoch ?? plan.samplesPerEpoch
        plan.batchSize = batchSize ?? plan.batchSize
        plan.seed = seed ?? plan.seed
        plan.validationInterval = validationInterval ?? plan.validationInterval
        plan.whitensStem = whitenStem ?? plan.whitensStem
        plan.frozenStageCount = frozenStages ?? plan.frozenStageCount
        plan.replicaCount = replicas ?? plan.replicaCount
        plan.synchronizesBatchNorm = syncBatchNorm ?? plan.synchronizesBatchNorm
        plan.checkpointMinutes = checkpointMinutes.map { $0 == 0 ? nil : $0 } ?? plan.checkpointMinutes
        plan.keptCheckpointCount = keep ?? plan.keptCheckpointCount
    }
}
