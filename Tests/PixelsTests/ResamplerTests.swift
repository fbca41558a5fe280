import Bytes
import Foundation
import Pixels
import Testing

@Suite struct ResamplerTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            var filter: ResizeFilter
            var width, height: Int
            var box: [Double]
            var pixels: String
        }
        var width, height: Int
        var pixels: String
        var cases: [Case]
    }

    private func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex.utf8).map { $0 < 97 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func box(_ values: [Double]) -> PixelBox {
        PixelBox(x0: values[0], y0: values[1], x1: values[2], y1: values[3])
    }

    @Test func givesTheBytesOfPIL() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/resized.json"
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(filePath: path)))
        let image = Image(
            width: golden.width, height: golden.height, pixelsHWC: bytes(hex: golden.pixels))
        #expect(golden.cases.count == 22)
        for expected in golden.cases {
            let found = image.resized(
                width: expected.width, height: expected.height, filter: expected.filter,
                box: box(expected.box))
            #expect(
                found.pixelsHWC == bytes(hex: expected.pixels),
                "\(expected.filter) \(expected.width)x\(expected.height) of \(expected.box)")
        }
    }

    /// The definition in floating point: the weights of both directions at once, rounded once.
    private func plainlyResized(
        _ image: Image, width: Int, height: Int, filter: ResizeFilter, box: PixelBox
    ) -> [Double] {
        func weight(_ distance: Double) -> Double {
            let x = abs(distance)
            switch filter {
            case .bilinear: return max(0, 1 - x)
            case .bicubic:
                if x < 1 { return 1.5 * x * x * x - 2.5 * x * x + 1 }
                return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0
            }
        }
        func weights(_ place: Int, _ start: Double, _ length: Double, _ count: Int, _ sourceCount: Int)
            -> [Double]
        {
            let scale = length / Double(count)
            let centre = start + (Double(place) + 0.5) * scale
            let all = (0..<sourceCount).map { weight((Double($0) + 0.5 - centre) / max(1, scale)) }
            let sum = all.reduce(0, +)
            return all.map { $0 / sum }
        }
        var result: [Double] = []
        for y in 0..<height {
            let rows = weights(y, box.y0, box.height, height, image.height)
            for x in 0..<width {
                let columns = weights(x, box.x0, box.width, width, image.width)
                for channel in 0..<3 {
                    var sum = 0.0
                    for (row, rowWeight) in rows.enumerated() where rowWeight != 0 {
                        for (column, columnWeight) in columns.enumerated() where columnWeight != 0 {
                            let light = image.pixelsHWC[(row * image.width + column) * 3 + channel]
                            sum += rowWeight * columnWeight * Double(light)
                        }
                    }
                    result.append(min(255, max(0, sum)))
                }
            }
        }
        return result
    }

    private func noise(_ width: Int, _ height: Int, using random: inout SplitMix64) -> Image {
        Image(
            width: width, height: height,
            pixelsHWC: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    @Test(arguments: UInt64(0)..<20) func agreesWithTheDefinition(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let image = noise(
            .random(in: 1...24, using: &random), .random(in: 1...24, using: &random), using: &random)
        func span(_ length: Int) -> (Double, Double) {
            let start = Double.random(in: 0..<Double(length), using: &random)
            return (
                start, Double.random(in: min(start + 0.5, Double(length))...Double(length), using: &random)
            )
        }
        let ((x0, x1), (y0, y1)) = (span(image.width), span(image.height))
        let box = x0 < x1 && y0 < y1 ? PixelBox(x0: x0, y0: y0, x1: x1, y1: y1) : PixelBox(image.bounds)
        let (width, height) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...20, using: &random))
        for filter in ResizeFilter.allCases {
            let found = image.resized(width: width, height: height, filter: filter, box: box)
            let expected = plainlyResized(image, width: width, height: height, filter: filter, box: box)
            // Half of 1 for each of the two roundings; the second filter makes a little more of the first one's, and
            // what overshoots is cut off between the two.
            let tolerance = filter == .bilinear ? 1.02 : 40
            #expect(zip(found.pixelsHWC, expected).allSatisfy { abs(Double($0) - $1) <= tolerance })
        }
    }

    @Test func anImageOfItsOwnSizeStaysAsItIs() {
        var random = SplitMix64(seed: 3)
        let image = noise(9, 7, using: &random)
        for filter in ResizeFilter.allCases {
            #expect(image.resized(width: 9, height: 7, filter: filter) == image)
        }
    }

    @Test func aBoxInWholePixelsSeesBeyondItAndACropDoesNot() {
        var image = Image(width: 8, height: 1)
        image[6, 0] = RGB(255, 255, 255)
        let box = PixelBox(x0: 0, y0: 0, x1: 6, y1: 1)
        #expect(image.resized(width: 3, height: 1, box: box)[2, 0] != RGB(0, 0, 0))
        let crop = image.cropped(to: PixelRect(x: 0, y: 0, width: 6, height: 1))
        #expect(crop.resized(width: 3, height: 1)[2, 0] == RGB(0, 0, 0))
    }

    @Test func aResamplerGoesFromSizeToSize() {
        var random = SplitMix64(seed: 5)
        var resampler = Resampler()
        for _ in 0..<10 {
            let image = noise(
                .random(in: 1...30, using: &random), .random(in: 1...30, using: &random), using: &random)
            let (width, height) = (
                Int.random(in: 1...30, using: &random), Int.random(in: 1...30, using: &random)
            )
            var pixels = [UInt8](repeating: 7, count: width * height * 3)
            var span = pixels.mutableSpan
            resampler.resize(
                image.pixelsHWC.span, sourceWidth: image.width, sourceHeight: image.height,
                box: PixelBox(image.bounds), width: width, height: height, into: &span)
            #expect(pixels == image.resized(width: width, height: height).pixelsHWC)
        }
    }

    /// Sizes of all kinds, and memory that ends where the image does.
    @Test(arguments: UInt64(0)..<40) func theFastLoopsGiveTheBytesOfThePlainOnes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let image = noise(
            .random(in: 1...90, using: &random), .random(in: 1...40, using: &random), using: &random)
        let (width, height) = (Int.random(in: 1...90, using: &random), Int.random(in: 1...40, using: &random))
        for filter in ResizeFilter.allCases {
            var pixels = [UInt8](repeating: 7, count: width * height * 3)
            var span = pixels.mutableSpan
            var resampler = Resampler(filter: filter, isPlain: true)
            resampler.resize(
                image.pixelsHWC.span, sourceWidth: image.width, sourceHeight: image.height,
                box: PixelBox(image.bounds), width: width, height: height, into: &span)
            #expect(pixels == image.resized(width: width, height: height, filter: filter).pixelsHWC)
        }
    }
}
