import ArgumentParser
import Engines
import Training

/// How a step changes the weights.
struct UpdateOptions: ParsableArguments {
    enum Decayed: String, CaseIterable, ExpressibleByArgument { case all, weights }

    @Option(help: "Share of the last update that goes into the next; 0.9 by default.") var momentum: Float?
    @Flag(inversion: .prefixedNo, help: "Look ahead by one update, as Nesterov's momentum does.")
    var nesterov: Bool?
    @Option(help: "Pull of the weights towards zero; 1e-4 by default.") var weightDecay: Float?
    @Option(help: "What it pulls: all, or only weights, not batch norms and biases.")
    var weightDecayOf: Decayed?
    @Option(
        help: ArgumentHelp(
            "The learning rate of batch norms' shifts over that of the rest; 1 by default.",
            valueName: "factor"))
    var normShiftRate: Float?
    @Option(help: ArgumentHelp("Cut each gradient to at most this; 0 for never.", valueName: "limit"))
    var clipValue: Float?
    @Option(
        help: ArgumentHelp(
            "Shorten all gradients to at most this norm together; 0 for never.", valueName: "limit"))
    var clipNorm: Float?
    @Option(
        help: ArgumentHelp(
            """
            Keep averages of the weights, which stay by this share at each step, such as 0.999; the model is made of \
            them. 0 for none.
            """, valueName: "share"))
    var averageDecay: Float?
    @Option(help: ArgumentHelp("Part of each target that is spread over all classes.", valueName: "share"))
    var labelSmoothing: Float?
    @Option(
        help: ArgumentHelp(
            "Mix samples by pairs, with shares from Beta(alpha, alpha), such as 0.2; 0 for never.",
            valueName: "alpha"))
    var mixup: Float?

    func validate() throws {
        guard clipValue == nil || clipNorm == nil else {
            throw ValidationError("give --clip-value or --clip-norm, not both")
        }
    }

    var areGiven: Bool {
        momentum != nil || nesterov != nil || weightDecay != nil || weightDecayOf != nil
            || normShiftRate != nil || clipValue != nil
            || clipNorm != nil || averageDecay != nil || labelSmoothing != nil || mixup != nil
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
    }
}
