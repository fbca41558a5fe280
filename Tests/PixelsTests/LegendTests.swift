import Pixels
import Testing

@Suite struct LegendTests {
    private static let ground = RGB(1, 2, 3)
    private let red = BoxMark(color: RGB(220, 0, 0))
    private let green = BoxMark(color: RGB(0, 250, 0), line: .dashed, shape: .crossed)

    private func picture(of legend: Legend, margin: Int) -> Image {
        let (width, height) = legend.size
        var image = Image(width: width + 2 * margin, height: height + 2 * margin)
        image.fill(image.bounds, color: Self.ground)
        image.draw(legend, x: margin, y: margin)
        return image
    }

    @Test(arguments: 1...3) func fillsItsSizeAndNothingElse(scale: Int) {
        let legend = Legend(
            rows: [
                [.init(mark: red, text: "car: 12"), .init(mark: green, text: "7 hits")],
                [.init(mark: nil, text: "and 3 more classes")],
            ], scale: scale)
        let image = picture(of: legend, margin: 5)
        let inside = PixelRect(x: 5, y: 5, width: legend.size.width, height: legend.size.height)
        for y in 0..<image.height {
            let drawn = (0..<image.width).filter { image[$0, y] != Self.ground }
            #expect(drawn == (inside.y0..<inside.y1 ~= y ? Array(inside.x0..<inside.x1) : []))
        }
    }

    @Test func showsTheMarksAsTheyAreDrawn() {
        let image = picture(
            of: Legend(rows: [[.init(mark: red, text: "")], [.init(mark: green, text: "")]]), margin: 0)
        var swatch = Image(width: 11, height: 11)
        for (index, mark) in [red, green].enumerated() {
            swatch.fill(swatch.bounds, color: RGB(255, 255, 255))
            swatch.draw(mark, around: PixelRect(x: 1, y: 1, width: 9, height: 9), lineWidth: 1)
            #expect(image.cropped(to: PixelRect(x: 5, y: 5 + 15 * index, width: 11, height: 11)) == swatch)
        }
    }

    @Test func entriesStandBelowEachOther() {
        let rows = [["a", "b"], ["a longer text", "b"]].map { row in
            row.map { Legend.Entry(mark: red, text: $0) }
        }
        let image = picture(of: Legend(rows: rows), margin: 0)
        func columns(y: Int) -> [Int] { (0..<image.width).filter { image[$0, y] == red.color } }
        #expect(columns(y: 6) == columns(y: 21))
        #expect(columns(y: 6).count == 2 * 9)
    }

    @Test func withoutRowsItIsNotDrawn() {
        var image = Image(width: 50, height: 50)
        image.draw(Legend(rows: []), x: 5, y: 5)
        #expect(image == Image(width: 50, height: 50))
    }
}
