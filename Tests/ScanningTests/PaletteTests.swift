import Foundation
import Pixels
import Scanning
import Testing

@Suite struct PaletteTests {
    @Test func theFirstClassIsRedAndSolidAndTheSecondGreenAndDashed() {
        let (red, green) = (Palette.mark(0), Palette.mark(1))
        #expect(red.color.red > 200 && red.color.green < 50 && red.color.blue < 50)
        #expect(green.color.green > 200 && green.color.red < 150 && green.color.blue < 150)
        #expect(red.line == .solid && green.line == .dashed)
    }

    @Test func coloursBeginAgainWithTheOtherLine() {
        let count = Palette.colors.count
        #expect(Set(Palette.colors).count == count)
        #expect(Palette.color(count) == Palette.color(0))
        #expect(Set((0..<2 * count).map { Palette.mark($0) }).count == 2 * count)
    }

    @Test(arguments: Judgement.Verdict.allCases) func eachVerdictHasAShapeOfItsOwn(verdict: Judgement.Verdict)
    {
        let others = Judgement.Verdict.allCases.filter { $0 != verdict }
        #expect(!others.map(\.shape).contains(verdict.shape))
    }

    /// As WCAG 2 asks for graphics.
    @Test func redAndGreenDifferInLightnessAndAllColoursFromTheirCasings() {
        #expect(LinearColor(Palette.color(0)).contrast(with: LinearColor(Palette.color(1))) >= 3)
        for mark in Palette.colors.indices.map({ Palette.mark($0) }) {
            #expect(LinearColor(mark.color).contrast(with: LinearColor(mark.casing)) >= 3, "\(mark)")
        }
    }

    /// Greys of all luminances: contrast depends on nothing else. Two tones cannot give everywhere the 3 of WCAG.
    @Test(arguments: UInt8.min...UInt8.max) func aMarkIsSeenOnAnyGround(grey: UInt8) {
        let ground = LinearColor(RGB(grey, grey, grey))
        for mark in Palette.colors.indices.map({ Palette.mark($0) }) {
            let contrasts = [mark.color, mark.casing].map { LinearColor($0).contrast(with: ground) }
            #expect(contrasts.max() ?? 0 >= 2, "\(mark)")
        }
    }

    @Test(arguments: Vision.allCases) func classesWithTheSameLineAreToldApart(vision: Vision) {
        let colors = Palette.colors.map { LinearColor($0).seen(with: vision) }
        for first in colors.indices {
            for second in stride(from: first + 2, to: colors.count, by: 2) {
                let difference = colors[first].difference(from: colors[second])
                #expect(difference >= vision.smallestDifference, "\(first) and \(second)")
            }
        }
    }

    @Test(arguments: Vision.allCases) func redAndGreenAreToldApartByColourToo(vision: Vision) {
        let (red, green) = (LinearColor(Palette.color(0)), LinearColor(Palette.color(1)))
        #expect(red.seen(with: vision).difference(from: green.seen(with: vision)) >= 30)
    }
}

/// How somebody sees colours.
enum Vision: CaseIterable {
    case usual, withoutRedCones, withoutGreenCones, withoutBlueCones

    /// Of linear RGB, row by row.
    ///
    /// - Source: Machado, Oliveira and Fernandes 2009, severity 1.
    fileprivate var matrix: [[Double]] {
        switch self {
        case .usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        case .withoutRedCones:
            [
                [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ]
        case .withoutGreenCones:
            [
                [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ]
        case .withoutBlueCones:
            [
                [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900],
            ]
        }
    }

    /// In CIELAB, where about 2 can just be seen side by side. Without blue cones, which is a thousand times rarer, less must do.
    fileprivate var smallestDifference: Double { self == .withoutBlueCones ? 10 : 35 }
}

/// Red, green and blue in `0...1`, proportional to light.
private struct LinearColor {
    var channels: [Double]

    init(_ color: RGB) {
        channels = [color.red, color.green, color.blue].map { byte in
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
    }

    private func times(_ matrix: [[Double]]) -> [Double] {
        matrix.map { row in zip(row, channels).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    private var luminance: Double { times([[0.2126, 0.7152, 0.0722]])[0] }

    /// In `1...21`.
    ///
    /// - Source: WCAG 2.2, contrast ratio.
    func contrast(with other: LinearColor) -> Double {
        (max(luminance, other.luminance) + 0.05) / (min(luminance, other.luminance) + 0.05)
    }

    func seen(with vision: Vision) -> LinearColor {
        var seen = self
        seen.channels = times(vision.matrix).map { min(max($0, 0), 1) }
        return seen
    }

    /// The distance in CIELAB (1976), white D65.
    func difference(from other: LinearColor) -> Double {
        zip(lab, other.lab).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    private var lab: [Double] {
        let xyz = times([
            [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ])
        let f = zip(xyz, [0.95047, 1, 1.08883]).map { value, white in
            value / white > 0.008856 ? cbrt(value / white) : 7.787 * value / white + 16.0 / 116
        }
        return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
    }
}
