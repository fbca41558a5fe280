public import ArgumentParser
import Engines
public import Networks
import Training

/// How a step changes the weights.
struct UpdateOptions: ParsableArguments {
    enum Decayed: String, CaseIterable, ExpressibleByArgument { case all, weights }

    @Option(help: "Share of the last update that goes into the next. Default: 0.9.") var momentum: Float?
    @Flag(inversion: .prefixedNo, help: "Use Nesterov's momentum.")
    var nesterov: Bool?
    @Option(help: "Weight decay: pull of the weights towards zero. Default: 1e-4.") var weightDecay: Float?
    @Option(help: "What weight decay applies to: all, or weights (not batch norms and biases).")
    var weightDecayOf: Decayed?
    @Option(
        help: ArgumentHelp(
            "Multiply the learning rate of batch norms' shifts by this. Default: 1.",
            valueName: "factor"))
    var normShiftRate: Float?
    @Option(
        help: ArgumentHelp("Clip each number of a gradient to this; 0 for no clipping.", valueName: "limit"))
    var clipValue: Float?
    @Option(
        help: ArgumentHelp(
            "Clip the norm of all gradients together to this; 0 for no clipping.", valueName: "limit"))
    var clipNorm: Float?
    @Option(
        help: ArgumentHelp(
            """
            Make the model of moving averages of the weights, which keep this share of themselves at each step, such as \
            0.999; 0 for no averages.
            """, valueName: "share"))
    var averageDecay: Float?
    @Option(help: ArgumentHelp("Share of each target that is spread over all classes.", valueName: "share"))
    var labelSmoothing: Float?
    @Option(
        help: ArgumentHelp(
            "Mixup: blend pairs of samples with shares from Beta(alpha, alpha), such as 0.2; 0 for none.",
            valueName: "alpha"))
    var mixup: Float?
    @Option(
        name: .customLong("cutmix"),
        help: ArgumentHelp(
            "Put a rectangle of another sample into each, of a share from Beta(alpha, alpha), such as 1; 0 for never. With --mixup each batch "
                + "gets one of the two.", valueName: "alpha"))
    var cutMix: Float?
    @Option(
        help:
            "cross-entropy, by default: the classes share a sample; binary: each class is judged by itself. Scores stay a softmax."
    )
    var loss: Loss?
    @Option(
        help: ArgumentHelp(
            "With --loss binary, a mixed sample has the full target of each class whose share is larger than this; 0.2 in ResNet strikes back.",
            valueName: "share"))
    var targetThreshold: Float?

    func validate() throws {
        guard clipValue == nil || clipNorm == nil else {
            throw ValidationError("give --clip-value or --clip-norm, not both")
        }
    }

    var areGiven: Bool {
        momentum != nil || nesterov != nil || weightDecay != nil || weightDecayOf != nil
            || normShiftRate != nil || clipValue != nil
            || clipNorm != nil || averageDecay != nil || labelSmoothing != nil || mixup != nil
            || cutMix != nil || loss != nil || targetThreshold != nil
    }

    func change(_ plan: inout TrainingPlan) {
        plan.optimizer.momentum = momentum ?? plan.optimizer.momentum
        plan.optimizer.isNesterov = nesterov ?? plan.optimizer.isNesterov
        plan.optimizer.weightDecay = weightDecay ?? plan.optimizer.weightDecay
        if let weightDecayOf { plan.optimizer.decaysNormsAndBiases = weightDecayOf == .all }
        plan.optimizer.normShiftRateFactor = normShiftRate ?? plan.optimizer.normShiftRateFactor
        if let clipValue { plan.optimizer.gradientClip = clipValue == 0 ? nil : .value(clipValue) }
        if let clipNorm { plan.optimizer.gradientClip = clipNorm == 0 ? nil : .norm(clipNorm) }
        if let averageDecay { plan.optimizer.averageDecay = averageDecay == 0 ? nil : averageDecay }
        plan.labelSmoothing = labelSmoothing ?? plan.labelSmoothing
        if let mixup { plan.mixupAlpha = mixup == 0 ? nil : mixup }
        if let cutMix { plan.cutMixAlpha = cutMix == 0 ? nil : cutMix }
        plan.loss = loss ?? plan.loss
        plan.targetThreshold = targetThreshold ?? plan.targetThreshold
    }
}

extension Loss: ExpressibleByArgument {}
