public import Engines
public import Records

/// The samples of a pack of tiles or of image records, ready to be scored by a model's programs.
public struct PackScoring: Sendable {
    /// Samples that bring an engine to full speed.
    public static let batchSize = 256

    private let pack: any SampleSource
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
                code: .empty, operation: "score the samples", path: pack.path, cause: "there are none")
        }
    }

    /// Scores sample after sample.
    ///
    /// Those that cannot be read are left out and listed in the result.
    ///
    /// - Parameter batchSize: samples per call of `program`; the result does not depend on it.
    /// - Parameter progress: called with the samples scored so far.
    /// - Parameter shouldStop: asked before each batch; when true, the result is that of the samples scored so far.
    public func topOne(
        by program: any ScoringProgram, batchSize: Int = Self.batchSize, progress: (Int) -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws -> TopOne {
        let classCount = pack.classNames.count
        var result = TopOne(classNames: pack.classNames)
        let loader = BatchLoader(evaluating: pack, side: inputSize, batchSize: batchSize, sampleLimit: count)
        while !shouldStop(), let batch = try loader.next() {
            result.unreadable = loader.quarantined
            guard batch.count > 0 else { continue }
            var scores = try self.scores(of: batch.pixelsNHWC, count: batch.count, by: program)
            if averagesMirrored {
                let mirrored = try self.scores(
                    of: mirrored(batch.pixelsNHWC), count: batch.count, by: program)
                for (i, score) in mirrored.enumerated() { scores[i] = (scores[i] + score) / 2 }
            }
            for sample in 0..<batch.count {
                let row = scores[sample * classCount..<(sample + 1) * classCount]
                result.add(row, label: Int(batch.labels[sample]))
            }
            progress(result.count)
        }
        return result
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
