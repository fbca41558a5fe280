import Files
import ModelFiles
import Networks
import Pixels
import Rasters
import TestSupport

extension TemporaryFolder {
    /// Writes a model of three classes, with windows of 16 pixels, that has learnt nothing.
    func writeServedModel(to name: String, classes: [String] = ["boat", "car", "other"]) throws {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        try makeFolder(path + "/models")
        try Model(
            architecture: architecture, classes: classes,
            weights: try Network(architecture).initialWeights(seed: 5)
        ).write(to: .replacing(file(name)))
    }
}

/// A small PNG image with colours.
func smallPNG(side: Int = 16, seed: Int = 1) throws -> [UInt8] {
    let pixels = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: ($0 &* 7 &+ seed) ^ ($0 / 3)) }
    return try Image(width: side, height: side, pixelsHWC: pixels).pngData()
}
