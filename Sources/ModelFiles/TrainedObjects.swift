/// How large the objects were that a model learnt from: in the scenes, and in its windows. Scans choose the scales by it at which
/// they see a scene.
public struct TrainedObjects: Hashable, Sendable, Codable {
    /// By class: the lengths of the longer side, in pixels of the scene, below which 5, 50 and 95 percent of the objects stay.
    public var sizes: [String: [Double]]
    /// The same lengths in pixels of the model's input, below which 5 and 95 percent of the windows stay.
    public var sizesInWindows: [Double]
    /// The side of a pixel of the scenes in metres; `nil` where they did not say it.
    public var scenePixelSize: Double?

    public init(sizes: [String: [Double]], sizesInWindows: [Double], scenePixelSize: Double? = nil) {
        (self.sizes, self.sizesInWindows) = (sizes, sizesInWindows)
        self.scenePixelSize = scenePixelSize
    }

    /// Why a scan cannot obey it; `nil` where it can.
    var objection: String? {
        func ascends(_ lengths: [Double], count: Int) -> Bool {
            lengths.count == count && lengths.allSatisfy((1e-3...1e9).contains)
                && zip(lengths, lengths.dropFirst()).allSatisfy { $0 <= $1 }
        }
        guard ascends(sizesInWindows, count: 2), sizes.values.allSatisfy({ ascends($0, count: 3) }) else {
            return "its sizes of objects must be lengths of pixels that ascend"
        }
        if let scenePixelSize, !(1e-12...1e9).contains(scenePixelSize) {
            return "the side of a scene's pixel must lie between 1e-12 and 1e9 metres: \(scenePixelSize)"
        }
        return nil
    }

    /// From the smallest objects to the largest, in pixels of the scene: between the 5th and the 95th percentile of a class.
    ///
    /// - Parameter classes: those that count; all where none of them is known.
    public func sizeRange(of classes: [String]) -> ClosedRange<Double>? {
        let wanted = sizes.filter { classes.contains($0.key) }
        let counted = wanted.isEmpty ? sizes : wanted
        guard let least = counted.values.map({ $0[0] }).min(), let most = counted.values.map({ $0[2] }).max()
        else { return nil }
        return least...most
    }
}
