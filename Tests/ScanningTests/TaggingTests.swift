import Figures
import Files
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

@Suite struct TaggingTests {
    private let red = Palette.mark(0)
    private let green = Palette.mark(1)

    private func tagging(
        _ boxes: [PixelRect], score: Float = 0.97, labels: [Int] = [0], judgement: Judgement? = nil
    ) -> Tagging {
        Tagging(
            detections: boxes.map { Detection(box: $0, label: 0, score: score) }, labels: labels,
            judgement: judgement)
    }

    @Test func boxesAreDrawnWhereTheyAreInTheScene() throws {
        let box = PixelRect(x: 20, y: 10, width: 16, height: 16)
        var picture = Image(width: 80, height: 60)
        try Tagging(detections: [Detection(box: box, label: 7, score: 1)], labels: [7])
            .draw(on: &picture, showing: picture.bounds, lineWidth: 2)
        var expected = Image(width: 80, height: 60)
        expected.draw(red, around: box, lineWidth: 2)
        #expect(picture == expected)
    }

    @Test func boxesAreScaledWithThePicture() throws {
        let box = PixelRect(x: 40, y: 20, width: 32, height: 32)
        var picture = Image(width: 40, height: 30)
        try Tagging(detections: [Detection(box: box, label: 3, score: 1)], labels: [7, 3])
            .draw(on: &picture, showing: PixelRect(x0: 0, y0: 0, x1: 160, y1: 120), lineWidth: 1)
        var expected = Image(width: 40, height: 30)
        expected.draw(green, around: PixelRect(x: 10, y: 5, width: 8, height: 8), lineWidth: 1)
        #expect(picture == expected)
    }

    @Test func aBoxSmallerThanAPixelIsSeen() throws {
        let box = PixelRect(x: 400, y: 400, width: 32, height: 32)
        var picture = Image(width: 20, height: 20)
        try Tagging(detections: [Detection(box: box, label: 0, score: 1)], labels: [0])
            .draw(on: &picture, showing: PixelRect(x0: 0, y0: 0, x1: 800, y1: 800), lineWidth: 1)
        var expected = Image(width: 20, height: 20)
        expected.draw(red, around: PixelRect(x: 8, y: 8, width: 5, height: 5), lineWidth: 1)
        #expect(picture == expected)
    }

    @Test func theBestLiesOnTop() throws {
        let box = PixelRect(x: 2, y: 2, width: 8, height: 8)
        var picture = Image(width: 12, height: 12)
        try Tagging(
            detections: [Detection(box: box, label: 1, score: 1), Detection(box: box, label: 0, score: 0.9)],
            labels: [0, 1]
        ).draw(on: &picture, showing: picture.bounds, lineWidth: 1)
        #expect(picture[2, 2] == green.color)
    }

    @Test func classesThatWereNotLookedForAreNotDrawn() throws {
        var picture = Image(width: 40, height: 40)
        try Tagging(
            detections: [
                Detection(box: PixelRect(x: 5, y: 5, width: 20, height: 20), label: 2, score: 1)
            ], labels: [0, 1]
        ).draw(on: &picture, showing: picture.bounds, lineWidth: 1)
        #expect(picture == Image(width: 40, height: 40))
    }

    @Test func theTruthGivesEachBoxItsShape() throws {
        let boxes = [5, 25, 45].map { PixelRect(x: $0, y: 5, width: 16, height: 16) }
        let missed = PixelRect(x: 65, y: 5, width: 16, height: 16)
        let judgement = Judgement(
            verdicts: [.neither, .hit, .falseAlarm],
            misses: [.init(box: missed, label: 1), .init(box: missed, label: 9)])
        var picture = Image(width: 90, height: 30)
        try tagging(boxes, labels: [0, 1], judgement: judgement)
            .draw(on: &picture, showing: picture.bounds, lineWidth: 2)
        var expected = Image(width: 90, height: 30)
        for (box, shape) in zip(boxes, [BoxMark.Shape.slashed, .frame, .crossed]) {
            expected.draw(Palette.mark(0, shape), around: box, lineWidth: 2)
        }
        expected.draw(Palette.mark(1, .corners), around: missed, lineWidth: 2)
        #expect(picture == expected)
    }

    // MARK: Scores

    /// The label's text on its ground.
    private func label(_ text: String, _ mark: BoxMark) throws -> Image {
        var figure = Figure(width: 21, height: 11, ground: .fixed(mark.color), summary: "")
        figure.write(text, x: 10, y: 5, size: 10, anchor: .middle, .fixed(mark.casing))
        return try figure.image()
    }

