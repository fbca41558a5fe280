import Bytes
import Pixels

extension Image {
    /// Noise.
    static func random(width: Int, height: Int, using random: inout SplitMix64) -> Image {
        let bytes = (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return Image(width: width, height: height, pixelsHWC: bytes)
    }
}
