import Bytes
import Pixels
import Testing

@Suite struct ScaledPartTests {
    private func noise(_ width: Int, _ height: Int, _ random: inout SplitMix64) -> Image {
        Image(
            width: width, height: height,
            pixelsHWC: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private func scaled(_ image: Image, _ rect: PixelRect, _ stepX: Double, _ stepY: Double) -> Image {
        let part = ScaledPart(
            rect, stepX: stepX, stepY: stepY, sourceWidth: image.width, sourceHeight: image.height)
        return part.resized(image.cropped(to: part.source))
    }

    @Test(arguments: UInt64(0)..<60) func allWaysToCutAPictureGiveTheSameBytes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let image = noise(.random(in: 9...70, using: &random), .random(in: 9...70, using: &random), &random)
        let steps = (0..<2).map { _ in Double.random(in: 0.3...4, using: &random) }
        let width = max(1, Int(Double(image.width) / steps[0]))
        let height = max(1, Int(Double(image.height) / steps[1]))
        let whole = scaled(
            image, PixelRect(x: 0, y: 0, width: width, height: height), steps[0], steps[1])
        for _ in 0..<5 {
            let (x, y) = (
                Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random)
            )
            let rect = PixelRect(
                x0: x, y0: y, x1: .random(in: x + 1...width, using: &random),
                y1: .random(in: y + 1...height, using: &random))
            #expect(scaled(image, rect, steps[0], steps[1]) == whole.cropped(to: rect))
        }
    }

    @Test(arguments: [1, 2, 3, 4, 0.5]) func aWholePictureIsWhatAResizeMakesOfIt(step: Double) {
        var random = SplitMix64(seed: 3)
        let image = noise(48, 24, &random)
        let (width, height) = (Int(48 / step), Int(24 / step))
        let whole = scaled(image, PixelRect(x: 0, y: 0, width: width, height: height), step, step)
        #expect(whole == image.resized(width: width, height: height))
    }
}
