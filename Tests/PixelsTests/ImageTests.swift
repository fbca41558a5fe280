import Pixels
import Testing

@Suite struct ImageTests {
    /// Each pixel tells where it is: red its column, green its row.
    let image = {
        var image = Image(width: 6, height: 4)
        for y in 0..<4 { for x in 0..<6 { image[x, y] = RGB(UInt8(x), UInt8(y), 200) } }
        return image
    }()

    @Test func pixelsLieRowByRowInRedGreenBlue() {
        #expect(Array(image.pixelsHWC[(2 * 6 + 5) * 3..<(2 * 6 + 6) * 3]) == [5, 2, 200])
    }

    @Test func aCropHoldsItsPixels() {
        let crop = image.cropped(to: PixelRect(x: 2, y: 1, width: 3, height: 2))
        #expect((crop.width, crop.height) == (3, 2))
        #expect(crop[0, 0] == RGB(2, 1, 200))
        #expect(crop[2, 1] == RGB(4, 2, 200))
    }

    @Test func aCropPastedBackChangesNothing() {
        let rect = PixelRect(x: 1, y: 1, width: 4, height: 3)
        var copy = image
        copy.paste(image.cropped(to: rect), x: rect.x0, y: rect.y0)
        #expect(copy == image)
    }

    @Test(arguments: [(-2, -1), (4, 2), (-9, 0), (6, 0), (-1, -1), (0, 4)])
    func pasteCutsOffWhatFallsOutside(x: Int, y: Int) {
        var canvas = Image(width: 6, height: 4)
        canvas.paste(image, x: x, y: y)
        for row in 0..<4 {
            for column in 0..<6 {
                let inside = (0..<6).contains(column - x) && (0..<4).contains(row - y)
                #expect(canvas[column, row] == (inside ? image[column - x, row - y] : RGB(0, 0, 0)))
            }
        }
    }
}
