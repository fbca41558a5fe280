import Figures
import Files
import Pixels
import Testing

@Suite struct LegendTests {
    private let red = BoxMark(color: RGB(220, 0, 0))
    private let green = BoxMark(color: RGB(0, 250, 0), line: .dashed, shape: .crossed)

    @Test(arguments: 1...3) func hasAFrameAroundAllOfIt(scale: Int) throws {
        let legend = Legend(
            rows: [
                [.init(mark: red, text: "car: 12"), .init(mark: green, text: "7 hits")],
                [.init(mark: nil, text: "and 3 more classes")],
            ], scale: scale)
        let image = try legend.figure.image()
        let inner = image.bounds.inset(by: scale)
        for y in 0..<image.height {
            for x in 0..<image.width where !inner.contains(PixelRect(x: x, y: y, width: 1, height: 1)) {
                #expect(image[x, y] == RGB(40, 40, 40))
            }
        }
        #expect(image[scale, scale] == RGB(255, 255, 255))
    }

    @Test func showsTheMarksAsTheyAreDrawnOnPictures() throws {
        let image = try Legend(rows: [[.init(mark: red, text: "")]]).figure.image()
        var swatch = Image(width: 11, height: 11)
        swatch.fill(swatch.bounds, color: RGB(255, 255, 255))
        swatch.draw(red, around: PixelRect(x: 1, y: 1, width: 9, height: 9), lineWidth: 1)
        #expect(image.cropped(to: PixelRect(x: 6, y: 6, width: 11, height: 11)) == swatch)
    }

    @Test func entriesStandBelowEachOther() throws {
        let rows = [["a", "b"], ["a longer text", "b"]].map { row in
            row.map { Legend.Entry(mark: red, text: $0) }
        }
        let image = try Legend(rows: rows).figure.image()
        func columns(y: Int) -> [Int] { (0..<image.width).filter { image[$0, y] == red.color } }
        #expect(columns(y: 7) == columns(y: 24))
        #expect(columns(y: 7).count == 2 * 9)
    }

    @Test func aVeryLongNameIsShortened() throws {
        let name = String(repeating: "w", count: 100_000)
        let image = try Legend(rows: [[.init(mark: red, text: name)]], scale: 6).figure.image()
        #expect(image.width < 10_000)
    }

    @Test func theCountOfAVeryLongNameIsStillShown() throws {
        let (start, end) = (String(repeating: "a", count: 100), String(repeating: "b", count: 100))
        let legend = Legend(rows: [
            [.init(mark: red, name: start + "1" + end, count: ": 12")],
            [.init(mark: red, name: start + "2" + end + "c", count: ": 7")],
        ])
        // Whole in words; in the picture the beginning, the end and the count.
        #expect(legend.text == "\(start)1\(end): 12; \(start)2\(end)c: 7")
        let drawn = try legend.figure.svg(.paper)
        #expect(
            drawn.text.contains("aaa…bbb") && drawn.text.contains("bbb: 12<") && drawn.text.contains("bc: 7<")
        )
    }

    @Test func saysTheSameInWords() {
        let rows = [["car: 3", "1 hit"], ["boat: 0"]].map { row in
            row.map { Legend.Entry(mark: red, text: $0) }
        }
        #expect(Legend(rows: rows).text == "car: 3, 1 hit; boat: 0")
    }
}
