import Bytes
package import Engines
package import Files
package import ModelFiles
import Networks
import Pixels
package import Records

/// The samples of a pack that a person could label, with what a model says of them.
package struct PackCandidates: Sendable {
    package private(set) var candidates: Candidates
    /// For each candidate its number in the pack.
    package let samples: [Int]
    /// Samples that are no candidates.
    package let unreadable: [UnreadableSample]

    private static let batchSize = 256

    /// Samples without a model: all, or of many a seeded sample.
    ///
    /// - Parameter givesFeatures: whether candidates have features, learnt from these pictures.
    /// - Parameter job: told the samples read so far.
    package init(
        _ pack: any SampleSource, givesFeatures: Bool, seed: UInt64, threads: Int, job: Job<Int>
    ) throws {
        guard givesFeatures else {
            candidates = Candidates(count: pack.count)
            samples = Array(0..<pack.count)
            unreadable = []
            return
        }
        var random = SplitMix64(seed: seed, stream: 2)
        let isChosen = random.sample(Self.pictureLimit, of: pack.count)
        let side = PatchFeatures.side
        var (samples, pixels): ([Int], [UInt8]) = ([], [])
        var unreadable: [UnreadableSample] = []
        for sample in 0..<pack.count where isChosen[sample] {
            try job.cancellation.check()
            do throws(RecordsError) {
                pixels += try pack.picture(of: sample, side: pack.squareSide ?? side, job.cancellation)
                    .resized(width: side, height: side).pixelsHWC
                samples.append(sample)
            } catch {
                try job.cancellation.check()
                unreadable.append(UnreadableSample(sample: sample, reason: "\(error)"))
            }
            if sample.isMultiple(of: 256) { job.report(samples.count) }
        }
        candidates = Candidates(
            count: samples.count,
            features: samples.isEmpty
                ? FloatRows([], width: PatchFeatures.width)
                : PatchFeatures(learningFrom: pixels, seed: seed).features(of: pixels, threads: threads))
        self.samples = samples
        self.unreadable = unreadable
    }

    /// Gives candidates the labels that people have given samples.
    ///
    /// - Parameter label: of a sample; `nil` where it has none.
    package mutating func mark(_ label: (Int) -> Int32?) {
        candidates.labels = samples.map { label($0) ?? -1 }
    }

    /// More pictures than this tell nothing new about which are typical.
    package static let pictureLimit = 50_000

    /// Scores all samples.
    ///
    /// - Parameter givesFeatures: whether candidates have features, too.
    /// - Parameter hasLabels: whether the pack's labels count; its classes then are the model's.
    /// - Parameter job: told the samples scored so far.
    /// - Throws: also `UnusableScores`, `Cancelled`.
    package init(
        _ pack: any SampleSource, scoredBy model: Model, _ engine: any Engine, givesFeatures: Bool,
        hasLabels: Bool, job: Job<Int>
    ) throws {
        let side = model.architecture.inputSize
        if let objection = pack.objection(toSide: side) {
            throw MiningError(operation: "score the samples", path: pack.path, cause: objection)
        }
        guard !hasLabels || pack.classNames == model.classes else {
            throw MiningError(
                operation: "look for wrong labels", path: pack.path,
                cause: "its classes are not the model's, or in another order")
        }
        let scorer = try PictureScorer(model, engine, batchSize: Self.batchSize, givesFeatures: givesFeatures)
        let loader = BatchLoader(evaluating: pack, side: side, batchSize: Self.batchSize)
        var (scores, features): ([Float], [Float]) = ([], [])
        var samples: [Int] = []
        var next = 0
        while let batch = try loader.next(job.cancellation) {
            let unreadable = Set(loader.quarantined.map(\.sample))
            let first = samples.count
            while samples.count < first + batch.count {
                if !unreadable.contains(next) { samples.append(next) }
                next += 1
            }
            let found = try scorer.score(batch.pixelsNHWC, count: batch.count)
            if let row = UnusableScores.firstImage(in: found.scores, classCount: model.classes.count) {
                throw UnusableScores(model: 0, sample: samples[first + row], path: pack.path)
            }
            scores += found.scores
            features += found.features
            job.report(samples.count)
        }
        candidates = Candidates(
            count: samples.count,
            features: givesFeatures ? FloatRows(features, width: max(1, scorer.featureCount)) : nil,
            scores: FloatRows(scores, width: model.classes.count),
            labels: hasLabels ? samples.map { Int32(pack.label(of: $0)) } : [])
        self.samples = samples
        unreadable = loader.quarantined
    }
}

/// Scores pictures, with features where they are wanted.
private struct PictureScorer {
    private let program: any ScoringProgram
    private let featureProgram: (any FeatureScoringProgram)?
    private let classCount: Int

    var featureCount: Int { featureProgram?.featureCount ?? 0 }

    init(_ model: Model, _ engine: any Engine, batchSize: Int, givesFeatures: Bool) throws {
        let network = try Network(model.architecture)
        featureProgram =
            givesFeatures
            ? try engine.featureScoringProgram(for: network, weights: model.weights, batchSize: batchSize)
            : nil
        program =
            try featureProgram
            ?? engine.scoringProgram(for: network, weights: model.weights, batchSize: batchSize)
        classCount = model.classes.count
    }

    func score(_ pixelsNHWC: [UInt8], count: Int) throws -> (scores: [Float], features: [Float]) {
        var scores = [Float](repeating: 0, count: count * classCount)
        var features = [Float](repeating: 0, count: count * featureCount)
        guard count > 0 else { return (scores, features) }
        var target = scores.mutableSpan
        if let featureProgram {
            var featureTarget = features.mutableSpan
            try featureProgram.score(pixelsNHWC.span, into: &target, features: &featureTarget)
        } else {
            try program.score(pixelsNHWC.span, into: &target)
        }
        return (scores, features)
    }
}

extension SampleSource {
    /// A sample as it is looked at where nothing is random.
    fileprivate func picture(
        of sample: Int, side: Int, _ cancellation: Cancellation
    ) throws(RecordsError) -> Image {
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var target = pixels.mutableSpan
        let variation = Variation(evaluation, seed: 0, epoch: 0, position: sample)
        try write(sample, varied: variation, side: side, into: &target, cancellation: cancellation)
        return Image(width: side, height: side, pixelsHWC: pixels)
    }
}
