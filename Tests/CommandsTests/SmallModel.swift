import Files
import ModelFiles
import Networks
import TestSupport

extension TemporaryFolder {
    /// Writes a model of three classes, with windows of 16 pixels, that has learnt nothing.
    ///
    /// - Parameter classes: names of the three.
    func writeSmallModel(
        to name: String, classes: [String] = ["boat", "car", "other"], background: String? = nil
    ) throws {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        try Model(
            architecture: architecture, classes: classes, background: background,
            weights: try Network(architecture).initialWeights(seed: 5)
        ).write(to: .replacing(file(name)))
    }
}