    @Test(
        arguments: [
            (0.97, ".97"), (0.05, ".05"), (0.994, ".99"), (0.996, "1.0"), (1, "1.0"), (-3, ".00"),
            (1e30, "1.0"),
        ] as [(Float, String)])
    func aLargeBoxHasItsScoreAboveIt(score: Float, text: String) throws {
        var picture = Image(width: 60, height: 60)
        try tagging([PixelRect(x: 10, y: 20, width: 32, height: 32)], score: score)
            .draw(on: &picture, showing: picture.bounds, lineWidth: 2)
        #expect(try picture.cropped(to: PixelRect(x: 10, y: 11, width: 21, height: 11)) == label(text, red))
        // Around the label, too, there is a casing.
        #expect(
            picture[9, 11] == red.casing && picture[31, 11] == red.casing && picture[15, 10] == red.casing)
    }

    @Test func whereTheSceneEndsAboveTheScoreIsInTheBox() throws {
        var picture = Image(width: 60, height: 60)
        try tagging([PixelRect(x: 10, y: 5, width: 32, height: 32)])
            .draw(on: &picture, showing: picture.bounds, lineWidth: 2)
        #expect(try picture.cropped(to: PixelRect(x: 10, y: 5, width: 21, height: 11)) == label(".97", red))
    }

    @Test(arguments: [(1, 20), (2, 32)]) func smallBoxesHaveNoScore(reduction: Int, side: Int) throws {
        let box = PixelRect(x: 12, y: 20, width: side, height: side)
        var picture = Image(width: 60 / reduction, height: 60 / reduction)
        var expected = picture
        try tagging([box]).draw(
            on: &picture, showing: PixelRect(x: 0, y: 0, width: 60, height: 60), lineWidth: 1)
        let drawn = PixelRect(
            x: 12 / reduction, y: 20 / reduction, width: side / reduction, height: side / reduction)
        expected.draw(red, around: drawn, lineWidth: 1)
        #expect(picture == expected)
    }

    @Test func missesHaveNoScore() throws {
        let box = PixelRect(x: 10, y: 20, width: 32, height: 32)
        var picture = Image(width: 60, height: 60)
        var expected = picture
        try tagging([], judgement: Judgement(verdicts: [], misses: [.init(box: box, label: 0)]))
            .draw(on: &picture, showing: picture.bounds, lineWidth: 2)
        expected.draw(Palette.mark(0, .corners), around: box, lineWidth: 2)
        #expect(picture == expected)
    }

    @Test(arguments: [Judgement.Verdict.hit, .falseAlarm, .neither])
    func piecesShowTheSameAsTheWhole(verdict: Judgement.Verdict) throws {
        let boxes = [
            PixelRect(x: 3, y: 5, width: 9, height: 9), PixelRect(x: 14, y: 12, width: 32, height: 32),
            PixelRect(x: 30, y: 0, width: 29, height: 26),
        ]
        let judgement = Judgement(
            verdicts: boxes.map { _ in verdict },
            misses: [.init(box: PixelRect(x: 40, y: 35, width: 15, height: 15), label: 0)])
        let tagging = tagging(boxes, judgement: judgement)
        var whole = Image(width: 60, height: 60)
        try tagging.draw(on: &whole, showing: whole.bounds, lineWidth: 2)
        var pieces = Image(width: 60, height: 60)
        for y in [0, 10, 20, 30, 40, 50] {
            let part = PixelRect(x: 0, y: y, width: 60, height: 10)
            var piece = Image(width: 60, height: 10)
            try tagging.draw(on: &piece, showing: part, lineWidth: 2)
            pieces.paste(piece, x: 0, y: y)
        }
        #expect(pieces == whole)
    }

    // MARK: Legend

    private func texts(_ legend: Legend) -> [[String]] { legend.rows.map { $0.map(\.text) } }

    @Test func theLegendCountsTheBoxesOfEachClass() {
        let box = PixelRect(x: 0, y: 0, width: 8, height: 8)
        let tagging = Tagging(
            detections: [4, 2, 4, 9].map { Detection(box: box, label: $0, score: 0.9) }, labels: [2, 4])
        let legend = tagging.legend(classes: ["boat", "car"])
        #expect(texts(legend) == [["boat: 1"], ["car: 2"]])
        #expect(legend.rows.map { $0.map(\.mark) } == [[red], [green]])
    }

    @Test func theLegendSaysWhatTheTruthSays() {
        let box = PixelRect(x: 0, y: 0, width: 8, height: 8)
        var judgement = Judgement(
            verdicts: [.hit, .hit, .falseAlarm], misses: [.init(box: box, label: 1)])
        let detections = [0, 0, 1].map { Detection(box: box, label: $0, score: 0.9) }
        let legend = Tagging(detections: detections, labels: [0, 1], judgement: judgement)
            .legend(classes: ["car", "boat"], number: { "<\($0)>" })
        #expect(
            texts(legend) == [
                ["car: <2>", "<2> hits", "<0> false alarms", "<0> misses"],
                ["boat: <1>", "<0> hits", "<1> false alarm", "<1> miss"],
            ])
        #expect(
            legend.rows[1].map(\.mark) == [
                green, green, Palette.mark(1, .crossed), Palette.mark(1, .corners),
            ])
        judgement.verdicts[0] = .neither
        let other = Tagging(detections: detections, labels: [0, 1], judgement: judgement)
            .legend(classes: ["car", "boat"])
        #expect(
            texts(other) == [
                ["car: 2", "1 hit", "0 false alarms", "0 misses", "1 not counted"],
                ["boat: 1", "0 hits", "1 false alarm", "1 miss", "0 not counted"],
            ])
    }

    @Test func ofVeryManyClassesTheLegendHasThoseWithTheMostBoxes() {
        let box = PixelRect(x: 0, y: 0, width: 8, height: 8)
        let detections = [900, 5, 900].map { Detection(box: box, label: $0, score: 0.9) }
        let legend = Tagging(detections: detections, labels: Array(0..<1000))
            .legend(classes: (0..<1000).map { "c\($0)" })
        let rows = texts(legend)
        #expect(rows.count == 31)
        #expect(rows[0] == ["c0: 0"] && rows[5] == ["c5: 1"])
        #expect(rows[29] == ["c900: 2"] && rows[30] == ["and 970 more classes"])
    }

    // MARK: Files

    @Test func theFullSizeSceneHasTheBoxesAndThePixelsBetweenThem() throws {
        let folder = try TemporaryFolder()
        let (path, image) = try folder.scene(width: 64, height: 600)
        let tiny = TinyScan(scenePath: path)
        let output = ScanFolder(path: folder.file("found"))
        try tiny.run(into: output, fullSize: true)
        #expect(try !output.readDetections().isEmpty)
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
        let below = tagged.cropped(to: PixelRect(x0: 0, y0: 64, x1: tagged.width, y1: tagged.height))
        var expected = Image(width: below.width, height: below.height)
        expected.fill(expected.bounds, color: RGB(255, 255, 255))
        let rows = ["car: 0", "boat: 0"].enumerated().map { index, text in
            [Legend.Entry(mark: Palette.mark(index), text: text)]
        }
        expected.paste(try Legend(rows: rows).figure.image(), x: 4, y: 4)
        #expect(below == expected)
    }

    /// A judge for whom the first detection is a hit and the others are false alarms.
    private func judge(missed: PixelRect) -> Judge {
        { detections, _ in
            Judgement(
                verdicts: detections.indices.map { $0 == 0 ? .hit : .falseAlarm },
                misses: [.init(box: missed, label: 0)])
        }
    }

    @Test func picturesShowWhatTheJudgeSays() throws {
        let folder = try TemporaryFolder()
        let (path, image) = try folder.scene(width: 80, height: 600)
        let tiny = TinyScan(scenePath: path)
        let output = ScanFolder(path: folder.file("found"))
        try tiny.run(into: output)
        let judge = judge(missed: PixelRect(x: 20, y: 505, width: 20, height: 20))
        try tiny.write(
            tiny.state(in: output),
            sinks: [DetectionLinesSink(), OverviewSink(judge: judge), FullSizeSink(at: nil, judge: judge)])
        let detections = try output.readDetections()
        try #require(detections.count > 1)
        let tagging = try Tagging(
            detections: detections, labels: tiny.rule().labels, judgement: judge(detections, Cancellation()))
        var expected = image
        try tagging.draw(on: &expected, showing: image.bounds, lineWidth: 2)
        let overview = try Image(pictureAt: Address(output.path + "/tagged.png"))
        #expect(overview.cropped(to: image.bounds) == expected)
        let legend = tagging.legend(classes: ["car", "boat"])
        #expect(legend.rows.allSatisfy { $0.count == 4 })
        #expect(overview.width == max(image.width, legend.figure.width + 8))
        let fullSize = try Raster(opening: output.path + "/tagged.tif").read(image.bounds)
        #expect(meanDifference(fullSize, expected) < 3)
    }
}

/// Of all bytes, on a scale of 255; a full-size scene may be compressed with loss.
private func meanDifference(_ a: Image, _ b: Image) -> Double {
    let sum = zip(a.pixelsHWC, b.pixelsHWC).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(sum) / Double(a.pixelsHWC.count)
}
