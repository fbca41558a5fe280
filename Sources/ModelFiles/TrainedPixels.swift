/// What the pixels are that a model learnt from. Scans see their scenes so, unless an option says otherwise.
public struct TrainedPixels: Hashable, Sendable, Codable {
    /// The side of a pixel in metres; `nil` where the data does not say.
    public var pixelSize: Double?
    /// Which samples were black and white, in pairs: one for all bands, or one for each of three. `nil` for pictures of 8 bits.
    public var ranges: [[Double]]?
    /// How large the objects were; `nil` where the data does not say.
    public var objects: TrainedObjects?

    public init(pixelSize: Double? = nil, ranges: [[Double]]? = nil, objects: TrainedObjects? = nil) {
        (self.pixelSize, self.ranges, self.objects) = (pixelSize, ranges, objects)
    }

    /// Why a scan cannot obey it; `nil` where it can.
    public var objection: String? {
        if let pixelSize, !(1e-12...1e9).contains(pixelSize) {
            return "the side of a pixel must lie between 1e-12 and 1e9 metres: \(pixelSize)"
        }
        let isPossible =
            ranges.map { ranges in
                [1, 3].contains(ranges.count)
                    && ranges.allSatisfy {
                        $0.count == 2 && $0[0] < $0[1] && $0[0].isFinite && $0[1].isFinite
                    }
            } ?? true
        guard isPossible else { return "its ranges of samples must be one or three pairs that ascend" }
        return objects?.objection
    }
}
