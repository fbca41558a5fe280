import Foundation
import Pixels
import Records
import Testing

@Suite struct ColourJitterTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            var steps: [[Factor]]
            var pixels: [UInt8]
        }
        enum Factor: Decodable {
            case name(String)
            case value(Float)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let name = try? container.decode(String.self) {
                    self = .name(name)
                } else {
                    self = .value(try container.decode(Float.self))
                }
            }
        }
        var pixels: [UInt8]
        var cases: [Case]
    }

    private func step(_ parts: [Golden.Factor]) throws -> ColourChange.Step {
        guard case .name(let name) = parts[0], case .value(let factor) = parts[1] else {
            throw CocoaError(.coderInvalidValue)
        }
        switch name {
        case "brightness": return .brightness(factor)
        case "contrast": return .contrast(factor)
        default: return .saturation(factor)
        }
    }

    @Test func givesTheBytesOfTorchvision() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/colours.json"
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(filePath: path)))
        #expect(golden.cases.count == 21)
        for expected in golden.cases {
            var pixels = golden.pixels
            var span = pixels.mutableSpan
            ColourChange(steps: try expected.steps.map(step)).apply(to: &span)
            #expect(pixels == expected.pixels, "\(expected.steps)")
        }
    }

    private func change(_ jitter: ColourJitter, position: Int) -> [ColourChange.Step] {
        let augmentation = Augmentation(.centre(shorterSide: nil), jitter: jitter)
        return Variation(augmentation, seed: 2, epoch: 4, position: position).colourChange?.steps ?? []
    }

    @Test func factorsLieAsFarFromOneAsAskedForAndComeInAnyOrder() {
        let jitter = ColourJitter(brightness: 0.4, contrast: 1.5, saturation: 0.1)
        var orders: [[Int]: Int] = [:]
        var ranges = [(2.0 as Float, 0.0 as Float), (9, 0), (2, 0)]
        for position in 0..<3000 {
            let steps = change(jitter, position: position)
            #expect(change(jitter, position: position) == steps)
            let order = steps.map { step in
                let (kind, factor) =
                    switch step {
                    case .brightness(let factor): (0, factor)
                    case .contrast(let factor): (1, factor)
                    case .saturation(let factor): (2, factor)
                    }
                ranges[kind] = (min(ranges[kind].0, factor), max(ranges[kind].1, factor))
                return kind
            }
            orders[order, default: 0] += 1
        }
        for (found, expected) in zip(ranges, [(0.6, 1.4), (0, 2.5), (0.9, 1.1)] as [(Float, Float)]) {
            #expect(found.0 >= expected.0 && found.0 < expected.0 + 0.01)
            #expect(found.1 <= expected.1 && found.1 > expected.1 - 0.01)
        }
        #expect(orders.count == 6 && orders.values.allSatisfy { (400...600).contains($0) })
    }

    @Test func whatIsZeroStaysAsItIs() {
        #expect(change(ColourJitter(), position: 1).isEmpty)
        #expect(change(ColourJitter(contrast: 0.5), position: 1).count == 1)
    }

    @Test func theCutIsTheSameWithAndWithout() {
        let plain = Augmentation.imageNet
        var jittered = plain
        jittered.jitter = ColourJitter(brightness: 0.4)
        for position in 0..<20 {
            let frames = [plain, jittered].map {
                Variation($0, seed: 1, epoch: 0, position: position).frame(
                    of: 3, width: 90, height: 70, side: 32)
            }
            #expect(frames[0] == frames[1])
        }
    }
}
