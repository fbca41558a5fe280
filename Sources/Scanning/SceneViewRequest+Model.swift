public import ModelFiles
public import Rasters
import Networks

extension SceneViewRequest {
    /// What a model's contract asks for: windows of its size, and pixels as it learnt from.
    public init(for model: Model) {
        self.init(windowSize: model.architecture.inputSize)
        trainedRanges = model.pixels?.ranges?.map { SampleRange($0[0], $0[1]) }
        trainedPixelSize = model.pixels?.pixelSize
    }
}
