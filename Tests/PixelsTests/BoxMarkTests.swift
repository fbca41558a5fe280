import Pixels
import Testing

@Suite struct BoxMarkTests {
    private static let ground = RGB(100, 110, 120)
    private let red = RGB(220, 20, 20)
    private let black = RGB(0, 0, 0)
    private let white = RGB(255, 255, 255)
    private let yellow = RGB(250, 230, 0)

    private func picture(_ mark: BoxMark, around box: PixelRect, lineWidth: Int, side: Int = 60) -> Image {
        var image = Image(width: side, height: side)
        image.fill(image.bounds, color: Self.ground)
        image.draw(mark, around: box, lineWidth: lineWidth)
        return image
    }

    @Test func aFrameLiesInTheBoxAndItsCasingAround() {
        let box = PixelRect(x: 10, y: 12, width: 30, height: 20)
        var expected = Image(width: 60, height: 60)
        expected.fill(expected.bounds, color: Self.ground)
        expected.stroke(box.inset(by: -1), lineWidth: 1, color: white)
        expected.stroke(box, lineWidth: 3, color: red)
        #expect(picture(BoxMark(color: red), around: box, lineWidth: 3) == expected)
    }

    @Test func lightColoursHaveADarkCasingAndDarkOnesALightOne() {
        #expect(BoxMark(color: red).casing == white)
        #expect(BoxMark(color: yellow).casing == black)
    }

    @Test(arguments: 1...4, [5, 8, 17, 32, 100])
    func dashesReachTheCornersAndHaveTheCasingBetweenThem(lineWidth: Int, side: Int) {
        let length = max(side, BoxMark.smallestSide * lineWidth)
        let box = PixelRect(x: 10, y: 10, width: length, height: length)
        let image = picture(
            BoxMark(color: yellow, line: .dashed), around: box, lineWidth: lineWidth, side: 120)
        let border = (box.x0..<box.x1).map { image[$0, box.y0] }
        #expect(border.first == yellow && border.last == yellow)
        #expect(Set(border) == [yellow, black])
        let dashCount = zip([black] + border, border).count { $0 == black && $1 == yellow }
        #expect(dashCount >= 3)
        #expect(2 * border.count { $0 == yellow } > length)
        for other in [box.y1 - 1, box.y0 + lineWidth - 1] {
            #expect((box.x0..<box.x1).map { image[$0, other] } == border)
        }
        #expect((box.y0..<box.y1).map { image[box.x0, $0] } == border)
        #expect((box.y0..<box.y1).map { image[box.x1 - 1, $0] } == border)
        // The casing goes around without a gap.
        #expect((box.x0..<box.x1).allSatisfy { image[$0, box.y0 - 1] == black })
    }

    @Test(arguments: [BoxMark.Line.solid, .dashed]) func cornersLeaveTheMiddleOfEachSideFree(
        line: BoxMark.Line
    ) {
        let box = PixelRect(x: 10, y: 10, width: 30, height: 30)
        let image = picture(
            BoxMark(color: yellow, line: line, shape: .corners), around: box, lineWidth: 2)
        for (x, y) in [(10, 10), (39, 10), (10, 39), (39, 39)] { #expect(image[x, y] == yellow) }
        for middle in 22..<28 {
            for edge in [9, 10, 11, 38, 39, 40] {
                #expect(image[middle, edge] == Self.ground)
                #expect(image[edge, middle] == Self.ground)
            }
        }
    }

    @Test func aCrossedBoxHasBothDiagonalsAndASlashedOneTheRisingOne() {
        let box = PixelRect(x: 10, y: 10, width: 40, height: 40)
        let crossed = picture(BoxMark(color: red, shape: .crossed), around: box, lineWidth: 2)
        let slashed = picture(BoxMark(color: red, shape: .slashed), around: box, lineWidth: 2)
        for place in 15..<25 {
            #expect(crossed[place, place] == red && crossed[place, 59 - place] == red)
            #expect(slashed[place, place] == Self.ground && slashed[place, 59 - place] == red)
            #expect(crossed[place, 30] == Self.ground)
        }
    }

    /// By the places of line and casing alone, as someone sees it who sees no colours.
    @Test(arguments: 1...4) func smallBoxesAreToldApartByTheirShapes(lineWidth: Int) {
        let box = PixelRect(x: 30, y: 30, width: 1, height: 1)
        let pictures = BoxMark.Shape.allCases.flatMap { shape in
            [BoxMark.Line.solid, .dashed].map { line in
                picture(
                    BoxMark(color: yellow, line: line, shape: shape), around: box, lineWidth: lineWidth)
            }
        }
        #expect(Set(pictures).count == 8)
    }

    @Test func aBoxTooSmallToSeeGrowsAroundItsCentre() {
        let mark = BoxMark(color: red, shape: .corners)
        let small = picture(mark, around: PixelRect(x: 30, y: 30, width: 2, height: 4), lineWidth: 2)
        let grown = picture(mark, around: PixelRect(x: 26, y: 27, width: 10, height: 10), lineWidth: 2)
        #expect(small == grown)
    }

    @Test(arguments: BoxMark.Shape.allCases) func partsShowTheSameAsTheWhole(shape: BoxMark.Shape) {
        let mark = BoxMark(color: yellow, line: .dashed, shape: shape)
        let box = PixelRect(x: 7, y: 3, width: 41, height: 50)
        let whole = picture(mark, around: box, lineWidth: 3)
        var parts = Image(width: 60, height: 60)
        for y in stride(from: 0, to: 60, by: 13) {
            var part = Image(width: 60, height: 13)
            part.fill(part.bounds, color: Self.ground)
            part.draw(
                mark, around: PixelRect(x: 7, y: 3 - y, width: 41, height: 50), lineWidth: 3)
            parts.paste(part, x: 0, y: y)
        }
        #expect(parts == whole)
    }

    @Test func aBoxAsLargeAsAnySceneIsDrawnAtOnce() {
        let mark = BoxMark(color: yellow, line: .dashed, shape: .crossed)
        let side = 1 << 30
        let strokes = mark.strokes(
            around: PixelRect(x: -side / 2, y: 0, width: side, height: side), lineWidth: 1)
        #expect(strokes.count < 4000)
        _ = picture(mark, around: PixelRect(x: -side / 2, y: 5, width: side, height: side), lineWidth: 1)
    }
}
