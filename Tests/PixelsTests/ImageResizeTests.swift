import Bytes
import Pixels
import Testing

/// The definition: each source pixel counts by the area that it shares with the result's pixel.
private func plainDownscaled(_ image: Image, width: Int, height: Int) -> Image {
    var result = Image(width: width, height: height)
    func overlap(_ source: Int, _ sourceCount: Int, _ target: Int, _ count: Int) -> Double {
        let (start, end) = (Double(source * count), Double((source + 1) * count))
        return max(0, min(end, Double((target + 1) * sourceCount)) - max(start, Double(target * sourceCount)))
            / Double(sourceCount)
    }
    for y in 0..<height {
        for x in 0..<width {
            var sums = [0.5, 0.5, 0.5]
            for row in 0..<image.height {
                for column in 0..<image.width {
                    let weight =
                        overlap(row, image.height, y, height) * overlap(column, image.width, x, width)
                    let colour = image[column, row]
                    sums[0] += weight * Double(colour.red)
                    sums[1] += weight * Double(colour.green)
                    sums[2] += weight * Double(colour.blue)
                }
            }
            result[x, y] = RGB(UInt8(sums[0]), UInt8(sums[1]), UInt8(sums[2]))
        }
    }
    return result
}

private func noise(_ width: Int, _ height: Int, seed: UInt64) -> Image {
    var random = SplitMix64(seed: seed)
    return Image(
        width: width, height: height,
        pixelsHWC: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
}

@Test(arguments: [(7, 5), (20, 13), (19, 12), (1, 1), (20, 1), (3, 13)])
func downscalesByTheSharedArea(width: Int, height: Int) {
    let image = noise(20, 13, seed: 2)
    let expected = plainDownscaled(image, width: width, height: height)
    let found = image.downscaled(width: width, height: height)
    // A sum that ends at one half may be rounded either way.
    let differences = zip(found.pixelsHWC, expected.pixelsHWC).map { abs(Int($0) - Int($1)) }
    #expect((differences.max() ?? 255) <= 1)
    #expect(differences.filter { $0 > 0 }.count <= 2)
}

@Test(arguments: [1, 4, 9]) func addingBlockByBlockGivesTheSame(side: Int) {
    let image = noise(23, 17, seed: 6)
    var average = AreaAverage(sourceWidth: 23, sourceHeight: 17, width: 6, height: 5)
    for y in stride(from: 0, to: 17, by: side) {
        average.finishRows(aboveSource: y)
        for x in stride(from: 0, to: 23, by: side) {
            let block = PixelRect(x0: x, y0: y, x1: min(23, x + side), y1: min(17, y + side))
            average.add(image.cropped(to: block), x: x, y: y)
        }
    }
    let whole = image.downscaled(width: 6, height: 5)
    let differences = zip(average.image.pixelsHWC, whole.pixelsHWC).map { abs(Int($0) - Int($1)) }
    #expect((differences.max() ?? 255) <= 1)
}

@Test func aFlatImageStaysFlat() {
    let image = Image(width: 1000, height: 999, pixelsHWC: [UInt8](repeating: 201, count: 999 * 3000))
    #expect(image.downscaled(width: 7, height: 3).pixelsHWC.allSatisfy { $0 == 201 })
}

@Test func fitsARectangleIntoASquare() {
    let rect = PixelRect(x: 5, y: 5, width: 25_600, height: 38_144)
    #expect(rect.sizeFitting(maxSide: 1000) == (671, 1000))
    #expect(rect.sizeFitting(maxSide: 50_000) == (25_600, 38_144))
    #expect(PixelRect(x: 0, y: 0, width: 1, height: 5000).sizeFitting(maxSide: 10) == (1, 10))
}
