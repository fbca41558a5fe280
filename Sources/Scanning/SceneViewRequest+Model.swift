public import ModelFiles
public import Rasters
import Networks

extension SceneViewRequest {
    /// What a model's contract asks for: windows of its size, pixels as it learnt from, and scales that show it objects of the sizes
    /// that it learnt.
    ///
    /// - Parameter classes: those that are looked for; all where the model knows the size of none of them.
    public init(for model: Model, classes: [String] = []) {
        self.init(windowSize: model.architecture.inputSize)
        trainedRanges = model.pixels?.ranges?.map { SampleRange($0[0], $0[1]) }
        trainedPixelSize = model.pixels?.pixelSize
        guard let objects = model.pixels?.objects, let sizes = objects.sizeRange(of: classes) else { return }
        trainedFactors = SceneScale.factors(
            showing: sizes, as: objects.sizesInWindows[0]...objects.sizesInWindows[1])
        trainedScenePixelSize = objects.scenePixelSize
    }
}
