import Engines
import Files
import ModelFiles
import Networks
public import Records

extension TrainingPlan {
    /// Checks the settings by themselves.
    public func check() throws(TrainingError) {
        let objection = architecture.objection
        try require(objection == nil, objection ?? "")
        try require(
            (1...100_000).contains(epochCount), "the number of epochs must lie in 1...100000: \(epochCount)")
        try require(
            (1...65_536).contains(batchSize), "the batch size must lie in 1...65536: \(batchSize)")
        try require(
            learningRate > 0 && learningRate.isFinite, "the learning rate must be positive: \(learningRate)")
        try require(warmUpStepCount >= 0, "warm-up steps must not be negative: \(warmUpStepCount)")
        try require(
            samplesPerEpoch.map { $0 >= batchSize } ?? true,
            "\(samplesPerEpoch ?? 0) samples per epoch are less than one batch of \(batchSize)")
        try require(
            (0..<1).contains(labelSmoothing), "label smoothing must lie in 0..<1: \(labelSmoothing)")
        try require(
            mixupAlpha.map { $0 > 0 && $0.isFinite } ?? true,
            "the alpha of mixup must be positive: \(mixupAlpha ?? 0)")
        try require(
            cutMixAlpha.map { $0 > 0 && $0.isFinite } ?? true,
            "the alpha of CutMix must be positive: \(cutMixAlpha ?? 0)")
        try require(
            targetThreshold.map { (0..<1).contains($0) } ?? true,
            "the threshold of targets must lie in 0..<1: \(targetThreshold ?? 0)")
        try require(
            targetThreshold == nil || loss == .binary && mixesSamples,
            "a threshold of targets is for samples that are mixed, and for the loss binary")
        try require(
            checkpointMinutes.map { $0 > 0 } ?? true,
            "the minutes between checkpoints must be positive: \(checkpointMinutes ?? 0)")
        try require(
            keptCheckpointCount > 0, "at least one checkpoint must be kept, not \(keptCheckpointCount)")
        try require(
            (validationScenePath == nil) == (validationTruthPath == nil),
            "a validation scene needs its truth, and a truth needs a scene")
        try require(
            validationObjectSize.map { $0 > 0 && $0 <= Double(1 << 20) } ?? true,
            "the size of objects must lie between 0 and 1048576 pixels: \(validationObjectSize ?? 0)")
        try require(
            !learnsTurns || !augmentation.turns && augmentation.automatic == nil,
            "a network that learns how samples are turned cannot have them turned by chance: leave out --turn and --augment"
        )
        try require(
            !learnsTurns || cropWindows == nil && validationScenePath == nil,
            "a network that learns how samples are turned takes no crops and is not judged by a scene")
        try checkOptimizer()
        try checkParts()
        try checkCrops()
        for objection in [
            schedule.objection(epochCount: epochCount),
            augmentation.objection(toSide: architecture.inputSize), reading?.objection,
        ] {
            try require(objection == nil, objection ?? "")
        }
    }

    private func checkOptimizer() throws(TrainingError) {
        try require(
            (0..<1).contains(optimizer.momentum), "momentum must lie in 0..<1: \(optimizer.momentum)")
        try require(
            optimizer.weightDecay >= 0 && optimizer.weightDecay.isFinite,
            "weight decay must not be negative: \(optimizer.weightDecay)")
        try require(
            optimizer.normShiftRateFactor > 0 && optimizer.normShiftRateFactor.isFinite,
            "the factor of the shifts' learning rate must be positive: \(optimizer.normShiftRateFactor)")
        try require(
            !optimizer.isNesterov || optimizer.momentum > 0, "Nesterov's momentum needs a momentum above 0")
        try require(
            optimizer.gradientClip.map { $0.limit > 0 && $0.limit.isFinite } ?? true,
            "the limit of gradients must be positive: \(optimizer.gradientClip?.limit ?? 0)")
        try require(
            optimizer.averageDecay.map { (0..<1).contains($0) } ?? true,
            "the decay of averages must lie in 0..<1: \(optimizer.averageDecay ?? 0)")
    }

