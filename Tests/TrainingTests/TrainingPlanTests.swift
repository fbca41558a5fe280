import Engines
import Foundation
import Networks
import Records
import TestSupport
import Testing
import Training

private func plan(epochCount: Int = 10, schedule: Schedule = .constant) -> TrainingPlan {
    TrainingPlan(
        dataPath: "a.tiles", outputPath: "run",
        architecture: Architecture(family: .cifarV2, depth: 20, classCount: 10, inputSize: 32),
        epochCount: epochCount, schedule: schedule, augmentation: Augmentation(padding: 4, mirror: true))
}

@Test func hasThePostsDefaults() {
    let plan = plan()
    #expect(plan.batchSize == 128)
    #expect(plan.learningRate == 0.1)
    #expect(plan.optimizer.momentum == 0.9)
    #expect(plan.optimizer.weightDecay == 1e-4)
}

@Test func warmUpRisesLinearlyToTheSchedule() {
    var plan = plan(schedule: .factorPerEpoch(0.5))
    plan.warmUpStepCount = 4
    let rates = (0..<6).map { plan.learningRate(step: $0, stepsPerEpoch: 5) }
    #expect(zip(rates, [0.025, 0.05, 0.075, 0.1, 0.1, 0.05]).allSatisfy { abs($0 - $1) < 1e-7 })
}

@Test func anEpochHasOnlyWholeBatches() {
    var plan = plan()
    plan.batchSize = 10
    #expect(plan.stepsPerEpoch(sampleCount: 99) == 9)
    plan.samplesPerEpoch = 35
    #expect(plan.stepsPerEpoch(sampleCount: 99) == 3)
    #expect(plan.stepsPerEpoch(sampleCount: 20) == 2)
}

@Test(arguments: [
    Schedule.constant, .cosine, .factorPerEpoch(0.94), .multiStep(epochs: [3, 9], factor: 0.1),
    .oneCycle(risingFraction: 0.3, startFactor: 0.04, endFactor: 4e-6, curve: .linear),
])
func survivesJSON(schedule: Schedule) throws {
    var plan = plan(schedule: schedule)
    (plan.validationPath, plan.samplesPerEpoch, plan.seed) = ("b.tiles", 1000, .max)
    plan.versions = ["tilescope": "1.2.3"]
    plan.optimizer = Optimizer(momentum: 0.95, weightDecay: 5e-4, isNesterov: true)
    (plan.optimizer.gradientClip, plan.optimizer.averageDecay) = (.norm(2.5), 0.999)
    (plan.labelSmoothing, plan.mixupAlpha, plan.precision, plan.kernels) = (0.1, 0.2, .bf16, "avx2")
    (plan.checkpointMinutes, plan.frozenStageCount, plan.replicaCount) = (nil, 2, 4)
    plan.cropWindows = CropWindows(perSide: 5, stride: 16)
    (plan.loss, plan.cutMixAlpha, plan.targetThreshold) = (.binary, 1, 0.2)
    plan.augmentation.automatic = .random(count: 2, magnitude: 9)
    let decoded = try JSONDecoder().decode(TrainingPlan.self, from: JSONEncoder().encode(plan))
    #expect(decoded == plan)
}

@Test func readsAPlanAndSaysWhatIsMissingInIt() throws {
    try withTemporaryFolder { folder in
        let path = folder + "/plan.json"
        try Data(JSONEncoder().encode(plan())).write(to: URL(filePath: path))
        #expect(try TrainingPlan(reading: path) == plan())
        for (text, cause) in [
            ("{", "not valid JSON"), ("{}", "it lacks dataPath"), (nil, "plan.json"),
        ] {
            try FileManager.default.removeItem(atPath: path)
            if let text { try Data(text.utf8).write(to: URL(filePath: path)) }
            let error = #expect(throws: TrainingError.self) { try TrainingPlan(reading: path) }
            #expect(error?.description.contains(cause) == true, "\(error?.description ?? "")")
        }
    }
}

@Test func whatIsMissingInAPlanIsAsUsual() throws {
    let usual = plan()
    let whole = try #require(
        try JSONSerialization.jsonObject(with: JSONEncoder().encode(usual)) as? [String: Any])
    var short = whole.filter {
        [
            "dataPath", "outputPath", "architecture", "epochCount", "schedule", "augmentation",
            "checkpointMinutes",
        ].contains($0.key)
    }
    short["optimizer"] = ["momentum": 0.5]
    let read = try JSONDecoder().decode(
        TrainingPlan.self, from: JSONSerialization.data(withJSONObject: short))
    var expected = usual
    expected.optimizer.momentum = 0.5
    #expect(read == expected)
}

