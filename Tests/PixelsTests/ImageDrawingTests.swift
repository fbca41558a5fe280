import Pixels
import Testing

@Suite struct ImageDrawingTests {
    let red = RGB(255, 0, 0)

    @Test func fillColoursTheRectangleAndNothingElse() {
        var image = Image(width: 7, height: 5)
        let rect = PixelRect(x0: 2, y0: 1, x1: 9, y1: 3)
        image.fill(rect, color: red)
        #expect(image.inked(red) == pixels(of: PixelRect(x0: 2, y0: 1, x1: 7, y1: 3)))
    }

    @Test func fillOutsideTheImageDoesNothing() {
        var image = Image(width: 7, height: 5)
        image.fill(PixelRect(x: -3, y: 0, width: 3, height: 3), color: red)
        #expect(image == Image(width: 7, height: 5))
    }

    @Test(arguments: 1...2) func strokeColoursTheBorderOnly(lineWidth: Int) {
        var image = Image(width: 12, height: 11)
        let rect = PixelRect(x: 2, y: 1, width: 8, height: 9)
        image.stroke(rect, lineWidth: lineWidth, color: red)
        let inner = PixelRect(
            x0: rect.x0 + lineWidth, y0: rect.y0 + lineWidth,
            x1: rect.x1 - lineWidth, y1: rect.y1 - lineWidth)
        #expect(image.inked(red) == pixels(of: rect).subtracting(pixels(of: inner)))
    }

    @Test func strokeOfARectangleNarrowerThanTwoLinesFillsIt() {
        var image = Image(width: 12, height: 11)
        let rect = PixelRect(x: 2, y: 1, width: 4, height: 9)
        image.stroke(rect, lineWidth: 2, color: red)
        #expect(image.inked(red) == pixels(of: rect))
    }

    @Test func strokeAcrossTheEdgeDrawsTheSidesThatAreInside() {
        var image = Image(width: 6, height: 6)
        image.stroke(PixelRect(x0: -4, y0: -4, x1: 4, y1: 4), lineWidth: 1, color: red)
        let corner = Set((0..<4).flatMap { [Pixel(x: 3, y: $0), Pixel(x: $0, y: 3)] })
        #expect(image.inked(red) == corner)
    }

    @Test(arguments: 1...3) func enlargingMakesSquaresOfPixels(factor: Int) {
        let small = Image(width: 3, height: 2, pixelsHWC: (0..<18).map { UInt8($0) })
        let large = small.enlarged(by: factor)
        #expect((large.width, large.height) == (3 * factor, 2 * factor))
        for y in 0..<large.height {
            for x in 0..<large.width { #expect(large[x, y] == small[x / factor, y / factor]) }
        }
    }
}

private struct Pixel: Hashable {
    var x: Int
    var y: Int
}

private func pixels(of rect: PixelRect) -> Set<Pixel> {
    Set((rect.y0..<rect.y1).flatMap { y in (rect.x0..<rect.x1).map { Pixel(x: $0, y: y) } })
}

extension Image {
    fileprivate func inked(_ color: RGB) -> Set<Pixel> {
        pixels(of: bounds).filter { self[$0.x, $0.y] == color }
    }
}
