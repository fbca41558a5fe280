import Figures
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct FigureTests {
    private let black = Paint.fixed(RGB(0, 0, 0))

    private func figure(_ text: String, size: Int = 20) -> Figure {
        var figure = Figure(width: 200, height: 40, summary: "a text")
        figure.write(text, x: 10, y: 20, size: size, black)
        return figure
    }

    /// Pixels that are darker than half.
    private func ink(_ image: Image, in rect: PixelRect? = nil) -> Int {
        let rect = rect ?? image.bounds
        return (rect.y0..<rect.y1).reduce(0) { sum, y in
            sum + (rect.x0..<rect.x1).count { image[$0, y].green < 128 }
        }
    }

    @Test func fillsStandWhereTheyAreToAPixel() throws {
        var figure = Figure(width: 30, height: 20, summary: "")
        figure.fill(x0: 3, y0: 4, x1: 9, y1: 11, .fixed(RGB(1, 2, 3)))
        let image = try figure.image()
        for y in 0..<20 {
            for x in 0..<30 {
                let isInside = (3..<9).contains(x) && (4..<11).contains(y)
                #expect(image[x, y] == (isInside ? RGB(1, 2, 3) : RGB(255, 255, 255)))
            }
        }
    }

    @Test(arguments: [1, 3]) func picturesHaveTheirColoursExactly(scale: Int) throws {
        let small = Image(width: 5, height: 4, pixelsHWC: (0..<60).map { UInt8($0 * 4) })
        var figure = Figure(width: 40, height: 30, summary: "")
        figure.add(.image(small, x: 7, y: 2, scale: scale))
        let part = PixelRect(x: 7, y: 2, width: 5 * scale, height: 4 * scale)
        #expect(try figure.image().cropped(to: part) == small.enlarged(by: scale))
    }

    @Test(.enabled(if: Lettering.hasFonts, "needs a font"))
    func textsHaveInkInTheirSizeAndBesideIt() throws {
        let image = try figure("Hamburg").image()
        let width = textWidth("Hamburg", size: 20)
        #expect(ink(image) > 100)
        #expect(ink(image, in: PixelRect(x: 9, y: 6, width: width + 2, height: 30)) == ink(image))
        var upwards = Figure(width: 40, height: 200, summary: "")
        upwards.write("Hamburg", x: 20, y: 190, size: 20, direction: .upwards, black)
        #expect(try ink(upwards.image()) > 100)
    }

    @Test(
        .enabled(if: Lettering.hasFonts, "needs a font"),
        arguments: ["Grün", "γάτα", "Дом", "ship & boat", "<svg onload='x'>", "]]>", "&amp;"])
    func namesAreWrittenAsTheyAre(name: String) throws {
        let drawn = try figure(name).image()
        #expect(ink(drawn) > 20)
        #expect(try figure(name.uppercased() + "?").image() != drawn)
        let svg = try figure(name).svg().text
        #expect(svg.components(separatedBy: "<text").count == 2 && !svg.contains("<svg onload"))
    }

    /// A character without a letter, and others that need none.
    @Test(.enabled(if: Lettering.hasFonts, "needs a font")) func tellsWhatNoFontHas() throws {
        let unknown = "\u{E123}\u{10FFFD}"
        #expect(Lettering.canWrite("car, γάτα\u{FE0F} 1"))
        #expect(!Lettering.canWrite(unknown))
        _ = try figure(unknown).image()
        #expect(try #require(Lettering.shortcoming).contains("\u{E123} \u{10FFFD}"))
    }

    @Test func theSameFigureHasTheSameBytes() throws {
        let sheet = FigureGrid([figure("a"), figure("b")], keys: [.init(name: "IoU", paint: .series(1))])
        #expect(try sheet.figure.svg().text == sheet.figure.svg().text)
        #expect(try sheet.figure.image().pngData() == sheet.figure.image().pngData())
    }

    @Test func aPageGivesTheColours() throws {
        var figure = Figure(width: 10, height: 10, summary: "a < b")
        for paint in [Paint.ink, .soft, .rule, .series(0), .series(8)] {
            figure.fill(x0: 0, y0: 0, x1: 5, y1: 5, paint)
        }
        let (page, file) = (try figure.svg(.page).text, try figure.svg().text)
        for name in ["ink", "soft", "line", "series0", "series1"] { #expect(page.contains("var(--\(name))")) }
        #expect(!page.contains("#") && !file.contains("var("))
        #expect(page.contains("aria-label=\"a &lt; b\""))
    }

    @Test func nothingIsLoadedFromElsewhere() throws {
        let folder = try TemporaryFolder()
        var red = Image(width: 4, height: 4)
        red.fill(red.bounds, color: RGB(255, 0, 0))
        try red.writePNG(to: .replacing(folder.file("red.png")))
        for address in ["file://" + folder.file("red.png"), folder.file("red.png"), "red.png"] {
            let svg = """
                <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="8" height="8">
                <image href="\(address)" xlink:href="\(address)" width="8" height="8"/></svg>
                """
            let image = try SVGDrawing(svg).image(width: 8, height: 8)
            #expect(image == Image(width: 8, height: 8))
        }
    }

    @Test(arguments: ["", "<svg", "no svg", "<html/>"]) func whatIsNoSVGIsAnError(text: String) {
        #expect(throws: FigureError.self) { try SVGDrawing(text).image(width: 8, height: 8) }
    }

    @Test func aFigureThatIsTooLargeIsAnError() {
        let error = #expect(throws: FigureError.self) {
            try SVGDrawing("<svg xmlns=\"http://www.w3.org/2000/svg\"/>").image(width: 40_000, height: 1)
        }
        #expect(error?.code == .tooLarge)
    }
}

@Suite struct TextWidthTests {
    @Test func growsWithTextAndSize() {
        #expect(textWidth("", size: 12) == 0)
        #expect(textWidth("iii", size: 10) < textWidth("mmm", size: 10))
        #expect(textWidth("abc", size: 20) == 2 * textWidth("abc", size: 10))
        // A Chinese character is as wide as it is high; a mark stands over its letter.
        #expect(textWidth("汽车", size: 10) == 20)
        #expect(textWidth("e\u{301}", size: 100) == textWidth("e", size: 100))
    }

    @Test func whatIsTooLongEndsInDots() {
        #expect(shortened("abcdef", to: 6) == "abcdef")
        #expect(shortened("abcdefg", to: 6) == "abcde…")
    }
}
