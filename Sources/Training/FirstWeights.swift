import Files
import ModelFiles
import Networks
import Records

extension TrainingPlan {
    /// The weights before the first step: drawn by the seed, but for those that a file or the data give.
    ///
    /// - Parameter job: warns where the file's head is left out.
    /// - Throws: `ModelFileError` for a file whose weights are not those of the network; `Cancelled`.
    func firstWeights(
        of network: Network, source: any SampleSource, job: Job<[TrainingProgress]>
    ) throws -> Weights {
        var drawn = network.initialWeights(seed: seed)
        if whitensStem, let stem = drawn["conv1.weight"] {
            drawn["conv1.weight"] = try StemWhitening.weights(
                shape: stem.shape, source: source, side: architecture.inputSize,
                preprocessing: architecture.preprocessing, cancellation: job.cancellation)
        }
        guard let weightsPath else { return drawn }
        let given = try StartingWeights(reading: weightsPath, for: architecture, classes: source.classNames)
        if let objection = given.headObjection {
            job.warn(
                "the head starts from random weights, because that of \(weightsPath) does not fit: \(objection)"
            )
        }
        return drawn.merging(given.weights) { $1 }
    }
}
