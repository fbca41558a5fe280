import Bytes
import Foundation
import Pixels

/// How one sample is varied at one place of one epoch: a function of these values and the sample alone.
public struct Variation: Hashable, Sendable {
    public var augmentation: Augmentation
    public var seed: UInt64
    public var epoch: Int
    /// In the epoch's order.
    public var position: Int

    public init(_ augmentation: Augmentation, seed: UInt64, epoch: Int, position: Int) {
        (self.augmentation, self.seed) = (augmentation, seed)
        (self.epoch, self.position) = (epoch, position)
    }

    /// How a tile of the square's own size is moved; `nil` where a rectangle of it is resized instead.
    package func crop(of sample: Int) -> Crop? {
        guard case .moved(let padding, let border) = augmentation.cut else { return nil }
        var random = generator
        let x = random.next(in: -padding...padding)
        let y = random.next(in: -padding...padding)
        let mirrored = isMirrored(sample, using: &random)
        return Crop(
            x: x, y: y, mirrored: mirrored, quarterTurns: quarterTurns(using: &random), border: border)
    }

    /// How the square of `side` pixels is cut from a picture.
    package func frame(of sample: Int, width: Int, height: Int, side: Int) -> Frame {
        var random = generator
        let bounds = PixelRect(x: 0, y: 0, width: width, height: height)
        switch augmentation.cut {
        case .moved:
            let box = ResizedPicture(width: width, height: height, shorterSide: side).centreBox(side: side)
            return Frame(box: box, visible: bounds, crop: crop(of: sample) ?? .whole)
        case .randomResized(let scale, let ratio):
            let rect = Self.randomRect(in: bounds, scale: scale, ratio: ratio, using: &random)
            // The rectangle is cut out before it is resized, as in torchvision.
            return frame(PixelBox(rect), visible: rect, sample, using: &random)
        case .random(let shorterSide):
            let picture = ResizedPicture(
                width: width, height: height,
                shorterSide: shorterSide ?? Framing.usual(toSide: side).length)
            let x = random.next(in: 0...picture.width - side)
            let y = random.next(in: 0...picture.height - side)
            return frame(picture.box(x: x, y: y, side: side), visible: bounds, sample, using: &random)
        case .centre(let shorterSide):
            let picture = ResizedPicture(
                scoring: side, width: width, height: height, shorterSide: shorterSide)
            return frame(picture.centreBox(side: side), visible: bounds, sample, using: &random)
        case .framed(let framing):
            let picture = ResizedPicture(
                scoring: side, width: width, height: height, framing: framing, shorterSide: nil)
            return picture.frame(
                x: ResizedPicture.centre(side, of: picture.width),
                y: ResizedPicture.centre(side, of: picture.height), side: side, framing: framing)
        }
    }

    /// What happens to the colours; `nil` for nothing.
    package var colourChange: ColourChange? {
        augmentation.jitter.map { jitter in
            // Numbers of their own, so that the cut stays the same with and without.
            var random = SplitMix64(seed: seed, stream: epoch, position, 1)
            return jitter.change(using: &random)
        }
    }

    /// What happens to the square's pixels when it is cut.
    func changePixels(_ pixelsHWC: inout MutableSpan<UInt8>, side: Int) {
        colourChange?.apply(to: &pixelsHWC)
        guard let automatic = augmentation.automatic else { return }
        var random = SplitMix64(seed: seed, stream: epoch, position, 2)
        for change in automatic.changes(side: side, using: &random) {
            change.apply(to: &pixelsHWC, side: side)
        }
    }

    private var generator: SplitMix64 { SplitMix64(seed: seed, stream: epoch, position) }

    private func frame(
        _ box: PixelBox, visible: PixelRect, _ sample: Int, using random: inout SplitMix64
    ) -> Frame {
        let mirrored = isMirrored(sample, using: &random)
        let crop = Crop(x: 0, y: 0, mirrored: mirrored, quarterTurns: quarterTurns(using: &random))
        return Frame(box: box, visible: visible, crop: crop)
    }

    private func isMirrored(_ sample: Int, using random: inout SplitMix64) -> Bool {
        switch augmentation.mirror {
        case .none: return false
        case .random: return random.next() >> 63 == 1
        case .alternating:
            var ofSample = SplitMix64(seed: seed, stream: sample)
            return (ofSample.next() >> 63 == 1) != (epoch % 2 == 1)
        }
    }

    /// Drawn last, so that cut and mirror stay the same with and without.
    private func quarterTurns(using random: inout SplitMix64) -> Int {
        augmentation.turns ? Int(random.next() >> 62) : 0
    }

    /// - Source: `RandomResizedCrop.get_params` of torchvision; it rounds as Python does, halves to even.
    private static func randomRect(
        in bounds: PixelRect, scale: ClosedRange<Double>, ratio: ClosedRange<Double>,
        using random: inout SplitMix64
    ) -> PixelRect {
        let (width, height) = (Double(bounds.width), Double(bounds.height))
        for _ in 0..<10 {
            let area = width * height * random.next(between: scale.lowerBound, scale.upperBound)
            let shape = exp(random.next(between: log(ratio.lowerBound), log(ratio.upperBound)))
            let w = Int((area * shape).squareRoot().rounded(.toNearestOrEven))
            let h = Int((area / shape).squareRoot().rounded(.toNearestOrEven))
            guard (1...bounds.width).contains(w), (1...bounds.height).contains(h) else { continue }
            let y = random.next(in: 0...bounds.height - h)
            let x = random.next(in: 0...bounds.width - w)
            return PixelRect(x: x, y: y, width: w, height: h)
        }
        var (w, h) = (bounds.width, bounds.height)
        if width / height < ratio.lowerBound {
            h = max(1, Int((width / ratio.lowerBound).rounded(.toNearestOrEven)))
        } else if width / height > ratio.upperBound {
            w = max(1, Int((height * ratio.upperBound).rounded(.toNearestOrEven)))
        }
        return PixelRect(x: (bounds.width - w) / 2, y: (bounds.height - h) / 2, width: w, height: h)
    }
}

extension SplitMix64 {
    /// Every number as likely, by multiplication (Lemire 2019); the bias is below 2⁻³² for ranges that pictures have.
    mutating func next(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next().multipliedFullWidth(by: UInt64(range.count)).high)
    }

    /// Uniform, of 53 bits.
    mutating func next(between low: Double, _ high: Double) -> Double {
        low + (high - low) * Double(next() >> 11) * 0x1p-53
    }
}
