/// How 8-bit RGB pixels become a network's input: `(x - mean) / deviation` per channel.
///
/// A pixel outside the image, where a network pads, is 0 *after* this.
public struct Preprocessing: Hashable, Sendable, Codable {
    /// Red, green, blue, in `0...255`.
    public var mean: [Float]
    /// Red, green, blue; positive.
    public var deviation: [Float]

    public init(mean: [Float], deviation: [Float]) {
        (self.mean, self.deviation) = (mean, deviation)
        precondition(objection == nil)
    }

    /// Why it can be none, with what is allowed; `nil` where it can. What was decoded may be anything.
    package var objection: String? {
        guard mean.count == 3, mean.allSatisfy(\.isFinite) else {
            return "the mean must be three finite numbers, one per channel: \(mean)"
        }
        guard deviation.count == 3, deviation.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            return "the deviation must be three positive numbers, one per channel: \(deviation)"
        }
        return nil
    }

    /// Mean and deviation of ImageNet's training images, as torchvision uses them.
    public static let imageNet = Preprocessing(
        mean: [0.485, 0.456, 0.406].map { $0 * 255 }, deviation: [0.229, 0.224, 0.225].map { $0 * 255 })
}
