import Engines
import Networks
import Records
import Training

/// What `--show` prints: a plan without its paths and what only the data say.
struct ShownPlan: Encodable {
    var recipe: String?
    /// Where the recipe's settings come from.
    var source: String?
    var weightsPath: String?
    var learnsTurns: Bool
    var architecture: String
    /// By default; tiles of another size set another.
    var inputSize: Int
    var epochCount: Int
    var samplesPerEpoch: Int?
    var batchSize: Int
    var cropWindows: CropWindows?
    var learningRate: Float
    /// Steps of it depend on the data.
    var warmUpEpochs: Double?
    var warmUpStepCount: Int?
    var schedule: Schedule
    var optimizer: Optimizer
    var labelSmoothing: Float
    var mixupAlpha: Float?
    var cutMixAlpha: Float?
    var loss: Loss
    var targetThreshold: Float?
    var augmentation: Augmentation
    var whitensStem: Bool
    var frozenStageCount: Int
    var replicaCount: Int
    var synchronizesBatchNorm: Bool
    var validationInterval: Int
    var seed: UInt64
    var precision: Precision
    var kernels: String?
    var checkpointMinutes: Double?
    var keptCheckpointCount: Int

    init(_ plan: TrainingPlan, source: String?, warmUpEpochs: Double?) {
        (recipe, self.source, weightsPath) = (plan.recipe, source, plan.weightsPath)
        learnsTurns = plan.learnsTurns
        (architecture, inputSize) = (plan.architecture.name, plan.architecture.inputSize)
        epochCount = plan.epochCount
        (samplesPerEpoch, batchSize) = (plan.samplesPerEpoch, plan.batchSize)
        cropWindows = plan.cropWindows
        (learningRate, schedule, self.warmUpEpochs) = (plan.learningRate, plan.schedule, warmUpEpochs)
        warmUpStepCount = warmUpEpochs == nil ? plan.warmUpStepCount : nil
        (optimizer, labelSmoothing, mixupAlpha) = (plan.optimizer, plan.labelSmoothing, plan.mixupAlpha)
        (cutMixAlpha, loss, targetThreshold) = (plan.cutMixAlpha, plan.loss, plan.targetThreshold)
        (augmentation, whitensStem) = (plan.augmentation, plan.whitensStem)
        (frozenStageCount, replicaCount) = (plan.frozenStageCount, plan.replicaCount)
        (synchronizesBatchNorm, validationInterval) = (plan.synchronizesBatchNorm, plan.validationInterval)
        (seed, precision, kernels) = (plan.seed, plan.precision, plan.kernels)
        (checkpointMinutes, keptCheckpointCount) = (plan.checkpointMinutes, plan.keptCheckpointCount)
    }
}
