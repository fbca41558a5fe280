import Pixels
import Testing

@Suite struct ImageDrawingTests {
    let red = RGB(255, 0, 0)

    @Test(arguments: [
        ("Grünfläche", "Grunflache", true), ("Straße", "Strasse", true), ("ÆRØ", "AERO", true),
        ("Łódź", "Lodz", true),
        ("Cafe\u{301}", "Cafe", true), ("Дом", "Dom", true), ("съезд", "sezd", true), ("家 2", "? 2", false),
        ("a~Z", "a~Z", true),
    ]) func lettersThatTheFontLacksAreWrittenByOthers(text: String, written: String, isWhole: Bool) {
        func drawn(_ text: String) -> Image {
            var image = Image(width: 90, height: 12)
            image.draw(text, x: 1, y: 1, color: red)
            return image
        }
        #expect(drawn(text) == drawn(written))
        #expect(Image.textSize(text) == Image.textSize(written))
        #expect(Image.canWrite(text) == isWhole)
    }

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

    @Test func drawsALetterDotByDot() {
        var image = Image(width: 5, height: 9)
        image.draw("T", x: 0, y: 0, color: red)
        let bar = (0..<5).map { Pixel(x: $0, y: 0) }
        let stem = (1..<7).map { Pixel(x: 2, y: $0) }
        #expect(image.inked(red) == Set(bar + stem))
    }

    @Test func textStaysWithinItsSizeAtEveryScale() {
        let text = "Agj_(,;Qy|"
        for scale in 1...3 {
            let (width, height) = Image.textSize(text, scale: scale)
            var tight = Image(width: width, height: height)
            var roomy = Image(width: width + 40, height: height + 40)
            tight.draw(text, x: 0, y: 0, scale: scale, color: red)
            roomy.draw(text, x: 20, y: 20, scale: scale, color: red)
            let shifted = Set(tight.inked(red).map { Pixel(x: $0.x + 20, y: $0.y + 20) })
            #expect(roomy.inked(red) == shifted)
        }
    }

    @Test func everyPrintableCharacterLooksDifferent() {
        let pictures = (UInt8(32)...126).map { code in
            var image = Image(width: 5, height: 9)
            image.draw(String(UnicodeScalar(code)), x: 0, y: 0, color: red)
            return image
        }
        #expect(Set(pictures).count == 95)
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
