import Bytes
import Files
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct ScaleStackTests {
    @Test(arguments: UInt64(0)..<50) func windowsOfAScaleSeeNothingOfAnother(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (width, height) = (
            Int.random(in: 4...300, using: &random), Int.random(in: 4...300, using: &random)
        )
        let factors: [Double] = [1, 0.5, 0.3, 2].shuffled(using: &random).prefix(Int(2 + seed % 3)).map { $0 }
        let (side, stride) = (Int.random(in: 1...40, using: &random), Int.random(in: 1...50, using: &random))
        let stack = ScaleStack(
            factors.map { SceneScale(x: $0, y: $0, fullWidth: width, fullHeight: height) }, windowSize: side,
            stride: stride)
        let levels = stack.levels
        #expect(levels.map(\.scale) == stack.scales)
        for (number, level) in levels.enumerated() {
            #expect(level.place.width == level.scale.width && level.place.height == level.scale.height)
            #expect(level.place.x0 == 0 && level.place.y0 == level.rows.lowerBound * stride)
            // Every pixel of the scene is in a window, unless the stride is larger than a window.
            let end = (level.rows.upperBound - 1) * stride + side
            let right = (level.columns.upperBound - 1) * stride + side
            #expect(stride > side || (end >= level.place.y1 && right >= level.place.x1))
            // Each window sees something.
            #expect(end - side < level.place.y1 && right - side < level.place.x1)
            #expect(end <= stack.height)
            // A row at least lies between, whose windows are none.
            guard number > 0 else { continue }
            let above = levels[number - 1]
            #expect(level.rows.lowerBound > above.rows.upperBound)
            #expect(level.place.y0 >= (above.rows.upperBound - 1) * stride + side)
        }
        #expect(stride > side || stack.width >= levels.map(\.place.width).max() ?? 0)
    }

    @Test func boxesAreInPixelsOfTheWholeScene() {
        let stack = ScaleStack(
            [1, 0.5].map { SceneScale(x: $0, y: $0, fullWidth: 64, fullHeight: 48) }, windowSize: 16,
            stride: 8)
        // 48 rows are 5 rows of windows; one row lies between.
        #expect(
            stack.levels[1].rows == 6..<8
                && stack.levels[1].place == PixelRect(x: 0, y: 48, width: 32, height: 24))
        let first = PixelRect(x: 8, y: 16, width: 16, height: 16)
        #expect(stack.levels.full(first) == first)
        #expect(
            stack.levels.full(PixelRect(x: 8, y: 56, width: 16, height: 16))
                == PixelRect(x: 16, y: 16, width: 32, height: 32))
        // What reaches beyond the scene is cut.
        #expect(
            stack.levels.full(PixelRect(x: 24, y: 64, width: 16, height: 16))
                == PixelRect(x0: 48, y0: 32, x1: 64, y1: 48))
    }

    @Test func partsHaveThePixelsOfEachScale() throws {
        let folder = try TemporaryFolder()
        let image = Image.noise(width: 75, height: 52, seed: 9)
        try image.writePNG(to: .replacing(folder.file("scene.png")))
        let address = Address(folder.file("scene.png"))
        var request = SceneViewRequest(
            scales: [.factor(1), .factor(0.5), .factor(1)], windowSize: 16, stride: 8)
        request.fill = RGB(1, 2, 3)
        let view = try #require(try SceneView.resolve(request, for: address).view)
        let stack = try #require(view.stack)
        // The second 1 is the first one again.
        #expect(stack.scales.count == 2 && view.fill == RGB(1, 2, 3))
        let scene = try Scene(opening: address, view: view)
        #expect(scene.width == stack.width && scene.height == stack.height)
        var half = request
        half.scales = [.factor(0.5)]
        let small = try Scene(opening: address, view: SceneView.resolve(half, for: address).view).open()
        var expected = Image(width: stack.width, height: stack.height)
        expected.fill(expected.bounds, color: RGB(1, 2, 3))
        // 75x52 pixels, and 37x26, go on as their mirror images to the end of the last window.
        func paste(_ image: Image, _ y: Int, _ width: Int, _ height: Int) {
            for row in 0..<height {
                for column in 0..<width {
                    expected[column, y + row] =
                        image[
                            column < image.width ? column : 2 * image.width - 1 - column,
                            row < image.height ? row : 2 * image.height - 1 - row]
                }
            }
        }
        paste(image, 0, 80, 56)
        paste(try small.read(small.bounds), stack.levels[1].place.y0, 40, 32)
        var reader = try LevelsReader(scene)
        var random = SplitMix64(seed: 5)
        for _ in 0..<30 {
            let (x, y) = (
                Int.random(in: 0..<scene.width, using: &random),
                Int.random(in: 0..<scene.height, using: &random)
            )
            let part = PixelRect(
                x0: x, y0: y, x1: .random(in: x + 1...scene.width, using: &random),
                y1: .random(in: y + 1...scene.height, using: &random))
            let read = try reader.read(part, cancellation: Cancellation())
            #expect(read.lost.isEmpty && read.pixels.image == expected.cropped(to: part), "\(part)")
        }
        #expect(try scene.openAtFullSize().width == 75)
    }

    @Test func wholeRowsOfTheSceneAreWholeRowsOfAllScales() throws {
        let folder = try TemporaryFolder()
        try Image.noise(width: 75, height: 52, seed: 9).writePNG(to: .replacing(folder.file("scene.png")))
        let address = Address(folder.file("scene.png"))
        let request = SceneViewRequest(
            scales: [.factor(0.5), .factor(1)], windowSize: 16, stride: 8)
        let scene = try Scene(opening: address, view: SceneView.resolve(request, for: address).view)
        #expect(scene.width == 80 && scene.storedBlock.width >= scene.width && !scene.isReadInPlace)
    }

    @Test func tooManyScalesAreRefused() throws {
        let folder = try TemporaryFolder()
        try Image(width: 1, height: 20).writePNG(to: .replacing(folder.file("scene.png")))
        let many = SceneViewRequest(
            scales: (1...17).map { .factor(Double($0)) }, windowSize: 16, stride: 8)
        #expect { try SceneView.resolve(many, for: Address(folder.file("scene.png"))) } throws: {
            "\($0)".contains("17 scales")
        }
    }
}
