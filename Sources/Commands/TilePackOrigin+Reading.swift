import ModelFiles
import Rasters
import Records

extension TilePackOrigin {
    /// How scans should read a model that has learnt from such windows; `nil` for the usual way.
    ///
    /// - Parameter side: of a window, in pixels; `nil` where they have several sizes.
    func reading(ofWindows side: Int?) -> Reading? {
        canvases.map { canvases in
            var reading =
                switch canvases {
                case .single: Reading(windowsOf: .single, labelRadius: labelRadius, stride: scanStride)
                case .mixed: Reading(windowsOf: .mixed, labelRadius: labelRadius, stride: scanStride)
                }
            if let sizes = objects?.sizesInTiles, let side {
                // The middle of what the windows showed; an object larger than a window takes all of it.
                let share = (sizes[0] * sizes[1]).squareRoot() / Double(side)
                reading.boxShare = share < 0.995 ? max(0.01, (share * 1000).rounded() / 1000) : nil
            }
            return reading
        }
    }

    /// What the pixels are that a model learns from; `nil` where nobody knows.
    var pixels: TrainedPixels? {
        guard pixelSize != nil || ranges != nil || objects != nil else { return nil }
        return TrainedPixels(
            pixelSize: pixelSize, ranges: ranges?.map { [$0.lower, $0.upper] },
            objects: objects.map {
                TrainedObjects(
                    sizes: $0.sizes, sizesInWindows: $0.sizesInTiles, scenePixelSize: $0.scenePixelSize)
            })
    }
}
