import Files
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

@Suite struct TaggingTests {
    let red = Palette.color(0)
    let green = Palette.color(1)

    @Test func theFirstClassAskedForIsRedAndTheSecondGreen() {
        #expect(red.red > 200 && red.green < 100 && red.blue < 100)
        #expect(green.green > 200 && green.red < 100 && green.blue < 100)
    }

    @Test func coloursBeginAgainAfterTheLast() {
        #expect(Palette.color(Palette.colors.count) == red)
        #expect(Set(Palette.colors).count == Palette.colors.count)
    }

    @Test func boxesAreDrawnWhereTheyAreInTheScene() {
        let box = PixelRect(x: 20, y: 10, width: 32, height: 32)
        var picture = Image(width: 80, height: 60)
        Tagging(detections: [Detection(box: box, label: 7, score: 1)], labels: [7])
            .draw(on: &picture, showing: picture.bounds, lineWidth: 2)
        var expected = Image(width: 80, height: 60)
        expected.stroke(box, lineWidth: 2, color: red)
        #expect(picture == expected)
    }

    @Test func boxesAreScaledWithThePicture() {
        let box = PixelRect(x: 40, y: 20, width: 32, height: 32)
        var picture = Image(width: 40, height: 30)
        Tagging(detections: [Detection(box: box, label: 3, score: 1)], labels: [7, 3])
            .draw(on: &picture, showing: PixelRect(x0: 0, y0: 0, x1: 160, y1: 120), lineWidth: 1)
        var expected = Image(width: 40, height: 30)
        expected.stroke(PixelRect(x: 10, y: 5, width: 8, height: 8), lineWidth: 1, color: green)
        #expect(picture == expected)
    }

    @Test func aBoxTooSmallToSeeGrowsAroundItsCentre() {
        let box = PixelRect(x: 400, y: 400, width: 32, height: 32)
        var picture = Image(width: 20, height: 20)
        Tagging(detections: [Detection(box: box, label: 0, score: 1)], labels: [0])
            .draw(on: &picture, showing: PixelRect(x0: 0, y0: 0, x1: 800, y1: 800), lineWidth: 1)
        var expected = Image(width: 20, height: 20)
        expected.stroke(PixelRect(x: 9, y: 9, width: 3, height: 3), lineWidth: 1, color: red)
        #expect(picture == expected)
    }

    @Test func theBestLiesOnTop() {
        let box = PixelRect(x: 2, y: 2, width: 8, height: 8)
        var picture = Image(width: 12, height: 12)
        Tagging(
            detections: [Detection(box: box, label: 1, score: 1), Detection(box: box, label: 0, score: 0.9)],
            labels: [0, 1]
        ).draw(on: &picture, showing: picture.bounds, lineWidth: 1)
        #expect(picture[2, 2] == green)
    }

    @Test func piecesShowTheSameAsTheWhole() {
        let boxes = [
            PixelRect(x: 3, y: 5, width: 9, height: 9), PixelRect(x: 14, y: 12, width: 9, height: 9),
        ]
        let tagging = Tagging(
            detections: boxes.map { Detection(box: $0, label: 0, score: 1) }, labels: [0])
        var whole = Image(width: 30, height: 30)
        tagging.draw(on: &whole, showing: whole.bounds, lineWidth: 2)
        var pieces = Image(width: 30, height: 30)
        for y in [0, 10, 20] {
            let part = PixelRect(x: 0, y: y, width: 30, height: 10)
            var piece = Image(width: 30, height: 10)
            tagging.draw(on: &piece, showing: part, lineWidth: 2)
            pieces.paste(piece, x: 0, y: y)
        }
        #expect(pieces == whole)
    }

    @Test func theFullSizeSceneHasTheBoxesAndThePixelsBetweenThem() throws {
        let folder = try TemporaryFolder()
        let (path, image) = try folder.scene(width: 64, height: 600)
        let tiny = TinyScan(scenePath: path)
        let output = ScanFolder(path: folder.file("found"))
        try tiny.run(into: output, fullSize: true)
        var expected = image
        try Tagging(detections: output.readDetections(), labels: tiny.rule().labels)
            .draw(on: &expected, showing: image.bounds, lineWidth: 2)
        let tagged = try Raster(opening: output.path + "/tagged.tif")
        #expect((tagged.width, tagged.height) == (64, 600))
        #expect(try meanDifference(tagged.read(image.bounds), expected) < 3)
    }

    @Test func theOverviewHasTheSceneAboveALegend() throws {
        let folder = try TemporaryFolder()
        let (path, image) = try folder.scene(width: 100, height: 64)
        var tiny = TinyScan(scenePath: path)
        tiny.threshold = 1
        let output = ScanFolder(path: folder.file("found"))
        try tiny.run(into: output)
        let tagged = try Image(pictureAt: Address(output.path + "/tagged.png"))
        #expect(try output.readDetections().isEmpty)
        #expect(tagged.height > 64)
        #expect(tagged.cropped(to: image.bounds) == image)
        let legend = tagged.cropped(to: PixelRect(x0: 0, y0: 64, x1: 100, y1: tagged.height))
        #expect(legend.bounds.area > 0)
        #expect((0..<legend.width).contains { legend[$0, legend.height / 3] == red })
    }
}

/// Of all bytes, on a scale of 255; a full-size scene may be compressed with loss.
private func meanDifference(_ a: Image, _ b: Image) -> Double {
    let sum = zip(a.pixelsHWC, b.pixelsHWC).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(sum) / Double(a.pixelsHWC.count)
}