    /// The parts of the network and of the batch.
    private func checkParts() throws(TrainingError) {
        try require(
            (0...architecture.stageCount).contains(frozenStageCount),
            "the number of frozen stages must lie in 0...\(architecture.stageCount) for \(architecture.name): "
                + "\(frozenStageCount)")
        try require(
            !whitensStem || frozenStageCount > 0,
            "a whitened stem needs frozen stages; freeze at least one")
        try require(!whitensStem || weightsPath == nil, "a stem from existing weights cannot be whitened")
        try require(
            validationInterval > 0,
            "the interval between validations must be at least one epoch: \(validationInterval)")
        try require(
            (1...1024).contains(replicaCount), "the number of replicas must lie in 1...1024: \(replicaCount)")
        try require(
            batchSize.isMultiple(of: replicaCount),
            "a batch of \(batchSize) cannot be divided evenly among \(replicaCount) replicas")
        try require(precision.trains, Precision.scoringOnly)
    }

    /// Crops are only mirrored and turned, as their labels follow from places.
    private func checkCrops() throws(TrainingError) {
        guard let cropWindows else { return }
        try require(
            Self.cropWindowsPerSide.contains(cropWindows.perSide),
            "a crop has \(Self.cropWindowsPerSide.lowerBound) to \(Self.cropWindowsPerSide.upperBound) windows in a row: "
                + "\(cropWindows.perSide)")
        try require(cropWindows.objection == nil, cropWindows.objection ?? "")
        guard case .moved(padding: 0, _) = augmentation.cut else {
            return try require(
                false,
                "crops are only mirrored and turned, because their labels follow from places: no padding, and no other cut"
            )
        }
        try require(
            augmentation.automatic == nil && cutMixAlpha == nil,
            "crops are not changed automatically and not cut, because their labels follow from places: no --augment and no --cutmix"
        )
        let (unit, stride): (Int, Int)
        do throws(GraphError) {
            (unit, stride) = (try Network(architecture).denseGeometry().totalStride, cropWindows.stride)
        } catch {
            return try require(false, error.description)
        }
        try require(
            stride.isMultiple(of: unit),
            "\(architecture.name) makes one feature of \(unit) pixels, so that the windows of a crop can stand at multiples of that: "
                + "--crop-stride \(max(1, stride / unit) * unit), not \(stride)")
    }

    /// Windows in a row of a crop.
    public static let cropWindowsPerSide = 2...64

    /// Checks that the samples fit the settings.
    func check(fits source: any SampleSource) throws(TrainingError) {
        let objection = source.objection(toSide: architecture.inputSize)
        try require(
            objection == nil, "\(objection ?? ""), the input size of \(architecture.name)", of: source)
        try require(
            source.classNames.count == architecture.classCount,
            "it has \(counted(source.classNames.count, "class", "classes")), the network \(architecture.classCount)",
            of: source)
        try require(
            background.map(source.classNames.contains) ?? true,
            "it has no class \(background ?? ""), which the plan calls background", of: source)
    }

    /// Checks that there is a step in an epoch.
    ///
    /// - Parameter sampleCount: of what steps learn from.
    func check(sampleCount: Int, of source: any SampleSource) throws(TrainingError) {
        try require(
            stepsPerEpoch(sampleCount: sampleCount) > 0,
            "its \(sampleCount) \(cropWindows == nil ? "samples" : "crops") are less than one batch of \(batchSize)",
            of: source)
    }

    /// Checks that what is measured on has the classes that are learnt.
    public func check(validation: any SampleSource, fits source: any SampleSource) throws(TrainingError) {
        let (learnt, measured) = (source.classNames, validation.classNames)
        guard learnt != measured else { return }
        var faults: [String] = []
        for (place, names, others) in [
            (source.path, learnt, Set(measured)), (validation.path, measured, Set(learnt)),
        ] {
            let alone = names.filter { !others.contains($0) }
            if !alone.isEmpty { faults.append("only in \(place): \(alone.joined(separator: ", "))") }
        }
        let cause = faults.isEmpty ? "the order differs" : faults.joined(separator: "; ")
        try require(false, "the classes are not those of \(source.path): \(cause)", of: validation)
    }

    private func require(_ isRight: Bool, _ cause: String) throws(TrainingError) {
        guard isRight else { throw TrainingError(code: .wrongPlan, operation: "train", cause: cause) }
    }

    private func require(_ isRight: Bool, _ cause: String, of source: any SampleSource) throws(TrainingError)
    {
        guard isRight else {
            throw TrainingError(code: .wrongData, operation: "train on \(source.path)", cause: cause)
        }
    }
}