@Test func aPlanOfAVersionWithoutTurnsIsRead() throws {
    try withTemporaryFolder { folder in
        var members = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(plan())) as? [String: Any])
        var augmentation = try #require(members["augmentation"] as? [String: Any])
        let turns = augmentation.removeValue(forKey: "turns") as? Bool
        #expect(turns == false)
        members["augmentation"] = augmentation
        let path = folder + "/plan.json"
        try JSONSerialization.data(withJSONObject: members).write(to: URL(filePath: path))
        #expect(try TrainingPlan(reading: path) == plan())
    }
}

@Test(arguments: ["learningrate", "optimizer.momentm"]) func aSettingThatThereIsNotIsRefused(name: String)
    throws
{
    try withTemporaryFolder { folder in
        var members = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(plan())) as? [String: Any])
        if name.contains(".") { members["optimizer"] = ["momentm": 0.5] } else { members[name] = 0.5 }
        let path = folder + "/plan.json"
        try JSONSerialization.data(withJSONObject: members).write(to: URL(filePath: path))
        let error = #expect(throws: TrainingError.self) { try TrainingPlan(reading: path) }
        #expect(error?.cause == "there is no setting \(name)")
    }
}

@Test func theLearningRateFollowsTheBatchInProportion() {
    var plan = plan()
    plan.batchSize = 1024
    plan.scaleLearningRate(fromBatchSize: 256)
    #expect(plan.learningRate == 0.4)
}

@Test func replicasThatShareTheirBatchNormsAreOneProgram() {
    var plan = plan()
    (plan.replicaCount, plan.frozenStageCount) = (4, 2)
    #expect(plan.configuration.replicaCount == 4)
    #expect(plan.configuration.frozenStageCount == 2)
    plan.synchronizesBatchNorm = true
    #expect(plan.configuration.replicaCount == 1)
}

@Test func acceptsASensiblePlan() throws {
    try plan(schedule: .multiStep(epochs: [5, 9], factor: 0.1)).check()
    try plan(schedule: .factorPerEpoch(1)).check()
}

/// One thing wrong in a plan, and what is said of it.
struct Fault: Sendable {
    var cause: String
    var spoil: @Sendable (inout TrainingPlan) -> Void
}

private let faults = [
    Fault(cause: "epochs must lie in 1...100000: 0") { $0.epochCount = 0 },
    Fault(cause: "epochs must lie in 1...100000: \(Int.max)") { $0.epochCount = .max },
    Fault(cause: "batch size must lie in 1...65536: -1") { $0.batchSize = -1 },
    Fault(cause: "batch size must lie in 1...65536: \(Int.max)") { $0.batchSize = .max },
    Fault(cause: "learning rate must be positive: 0") { $0.learningRate = 0 },
    Fault(cause: "learning rate must be positive: nan") { $0.learningRate = .nan },
    Fault(cause: "momentum must lie in 0..<1: 1") { $0.optimizer.momentum = 1 },
    Fault(cause: "weight decay must not be negative: -0.1") { $0.optimizer.weightDecay = -0.1 },
    Fault(cause: "warm-up steps must not be negative: -1") { $0.warmUpStepCount = -1 },
    Fault(cause: "100 samples per epoch are less than one batch of 128") { $0.samplesPerEpoch = 100 },
    Fault(cause: "factor per epoch must be above 0 and at most 1: 1.5") {
        $0.schedule = .factorPerEpoch(1.5)
    },
    Fault(cause: "factor of a drop must be above 0 and at most 1: 0") {
        $0.schedule = .multiStep(epochs: [3], factor: 0)
    },
    Fault(cause: "a drop after epoch 10 never comes in a run of 10 epochs") {
        $0.schedule = .multiStep(epochs: [5, 10], factor: 0.1)
    },
    Fault(cause: "a drop after epoch 5 never comes in a run of 1 epoch") {
        $0.epochCount = 1
        $0.schedule = .multiStep(epochs: [5], factor: 0.1)
    },
    Fault(cause: "Nesterov's momentum needs a momentum above 0") {
        ($0.optimizer.isNesterov, $0.optimizer.momentum) = (true, 0)
    },
    Fault(cause: "limit of gradients must be positive: 0.0") { $0.optimizer.gradientClip = .norm(0) },
    Fault(cause: "limit of gradients must be positive: -5") { $0.optimizer.gradientClip = .value(-5) },
    Fault(cause: "decay of averages must lie in 0..<1: 1") { $0.optimizer.averageDecay = 1 },
    Fault(cause: "label smoothing must lie in 0..<1: 1") { $0.labelSmoothing = 1 },
    Fault(cause: "alpha of mixup must be positive: nan") { $0.mixupAlpha = .nan },
    Fault(cause: "alpha of CutMix must be positive: 0") { $0.cutMixAlpha = 0 },
    Fault(cause: "threshold of targets must lie in 0..<1: 1") { $0.targetThreshold = 1 },
    Fault(cause: "for samples that are mixed, and for the loss binary") {
        ($0.cutMixAlpha, $0.targetThreshold) = (1, 0.2)
    },
    Fault(cause: "for samples that are mixed, and for the loss binary") {
        ($0.loss, $0.targetThreshold) = (.binary, 0.2)
    },
    Fault(cause: "minutes between checkpoints must be positive: -1") { $0.checkpointMinutes = -1 },
    Fault(cause: "at least one checkpoint must be kept, not 0") { $0.keptCheckpointCount = 0 },
    Fault(cause: "frozen stages must lie in 0...4 for cifar-resnet20-v2: 5") { $0.frozenStageCount = 5 },
    Fault(cause: "a batch of 128 cannot be divided evenly among 3 replicas") { $0.replicaCount = 3 },
    Fault(cause: "number of replicas must lie in 1...1024: 0") { $0.replicaCount = 0 },
    Fault(cause: "int8 is for scoring only") { $0.precision = .int8 },
    Fault(cause: "padding must lie in 0...1024: -1") {
        $0.augmentation.cut = .moved(padding: -1, border: .black)
    },
    Fault(cause: "the start factor of a cycle must lie in 0...1: 2") {
        $0.schedule = .oneCycle(risingFraction: 0.3, startFactor: 2, endFactor: 0, curve: .cosine)
    },
    Fault(cause: "a drop after epoch 0 never comes") { $0.schedule = .multiStep(epochs: [0], factor: 0.1) },
]

