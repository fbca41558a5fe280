public import Engines
public import Files
public import Records

/// What a model says of pictures that belong to no class it was told of.
public struct PictureScoring: Sendable {
    /// Pictures that an engine works on at full speed, and few enough for the first answers to come soon.
    public static let batchSize = 64

    /// One picture's scores, or why it has none.
    public struct Prediction: Hashable, Sendable {
        /// Its place among the pictures.
        public var picture: Int
        /// `[classCount]`, the means over all views; empty where the picture could not be read or the model's scores of it
        /// are not finite.
        public var scores: [Float]
        public var failure: String?

        package init(picture: Int, scores: [Float]) { (self.picture, self.scores) = (picture, scores) }

        /// The labels of the highest scores, highest first; of equal ones the first.
        public func highest(_ count: Int) -> [(label: Int, score: Float)] {
            var (labels, best): ([Int32], [Float]) = ([], [])
            ScoreRanking.append(best: min(count, scores.count), of: scores[...], to: &labels, &best)
            return zip(labels, best).map { (Int($0), $1) }
        }
    }

    private let files: PictureFiles
    private let inputSize: Int
    private let classCount: Int

    /// - Parameter inputSize: side of the model's input.
    public init(_ files: PictureFiles, inputSize: Int, classCount: Int) {
        (self.files, self.inputSize, self.classCount) = (files, inputSize, classCount)
    }

    /// Scores picture after picture, while others are decoded.
    ///
    /// - Parameter program: for batches of at least `batchSize`.
    /// - Parameter cancellation: looked up before each batch, and while pictures are decoded.
    /// - Parameter each: called with each picture in order.
    /// - Throws: `Cancelled`, after the pictures that were scored; what `each` and the program throw.
    public func run(
        by program: any ScoringProgram, batchSize: Int = Self.batchSize,
        cancellation: Cancellation = Cancellation(), each: (Prediction) throws -> Void
    ) throws {
        let loader = BatchLoader(evaluating: files, side: inputSize, batchSize: batchSize)
        var current = Prediction(picture: 0, scores: [])
        var (sample, heardCount) = (0, 0)
        while true {
            guard let batch = try loader.next(cancellation) else { return }
            let failures = Dictionary(
                loader.quarantined[heardCount...].map { ($0.sample, $0.reason) },
                uniquingKeysWith: { first, _ in first })
            heardCount = loader.quarantined.count
            let scores = try scores(of: batch, by: program)
            var row = 0
            for _ in 0..<batch.count + failures.count {
                if let failure = failures[sample] {
                    current.failure = current.failure ?? failure
                } else {
                    add(scores[row * classCount..<(row + 1) * classCount], to: &current)
                    row += 1
                }
                sample += 1
                guard sample % files.views.count == 0 else { continue }
                if !current.scores.allSatisfy(ScoreRanking.isScore) {
                    current.failure =
                        current.failure
                        ?? "\(files.pictures[current.picture].name): \(UnusableScores.cause)"
                }
                if current.failure != nil { current.scores = [] }
                try each(current)
                current = Prediction(picture: sample / files.views.count, scores: [])
            }
        }
    }

    private func scores(of batch: Batch, by program: any ScoringProgram) throws -> [Float] {
        var scores = [Float](repeating: 0, count: batch.count * classCount)
        guard batch.count > 0 else { return scores }
        var target = scores.mutableSpan
        try program.score(batch.pixelsNHWC.span, into: &target)
        return scores
    }

    private func add(_ scores: ArraySlice<Float>, to prediction: inout Prediction) {
        let share = 1 / Float(files.views.count)
        if prediction.scores.isEmpty {
            prediction.scores = [Float](repeating: 0, count: classCount)
        }
        for (label, score) in scores.enumerated() { prediction.scores[label] += score * share }
    }
}
