import Bytes
import Pixels

/// Random changes of brightness, contrast and saturation.
///
/// Each is by a factor between 1 - x (0 where that is less) and 1 + x; the three come in random order.
///
/// - Source: `ColorJitter` of torchvision, without hue.
public struct ColourJitter: Hashable, Sendable, Codable {
    /// 0 for no change, as with the two others.
    public var brightness: Double
    public var contrast: Double
    public var saturation: Double

    /// Changes by no more than these; each is 0 or more.
    public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0) {
        precondition(brightness >= 0 && contrast >= 0 && saturation >= 0)
        (self.brightness, self.contrast, self.saturation) = (brightness, contrast, saturation)
    }

    func change(using random: inout SplitMix64) -> ColourChange {
        var steps: [ColourChange.Step] = []
        for (amount, step) in [
            (brightness, ColourChange.Step.brightness), (contrast, ColourChange.Step.contrast),
            (saturation, ColourChange.Step.saturation),
        ] where amount > 0 {
            steps.append(step(Float(random.next(between: max(0, 1 - amount), 1 + amount))))
        }
        // Written out, as in `SampleOrder`.
        for last in stride(from: steps.count - 1, to: 0, by: -1) {
            steps.swapAt(last, random.next(in: 0...last))
        }
        return ColourChange(steps: steps)
    }
}

/// A given change of brightness, contrast and saturation.
package struct ColourChange: Hashable {
    /// With its factor: 0 or more, 1 for no change.
    package enum Step: Hashable {
        /// 0 gives black.
        case brightness(Float)
        /// 0 gives the picture's mean grey.
        case contrast(Float)
        /// 0 gives a grey picture.
        case saturation(Float)
    }
    /// One after the other; each rounds to bytes.
    package var steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    /// - Source: `ImageEnhance` of PIL, byte for byte: `adjust_brightness`, `adjust_contrast` and
    ///   `adjust_saturation` of torchvision when it is given PIL's images.
    package func apply(to pixelsHWC: inout MutableSpan<UInt8>) {
        pixelsHWC.withUnsafeMutableBufferPointer { pixels in
            for step in steps {
                switch step {
                case .brightness(let factor): Self.blend(pixels, with: 0, factor)
                case .contrast(let factor): Self.blend(pixels, with: Self.meanGrey(pixels), factor)
                case .saturation(let factor): Self.saturate(pixels, factor)
                }
            }
        }
    }

    /// - Parameter other: what factor 0 gives.
    private static func blend(_ pixels: UnsafeMutableBufferPointer<UInt8>, with other: UInt8, _ factor: Float)
    {
        let table = (0...255).map { blend(other, UInt8($0), factor) }
        for i in pixels.indices { pixels[i] = table[Int(pixels[i])] }
    }

    private static func saturate(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ factor: Float) {
        for start in stride(from: 0, to: pixels.count, by: 3) {
            let grey = grey(pixels, start)
            for i in start..<start + 3 { pixels[i] = blend(grey, pixels[i], factor) }
        }
    }

    /// Cut off to whole numbers, as in PIL's `Blend.c`.
    static func blend(_ low: UInt8, _ high: UInt8, _ factor: Float) -> UInt8 {
        UInt8(min(255, max(0, Float(low) + factor * Float(Int(high) - Int(low)))))
    }

    private static func meanGrey(_ pixels: UnsafeMutableBufferPointer<UInt8>) -> UInt8 {
        var sum = 0
        for start in stride(from: 0, to: pixels.count, by: 3) { sum += Int(grey(pixels, start)) }
        return UInt8(Double(sum) / Double(pixels.count / 3) + 0.5)
    }

    /// ITU-R 601 luma in 16 bits, as PIL's `L`.
    private static func grey(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ start: Int) -> UInt8 {
        let (red, green, blue) = (Int(pixels[start]), Int(pixels[start + 1]), Int(pixels[start + 2]))
        return UInt8((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
    }
}
