public import Engines
public import Records

/// The tiles of a pack, ready to be scored by a model's programs.
public struct PackScoring: Sendable {
    /// Tiles that bring an engine to full speed.
    public static let batchSize = 256

    private let pack: TilePack
    /// Tiles that will be scored: the first ones of the pack.
    public let count: Int
    private let inputSize: Int

    /// Checks that the pack fits a model.
    ///
    /// - Parameter classNames: the model's, by label; the pack must have the same in the same order.
    /// - Parameter inputSize: side of the model's input; the tiles must have it.
    /// - Parameter limit: score only so many tiles, from the first on.
    public init(
        _ pack: TilePack, classNames: [String], inputSize: Int, limit: Int? = nil
    ) throws(EvaluationError) {
        (self.pack, self.inputSize) = (pack, inputSize)
        count = min(pack.count, limit ?? pack.count)
        guard pack.classNames == classNames else {
            throw EvaluationError(
                code: .classesDiffer, operation: "score the tiles", path: pack.path,
                cause: classDifference(pack: pack.classNames, model: classNames))
        }
        guard pack.tileWidth == inputSize, pack.tileHeight == inputSize else {
            throw EvaluationError(
                code: .sizesDiffer, operation: "score the tiles", path: pack.path,
                cause: "they have \(pack.tileWidth)×\(pack.tileHeight) pixels, the model takes "
                    + "\(inputSize)×\(inputSize)")
        }
        guard count > 0 else {
            throw EvaluationError(
                code: .empty, operation: "score the tiles", path: pack.path, cause: "there are none")
        }
    }

    /// Scores tile after tile.
    ///
    /// - Parameter batchSize: tiles per call of `program`; the result does not depend on it.
    /// - Parameter progress: called with the tiles scored so far.
    /// - Parameter shouldStop: asked before each batch; when true, the result is that of the tiles scored so far.
    public func topOne(
        by program: any ScoringProgram, batchSize: Int = Self.batchSize, progress: (Int) -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws(EngineError) -> TopOne {
        let (tileByteCount, classCount) = (inputSize * inputSize * 3, pack.classNames.count)
        var result = TopOne(classNames: pack.classNames)
        var scoredCount = 0
        for batch in pack.batches(of: batchSize) {
            let tiles = 0..<min(batch.count, count - scoredCount)
            if tiles.isEmpty || shouldStop() { break }
            var scores = [Float](repeating: 0, count: tiles.count * classCount)
            var scoreSpan = scores.mutableSpan
            try program.score(
                batch.pixelsNHWC.span.extracting(0..<tiles.count * tileByteCount), into: &scoreSpan)
            for tile in tiles {
                let row = scores[tile * classCount..<(tile + 1) * classCount]
                result.add(row, label: Int(batch.labels[tile]))
            }
            scoredCount += tiles.count
            progress(scoredCount)
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
