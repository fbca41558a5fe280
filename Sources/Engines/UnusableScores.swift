/// A model gave a sample scores that are no numbers.
public struct UnusableScores: Error, Hashable, Sendable, CustomStringConvertible {
    /// The model's place among those that scored together.
    public var model: Int
    public var sample: Int
    /// The file that holds the samples.
    public var path: String

    public init(model: Int, sample: Int, path: String) {
        self.model = model
        self.sample = sample
        self.path = path
    }

    public static let cause =
        "the model gives scores that are not numbers; its weights are damaged, or too large"

    public var description: String { "\(path): cannot score sample \(sample): \(Self.cause)" }

    /// The first of some images with a score that is no number; `nil` where all are.
    ///
    /// - Parameter scores: `[n, classCount]`.
    package static func firstImage(in scores: [Float], classCount: Int) -> Int? {
        scores.firstIndex { !$0.isFinite }.map { $0 / classCount }
    }
}
