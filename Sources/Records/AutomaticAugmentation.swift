package import Bytes

/// Changes of a random kind, as automatic augmentations make them of a square.
public enum AutomaticAugmentation: Hashable, Sendable, Codable {
    /// `count` changes one after another, each of a random kind, all of one strength.
    ///
    /// - Source: Cubuk et al., RandAugment, 2019, with the kinds and strengths of torchvision's `RandAugment`.
    case random(count: Int, magnitude: Int)
    /// One change of a random kind and a random strength.
    ///
    /// - Source: Müller and Hutter, TrivialAugment, 2021, as torchvision's `TrivialAugmentWide`.
    case trivial

    /// Strengths are numbered from 0, which changes nothing in most kinds.
    package static let magnitudeCount = 31

    /// Why there is no such one; `nil` where there is. What was decoded may be anything.
    var objection: String? {
        guard case .random(let count, let magnitude) = self else { return nil }
        guard (1...14).contains(count) else { return "random changes must be 1...14 in number: \(count)" }
        return (0..<Self.magnitudeCount).contains(magnitude)
            ? nil : "the strength of random changes must lie in 0...\(Self.magnitudeCount - 1): \(magnitude)"
    }

    /// The changes of one sample.
    package func changes(side: Int, using random: inout SplitMix64) -> [SquareChange] {
        switch self {
        case .random(let count, let magnitude):
            (0..<count).compactMap { _ in change(side: side, magnitude: magnitude, using: &random) }
        case .trivial:
            [
                change(
                    side: side, magnitude: random.next(in: 0...Self.magnitudeCount - 1), using: &random)
            ].compactMap(\.self)
        }
    }

    /// - Returns: `nil` where the kind is that of no change.
    private func change(side: Int, magnitude: Int, using random: inout SplitMix64) -> SquareChange? {
        let kinds = Kind.allCases
        let kind = kinds[random.next(in: 0...kinds.count - 1)]
        // Drawn for all kinds, so that what follows is the same.
        let isNegative = random.next() >> 63 == 1
        return change(kind, side: side, magnitude: magnitude, isNegative: isNegative)
    }

    /// The strength of a magnitude, from 0 to `limit`, rounded as torch's `linspace` rounds it.
    ///
    /// Where whole pixels are cut off, the last bit decides.
    private static func linear(upTo limit: Float, _ magnitude: Int) -> Float {
        let last = magnitudeCount - 1
        let step = limit / Float(last)
        return magnitude < magnitudeCount / 2
            ? step * Float(magnitude) : limit.addingProduct(-step, Float(last - magnitude))
    }

    package enum Kind: CaseIterable {
        case identity, shearX, shearY, translateX, translateY, rotate, brightness, saturation, contrast
        case sharpness, posterize, solarize, autoContrast, equalize
    }

    /// - Source: `_augmentation_space` of both in torchvision.
    package func change(_ kind: Kind, side: Int, magnitude: Int, isNegative: Bool) -> SquareChange? {
        let share = Double(magnitude) / Double(Self.magnitudeCount - 1)
        let sign = isNegative ? -1.0 : 1
        let isTrivial = self == .trivial
        let factor = Float(1 + sign * share * (isTrivial ? 0.99 : 0.9))
        let shear = sign * share * (isTrivial ? 0.99 : 0.3)
        let shift = Self.linear(upTo: isTrivial ? 32 : Float(150.0 / 331 * Double(side)), magnitude)
        // Cut off to whole pixels, towards 0.
        let pixels = Int(isNegative ? -shift : shift)
        switch kind {
        case .identity: return nil
        case .shearX: return .shearX(shear)
        case .shearY: return .shearY(shear)
        case .translateX: return .translateX(-pixels)
        case .translateY: return .translateY(-pixels)
        case .rotate: return .rotate(sign * share * (isTrivial ? 135 : 30))
        case .brightness: return .brightness(factor)
        case .saturation: return .saturation(factor)
        case .contrast: return .contrast(factor)
        case .sharpness: return .sharpness(factor)
        case .posterize:
            let lostBits = Double(magnitude) / (Double(Self.magnitudeCount - 1) / (isTrivial ? 6 : 4))
            return .posterize(8 - Int(lostBits.rounded(.toNearestOrEven)))
        case .solarize: return .solarize(Float(255 - 255 * share))
        case .autoContrast: return .autoContrast
        case .equalize: return .equalize
        }
    }
}
