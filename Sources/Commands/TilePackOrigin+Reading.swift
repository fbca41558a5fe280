import ModelFiles
import Records

extension TilePackOrigin {
    /// How scans should read a model that has learnt from such windows.
    var reading: Reading {
        switch canvases {
        case .single: Reading(windowsOf: .single, labelRadius: labelRadius, stride: scanStride)
        case .mixed: Reading(windowsOf: .mixed, labelRadius: labelRadius, stride: scanStride)
        }
    }
}
