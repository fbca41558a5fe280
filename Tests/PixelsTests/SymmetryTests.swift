import Pixels
import Testing

@Suite struct SymmetryTests {
    /// 5 x 3 pixels, each of its own colour.
    private let image = Image(width: 5, height: 3, pixelsHWC: (0..<45).map { UInt8($0) })

    /// Pixel by pixel.
    private func mirrored(_ image: Image) -> Image {
        var result = Image(width: image.width, height: image.height)
        for y in 0..<image.height {
            for x in 0..<image.width { result[image.width - 1 - x, y] = image[x, y] }
        }
        return result
    }

    /// A quarter clockwise, pixel by pixel: the top row becomes the right column.
    private func turned(_ image: Image) -> Image {
        var result = Image(width: image.height, height: image.width)
        for y in 0..<image.height {
            for x in 0..<image.width { result[image.height - 1 - y, x] = image[x, y] }
        }
        return result
    }

    private func plainly(_ image: Image, _ symmetry: Symmetry) -> Image {
        var result = symmetry.isMirrored ? mirrored(image) : image
        for _ in 0..<symmetry.quarterTurns { result = turned(result) }
        return result
    }

    @Test(arguments: Symmetry.all) func agreesWithThePlainVersion(symmetry: Symmetry) {
        let result = image.transformed(by: symmetry)
        #expect(result == plainly(image, symmetry))
        #expect((result.width, result.height) == (symmetry.swapsSides ? (3, 5) : (5, 3)))
    }

    @Test func thereAreEightAndTheFirstChangesNothing() {
        #expect(Symmetry.all.count == 8 && Symmetry.all[0] == .identity)
        #expect(Set(Symmetry.all.map { image.transformed(by: $0) }).count == 8)
        #expect(image.transformed(by: .identity) == image)
    }

    @Test(arguments: Symmetry.all) func aPartGoesWhereItsPixelsGo(symmetry: Symmetry) {
        let result = image.transformed(by: symmetry)
        for rect in [
            PixelRect(x: 0, y: 0, width: 5, height: 3), PixelRect(x: 1, y: 0, width: 2, height: 2),
            PixelRect(x: 4, y: 2, width: 1, height: 1), PixelRect(x: 0, y: 1, width: 3, height: 2),
        ] {
            let place = symmetry.place(of: rect, width: 5, height: 3)
            #expect(result.cropped(to: place) == image.cropped(to: rect).transformed(by: symmetry))
        }
    }
}
