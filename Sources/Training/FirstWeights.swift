import ModelFiles
import Networks

extension TrainingPlan {
    /// The weights before the first step: drawn by the seed, but for those that a file gives.
    ///
    /// - Parameter tell: told where the file's head is left out.
    /// - Throws: `ModelFileError` for a file whose weights are not those of the network.
    func firstWeights(
        of network: Network, classNames: [String], tell: (String) -> Void
    ) throws -> Weights {
        let drawn = network.initialWeights(seed: seed)
        guard let weightsPath else { return drawn }
        let given = try StartingWeights(reading: weightsPath, for: architecture, classes: classNames)
        if let objection = given.headObjection {
            tell("the head is drawn anew, that of \(weightsPath) does not do: \(objection)")
        }
        return drawn.merging(given.weights) { $1 }
    }
}