@Test(arguments: faults.indices) func saysWhatIsWrongInAPlan(index: Int) {
    var plan = plan()
    faults[index].spoil(&plan)
    let error = #expect(throws: TrainingError.self) { try plan.check() }
    #expect(error?.code == .wrongPlan)
    #expect(error?.cause.contains(faults[index].cause) == true)
}

@Test(
    arguments: [
        ([1, 2], [1, 1, 1], 20, 10, 32, "the mean must be three finite numbers"),
        ([1, 2, 3], [1, 0, 1], 20, 10, 32, "the deviation must be three positive numbers"),
        ([1, 2, 3], [1, 1, 1, 1], 20, 10, 32, "the deviation must be three positive numbers"),
        ([1, 2, 3], [1, 1, 1], 21, 10, 32, "the depth of cifar-v2 must be 6n + 2 and at most 10000: 21"),
        ([1, 2, 3], [1, 1, 1], 6_000_000_000_002, 10, 32, "the depth of cifar-v2"),
        ([1, 2, 3], [1, 1, 1], 20, 0, 32, "the number of classes must lie in 1...65536: 0"),
        ([1, 2, 3], [1, 1, 1], 20, 10, 1 << 40, "the input size must lie in 1...4096"),
    ] as [([Float], [Float], Int, Int, Int, String)])
func refusesAnArchitectureThatThereIsNot(
    mean: [Float], deviation: [Float], depth: Int, classCount: Int, inputSize: Int, reason: String
) throws {
    // As it may stand in a plan.json.
    let json = """
        {"family":"cifar-v2","depth":\(depth),"classCount":\(classCount),"inputSize":\(inputSize),
        "preprocessing":{"mean":\(mean),"deviation":\(deviation)}}
        """
    var plan = plan()
    plan.architecture = try JSONDecoder().decode(Architecture.self, from: Data(json.utf8))
    let error = #expect(throws: TrainingError.self) { try plan.check() }
    #expect(error?.code == .wrongPlan)
    #expect(error?.cause.hasPrefix(reason) == true)
}

@Test(
    arguments: [
        .randomResized(scale: 0.1...1, ratio: 0.5...1e300), .centre(shorterSide: .max),
        .moved(padding: .max, border: .black),
    ] as [Augmentation.Cut])
func refusesAnAugmentationBeyondAllPictures(cut: Augmentation.Cut) {
    var plan = plan()
    plan.augmentation = Augmentation(cut)
    #expect(throws: TrainingError.self) { try plan.check() }
}
