import Bytes
import Foundation
import Records
import Testing

/// Automatic augmentations against torchvision's.
@Suite struct AutomaticAugmentationTests {
    /// `Golden/square_changes.py` made it.
    private struct Golden: Decodable {
        struct Case: Decodable {
            var kind: String
            var magnitude: Double
            var pixels: Data
        }
        struct Strengths: Decodable {
            var kind: String
            var isSigned: Bool
            var strengths: [Double]
        }
        var pixels: Data
        var cases: [Case]
        var random: [Strengths]
        var trivial: [Strengths]
    }

    private static let side = 16

    private func golden() throws -> Golden {
        let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/square_changes.json"
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(filePath: path)))
    }

    /// - Parameter magnitude: as torchvision has it.
    private func change(_ kind: String, _ magnitude: Double) -> SquareChange? {
        let factor = Float(1 + magnitude)
        return switch kind {
        case "ShearX": .shearX(magnitude)
        case "ShearY": .shearY(magnitude)
        case "TranslateX": .translateX(-Int(magnitude))
        case "TranslateY": .translateY(-Int(magnitude))
        case "Rotate": .rotate(magnitude)
        case "Brightness": .brightness(factor)
        case "Color": .saturation(factor)
        case "Contrast": .contrast(factor)
        case "Sharpness": .sharpness(factor)
        case "Posterize": .posterize(Int(magnitude))
        case "Solarize": .solarize(Float(magnitude))
        case "AutoContrast": .autoContrast
        case "Equalize": .equalize
        default: nil
        }
    }

    @Test func changesGiveTheBytesOfTorchvision() throws {
        let golden = try golden()
        #expect(golden.cases.count == 26)
        for expected in golden.cases {
            var pixels = Array(golden.pixels)
            var span = pixels.mutableSpan
            try #require(change(expected.kind, expected.magnitude)).apply(to: &span, side: Self.side)
            #expect(pixels == Array(expected.pixels), "\(expected.kind) \(expected.magnitude)")
        }
    }

    /// One number that says how strong a change is, as torchvision counts it.
    private func strength(_ change: SquareChange?) -> Double {
        switch change {
        case .shearX(let shear), .shearY(let shear): shear
        case .translateX(let pixels), .translateY(let pixels): Double(-pixels)
        case .rotate(let degrees): degrees
        case .brightness(let factor), .saturation(let factor), .contrast(let factor), .sharpness(let factor):
            Double(factor) - 1
        case .posterize(let bits): Double(bits)
        case .solarize(let threshold): Double(threshold)
        case .autoContrast, .equalize, nil: 0
        }
    }

    @Test func strengthsAreThoseOfTorchvision() throws {
        let golden = try golden()
        let kinds = AutomaticAugmentation.Kind.allCases
        for (table, augmentation) in [
            (golden.random, AutomaticAugmentation.random(count: 2, magnitude: 9)), (golden.trivial, .trivial),
        ] {
            try #require(table.count == kinds.count)
            for (row, kind) in zip(table, kinds) {
                for (magnitude, expected) in row.strengths.enumerated() {
                    let change = augmentation.change(
                        kind, side: Self.side, magnitude: magnitude, isNegative: false)
                    let isWhole = row.kind.hasPrefix("Translate")
                    let wanted = isWhole ? expected.rounded(.towardZero) : expected
                    #expect(abs(strength(change) - wanted) < 1e-4, "\(row.kind) \(magnitude)")
                    guard row.isSigned else { continue }
                    let other = augmentation.change(
                        kind, side: Self.side, magnitude: magnitude, isNegative: true)
                    #expect(abs(strength(other) + wanted) < 1e-4, "\(row.kind) -\(magnitude)")
                }
            }
        }
    }

    @Test func kindsAndStrengthsAreDrawnEvenly() {
        var kinds: [AutomaticAugmentation.Kind?: Int] = [:]
        var (signs, strengths) = (0, Set<Double>())
        var random = SplitMix64(seed: 1)
        for _ in 0..<14_000 {
            let change = AutomaticAugmentation.trivial.changes(side: 32, using: &random).first
            let kind: AutomaticAugmentation.Kind? =
                switch change {
                case .rotate(let degrees):
                    {
                        strengths.insert(abs(degrees))
                        if degrees < 0 { signs += 1 }
                        return .rotate
                    }()
                case .equalize: .equalize
                case nil: .identity
                default: nil
                }
            kinds[kind, default: 0] += 1
        }
        for kind in [AutomaticAugmentation.Kind.rotate, .equalize, .identity] {
            #expect((850...1150).contains(kinds[kind] ?? 0), "\(kinds)")
        }
        #expect(strengths.count == AutomaticAugmentation.magnitudeCount && (400...600).contains(signs))
        let two = AutomaticAugmentation.random(count: 3, magnitude: 30)
        let counts = Set((0..<200).map { _ in two.changes(side: 32, using: &random).count })
        #expect(counts.contains(3) && counts.isSubset(of: [0, 1, 2, 3]))
    }

    /// Tiles and pictures are changed alike; the cut is the same with and without.
    @Test func aVariationChangesTheSquareThatItCuts() throws {
        var plain = Augmentation(.moved(padding: 2, border: .black), mirror: .random)
        let variation = Variation(plain, seed: 3, epoch: 1, position: 5)
        plain.automatic = .random(count: 2, magnitude: 15)
        let changed = Variation(plain, seed: 3, epoch: 1, position: 5)
        #expect(variation.crop(of: 0) == changed.crop(of: 0))
        #expect(plain.move == nil)
    }

    @Test(arguments: [
        AutomaticAugmentation.random(count: 0, magnitude: 9), .random(count: 15, magnitude: 9),
        .random(count: 2, magnitude: 31), .random(count: 2, magnitude: -1),
    ])
    func whatThereIsNotIsRefused(automatic: AutomaticAugmentation) {
        let augmentation = Augmentation(.centre(shorterSide: nil), automatic: automatic)
        #expect(augmentation.objection(toSide: 32) != nil)
    }
}
