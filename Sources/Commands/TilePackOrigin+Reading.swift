import ModelFiles
import Rasters
import Records

extension TilePackOrigin {
    /// How scans should read a model that has learnt from such windows; `nil` for the usual way.
    var reading: Reading? {
        canvases.map { canvases in
            switch canvases {
            case .single: Reading(windowsOf: .single, labelRadius: labelRadius, stride: scanStride)
            case .mixed: Reading(windowsOf: .mixed, labelRadius: labelRadius, stride: scanStride)
            }
        }
    }

    /// What the pixels are that a model learns from; `nil` where nobody knows.
    var pixels: TrainedPixels? {
        guard pixelSize != nil || ranges != nil else { return nil }
        return TrainedPixels(pixelSize: pixelSize, ranges: ranges?.map { [$0.lower, $0.upper] })
    }
}
