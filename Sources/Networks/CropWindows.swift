/// Where the windows of a square picture stand that is larger than a network's input: a grid from corner to corner.
///
/// A network runs once over such a crop; each window's part of the last feature map then gives its logits.
public struct CropWindows: Hashable, Sendable, Codable {
    /// Windows in a row and in a column.
    public let perSide: Int
    /// Pixels from one window to the next; a multiple of the network's total stride (`Network.denseGeometry`).
    public let stride: Int

    public init(perSide: Int, stride: Int) {
        (self.perSide, self.stride) = (perSide, stride)
        precondition(objection == nil)
    }

    /// Why there can be no such windows, with what is allowed; `nil` where there can. What was decoded may be anything.
    package var objection: String? {
        (1...1024).contains(perSide) && (1...65_536).contains(stride)
            ? nil
            : "a crop has 1 to 1024 windows per side, 1 to 65536 pixels apart: \(perSide), \(stride) apart"
    }

    /// Windows of a crop, row by row.
    public var count: Int { perSide * perSide }

    /// Side of the crop, in pixels.
    ///
    /// - Parameter window: side of a window.
    public func side(window: Int) -> Int { window + (perSide - 1) * stride }
}
