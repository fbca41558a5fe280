public import Engines
public import Files
public import Pixels
public import Records

/// The samples of a pack of tiles or of image records, ready to be scored by a model's programs.
public struct PackScoring: Sendable {
    /// Samples that bring an engine to full speed.
    public static let batchSize = 256

    private let pack: any SampleSource
    /// Samples of the pack, scored or not.
    public var sampleCount: Int { pack.count }
    /// Samples that will be scored: the first ones of the pack.
    public let count: Int
    private let inputSize: Int
    /// Whether a sample's scores are the means of those of the picture and its mirror image. Twice the work.
    public var averagesMirrored = false

    /// Checks that the pack fits a model.
    ///
    /// - Parameter classNames: the model's, by label; the pack must have the same in the same order.
    /// - Parameter inputSize: side of the model's input; tiles must have it, pictures are cut to it in their centre.
    /// - Parameter limit: score only so many samples, from the first on.
    public init(
        _ pack: any SampleSource, classNames: [String], inputSize: Int, limit: Int? = nil
    ) throws(EvaluationError) {
        (self.pack, self.inputSize) = (pack, inputSize)
        count = min(pack.count, limit ?? pack.count)
        guard pack.classNames == classNames else {
            throw EvaluationError(
                code: .classesDiffer, operation: "score the samples", path: pack.path,
                cause: classDifference(pack: pack.classNames, model: classNames))
        }
        if let objection = pack.objection(toSide: inputSize) {
            throw EvaluationError(
                code: .sizesDiffer, operation: "score the samples", path: pack.path, cause: objection)
        }
        guard count > 0 else {
            throw EvaluationError(
                code: .empty, operation: "score the samples", path: pack.path, cause: "there are no samples")
        }
    }

    /// Scores sample after sample with one program.
    public func predictions(
        by program: any ScoringProgram, keeping keptCount: Int = 5, batchSize: Int = Self.batchSize,
        job: Job<Int> = Job()
    ) throws -> Predictions {
        try predictions(by: [program], keeping: keptCount, batchSize: batchSize, job: job)[0]
    }

    /// Scores sample after sample with several programs: each batch is read and decoded once, then scored by all.
    ///
    /// Samples that cannot be read are left out and listed in each result.
    ///
    /// - Parameter keptCount: labels kept of each sample.
    /// - Parameter batchSize: samples per call of a program; the result does not depend on it.
    /// - Parameter seeing: shown each batch with the numbers of its samples.
    /// - Parameter job: told the samples scored so far. Where it is cancelled, the result is that of these samples.
    /// - Returns: one for each program.
    /// - Throws: also `UnusableScores`.
    public func predictions(
        by programs: [any ScoringProgram], keeping keptCount: Int = 5, batchSize: Int = Self.batchSize,
        seeing: (Batch, [Int]) -> Void = { _, _ in }, job: Job<Int> = Job()
    ) throws -> [Predictions] {
        let classCount = pack.classNames.count
        var results = programs.map { _ in Predictions(classNames: pack.classNames, keptCount: keptCount) }
        let loader = BatchLoader(evaluating: pack, side: inputSize, batchSize: batchSize, sampleLimit: count)
        var unreadable: Set<Int> = []
        var (position, doneCount) = (0, 0)
        while let batch = try Self.next(of: loader, job.cancellation) {
            unreadable.formUnion(loader.quarantined[unreadable.count...].map(\.sample))
            for index in results.indices { results[index].unreadable = loader.quarantined }
            guard batch.count > 0 else { continue }
            var scoresOfPrograms: [[Float]] = []
            // A batch counts for all programs or for none.
            for program in programs where !job.isCancelled {
                scoresOfPrograms.append(try scores(of: batch, by: program))
            }
            guard scoresOfPrograms.count == programs.count else { break }
            let samples = Self.readable(batch.count, from: &position, leavingOut: unreadable)
            for (index, scores) in scoresOfPrograms.enumerated() {
                if let row = UnusableScores.firstImage(in: scores, classCount: classCount) {
                    throw UnusableScores(model: index, sample: samples[row], path: pack.path)
                }
                for (row, sample) in samples.enumerated() {
                    results[index].append(
                        sample: sample, truth: Int(batch.labels[row]),
                        scores: scores[row * classCount..<(row + 1) * classCount])
                }
            }
            seeing(batch, samples)
            doneCount += batch.count
            job.report(doneCount)
        }
        let wasCancelled = results.contains { $0.count + $0.unreadable.count < count }
        for index in results.indices { results[index].wasCancelled = wasCancelled }
        return results
    }

    /// - Returns: `nil` after the last batch, and where the job was cancelled.
    private static func next(of loader: BatchLoader, _ cancellation: Cancellation) throws -> Batch? {
        do { return try loader.next(cancellation) } catch is Cancelled { return nil }
    }

    /// The class of a sample.
    public func label(of sample: Int) -> Int { pack.label(of: sample) }

    /// A sample as the network sees it.
    ///
    /// - Throws: `RecordsError`, `Cancelled`.
    public func picture(of sample: Int, cancellation: Cancellation) throws -> Image {
        var pixels = [UInt8](repeating: 0, count: inputSize * inputSize * 3)
        var target = pixels.mutableSpan
        let variation = Variation(pack.evaluation, seed: 0, epoch: 0, position: sample)
        do throws(RecordsError) {
            try pack.write(
                sample, varied: variation, side: inputSize, into: &target, cancellation: cancellation)
        } catch {
            try cancellation.check()
            throw error
        }
        return Image(width: inputSize, height: inputSize, pixelsHWC: pixels)
    }

    /// The next samples that could be read, in the data's order.
    private static func readable(
        _ count: Int, from position: inout Int, leavingOut unreadable: Set<Int>
    ) -> [Int] {
        (0..<count).map { _ in
            while unreadable.contains(position) { position += 1 }
            defer { position += 1 }
            return position
        }
    }

    private func scores(of batch: Batch, by program: any ScoringProgram) throws -> [Float] {
        var scores = try scores(of: batch.pixelsNHWC, count: batch.count, by: program)
        guard averagesMirrored else { return scores }
        let mirrored = try self.scores(of: mirrored(batch.pixelsNHWC), count: batch.count, by: program)
        for (i, score) in mirrored.enumerated() { scores[i] = (scores[i] + score) / 2 }
        return scores
    }

    private func scores(
        of pixelsNHWC: [UInt8], count: Int, by program: any ScoringProgram
    ) throws -> [Float] {
        var scores = [Float](repeating: 0, count: count * pack.classNames.count)
        var target = scores.mutableSpan
        try program.score(pixelsNHWC.span, into: &target)
        return scores
    }

    /// Left and right of each picture changed.
    private func mirrored(_ pixelsNHWC: [UInt8]) -> [UInt8] {
        var result = pixelsNHWC
        for row in stride(from: 0, to: pixelsNHWC.count, by: inputSize * 3) {
            for x in 0..<inputSize {
                let (from, to) = (row + 3 * x, row + 3 * (inputSize - 1 - x))
                for channel in 0..<3 { result[to + channel] = pixelsNHWC[from + channel] }
            }
        }
        return result
    }
}

/// The first class in which a pack and a model differ, for people.
private func classDifference(pack: [String], model: [String]) -> String {
    for (label, (ofPack, ofModel)) in zip(pack, model).enumerated() where ofPack != ofModel {
        return "class \(label) is \(ofPack) in the data and \(ofModel) in the model"
    }
    return "the data has \(pack.count) classes, the model \(model.count)"
}
