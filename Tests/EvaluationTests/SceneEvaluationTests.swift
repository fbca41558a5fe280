import Bytes
import Evaluation
import Figures
import Foundation
import Pixels
import Testing

private func box(_ x: Int, side: Int = 10) -> PixelRect { PixelRect(x: x, y: 0, width: side, height: side) }

@Suite struct SceneEvaluationTests {
    private func evaluate(
        _ detections: [Detection], _ truths: [Truth], hardNegatives: [Truth] = [], threshold: Float = 0.5,
        ious: [Float] = [0.3, 0.5], area: ScannedArea = ScannedArea(pixelCount: 2e8, squareMetres: 5e5)
    ) throws -> SceneEvaluation {
        try SceneEvaluation(
            of: detections, truths: truths, hardNegatives: hardNegatives, classNames: ["car", "boat"],
            labels: [0, 1], rules: DetectionRules(scoreThreshold: threshold, iouThresholds: ious), area: area)
    }

    @Test func agreesWithACaseDoneByHand() throws {
        let truths = [
            Truth(box: box(0), label: 0), Truth(box: box(100), label: 0), Truth(box: box(200), label: 1),
            Truth(box: box(300), label: 1), Truth(box: box(400), label: 0, visibleFraction: 0.2),
        ]
        let detections = [
            Detection(box: box(0), label: 0, score: 0.9),
            // The same again; on a boat; beside the second car (IoU 1/9); on nothing; on a car that does not count.
            Detection(box: box(1), label: 0, score: 0.8), Detection(box: box(200), label: 0, score: 0.7),
            Detection(box: box(108), label: 0, score: 0.65), Detection(box: box(600), label: 0, score: 0.6),
            Detection(box: box(400), label: 0, score: 0.55),
            // Too weak to be shown.
            Detection(box: box(101), label: 0, score: 0.4), Detection(box: box(300), label: 1, score: 0.95),
        ]
        let negatives = [Truth(box: box(601), label: 0), Truth(box: box(800), label: 0)]
        let found = try evaluate(detections, truths, hardNegatives: negatives)
        let (car, boat, all) = (found.classes[0], found.classes[1], found.all)
        #expect(car.truthCount == 2 && car.hitCount == 1 && car.missCount == 1)
        #expect(car.falseAlarmCount == 4 && car.neitherCount == 1)
        #expect(car.precision == 0.2 && car.recall == 0.5)
        for cause in FalseAlarmCause.allCases where cause != .unsought {
            #expect(car.causes[cause] == 1, "\(cause)")
        }
        #expect(car.hardNegativeCount == 2 && car.foundHardNegativeCount == 1)
        #expect(
            boat.truthCount == 2 && boat.hitCount == 1 && boat.falseAlarmCount == 0 && boat.missCount == 1)
        #expect(all.className == nil && all.truthCount == 4 && all.hitCount == 2 && all.missCount == 2)
        #expect(all.falseAlarmsPer100Megapixels == 2 && all.falseAlarmsPerSquareKilometre == 8)
        // Cars: the first is right, and the sixth of those that count: 1/2 + 1/2 * 2/6. Boats: one of two.
        let values = [car, boat, all].map { $0.averagePrecisions[0].value ?? -1 }
        for (value, expected) in zip(values, [1.0 / 2 + 1.0 / 6, 0.5, (2.0 / 3 + 0.5) / 2]) {
            #expect(abs(value - expected) < 1e-12)
        }
        #expect(found.confusions == [ClassConfusion(trueClass: "boat", foundClass: "car", count: 1)])
        #expect(found.hits.map(\.detection.score) == [0.95, 0.9])
        #expect(found.falseAlarms.map(\.cause) == [.duplicate, .otherClass, .beside, .nothing])
        #expect(found.falseAlarms.map(\.otherClass) == [nil, "boat", nil, nil])
        #expect(found.misses.map(\.truth) == [truths[1], truths[2]])
        // The second car would have been found at a lower threshold.
        #expect(found.misses.map(\.weakScore) == [0.4, nil])
        let best = try #require(boat.bestThreshold)
        #expect(best.threshold == 0.95 && best.precision == 1 && best.recall == 0.5)
    }

    @Test(arguments: UInt64(0)..<20) func countsAsTheMetricsDoAndCurvesHaveTheAreaOfTheirPrecision(
        seed: UInt64
    ) throws {
        var random = SplitMix64(seed: seed)
        func place() -> PixelRect {
            PixelRect(
                x: .random(in: 0..<150, using: &random), y: .random(in: 0..<60, using: &random), width: 10,
                height: 10)
        }
        let truths = (0..<80).map { _ in
            Truth(
                box: place(), label: .random(in: 0...1, using: &random),
                visibleFraction: .random(in: 0...1, using: &random))
        }
        let detections = (0..<120).map { _ in
            Detection(
                box: place(), label: .random(in: 0...1, using: &random),
                score: .random(in: 0...1, using: &random))
        }
        let found = try evaluate(detections, truths, ious: [0.3, 0.5, 0.75])
        #expect(
            try found.metrics
                == detectionMetrics(
                    of: detections, truths: truths, classNames: ["car", "boat"], labels: [0, 1],
                    rules: found.rules))
        for (row, curves) in zip(found.classes, found.curves.dropFirst()) {
            let counted = try #require(
                found.metrics.first { $0.className == row.className && $0.agrees(with: .forPictures) })
            #expect(row.truthCount == counted.truthCount && row.hitCount == counted.rightCount)
            #expect(row.falseAlarmCount == counted.wrongCount)
            #expect(row.precision == counted.precision && row.recall == counted.recall)
            #expect(row.missCount == row.truthCount - row.hitCount)
            #expect(FalseAlarmCause.allCases.reduce(0) { $0 + row.causes[$1] } == row.falseAlarmCount)
            for (curve, precision) in zip(curves.byIoU, row.averagePrecisions) {
                let area = zip(curve.points, curve.points.dropFirst()).reduce(0) {
                    $0 + ($1.1.x - $1.0.x) * $1.1.y
                }
                #expect(abs(area - (precision.value ?? -1)) < 1e-9)
            }
            let dot = curves.byIoU[0].atThreshold
            #expect(dot?.x == row.recall && dot?.y == row.precision)
        }
        #expect(found.confusions.reduce(0) { $0 + $1.count } == found.all.causes.otherClass)
    }

    @Test func objectsOfClassesThatWereNotLookedForAreNamed() throws {
        let found = try SceneEvaluation(
            of: [
                Detection(box: box(0), label: 0, score: 0.9), Detection(box: box(100), label: 0, score: 0.8),
                Detection(box: box(200), label: 1, score: 0.7),
                Detection(box: box(400), label: 1, score: 0.6),
            ],
            truths: [Truth(box: box(0), label: 0), Truth(box: box(201), label: 0)],
            // One lies where a car does, which was looked for and counts first.
            unsought: [
                Truth(box: box(101), label: 1), Truth(box: box(200), label: 0),
                Truth(box: box(300), label: 0),
            ], unsoughtNames: ["shed", "tree"], classNames: ["car", "boat"], labels: [0, 1],
            rules: DetectionRules(scoreThreshold: 0.5, iouThresholds: [0.3]), area: ScannedArea(pixelCount: 1)
        )
        #expect(found.falseAlarms.map(\.cause) == [.unsought, .otherClass, .nothing])
        #expect(found.falseAlarms.map(\.otherClass) == ["tree", "car", nil])
        #expect(found.classes[0].causes[.unsought] == 1 && found.all.causes[.unsought] == 1)
        #expect(found.all.missCount == 1 && found.all.truthCount == 2)
        #expect(
            Set(found.confusions) == [
                ClassConfusion(trueClass: "tree", foundClass: "car", count: 1),
                ClassConfusion(trueClass: "car", foundClass: "boat", count: 1),
            ])
        // Files of older versions do not tell these apart.
        let old = Data(#"{"duplicate":1,"otherClass":2,"beside":3,"nothing":4}"#.utf8)
        #expect(try JSONDecoder().decode(FalseAlarmCauses.self, from: old)[.unsought] == 0)
    }

    @Test func aSceneWithoutObjectsHasFalseAlarmsAndNoCurve() throws {
        let found = try evaluate([Detection(box: box(0), label: 0, score: 0.9)], [])
        #expect(found.all.falseAlarmCount == 1 && found.all.recall == nil && found.all.precision == 0)
        #expect(found.all.averagePrecisions.allSatisfy { $0.value == nil } && found.all.bestThreshold == nil)
        #expect(found.precisionRecallFigures(isByDistance: false) == nil)
    }

    @Test func theFigureHasAChartForEachClassAndOneForAll() throws {
        let truths = [Truth(box: box(0), label: 0), Truth(box: box(100), label: 1)]
        let found = try evaluate([Detection(box: box(0), label: 0, score: 0.9)], truths)
        let figures = try #require(found.precisionRecallFigures(isByDistance: false))
        let texts = figures.figure.texts
        for words in ["all classes, AP 0.500 0.500", "car, AP 1.000 1.000", "boat, AP 0.000 0.000", "recall"]
        {
            #expect(texts.contains(words), "\(texts)")
        }
        #expect(texts.contains { $0.hasPrefix("IoU 0.3") } && texts.contains("precision"))
        let byDistance = try #require(
            evaluate([], truths, ious: [0.3]).precisionRecallFigures(isByDistance: true))
        #expect(byDistance.keys.contains { $0.name.hasPrefix("by distance") })
    }

    @Test func whatLiesBesideThePartThatWasScannedCountsNeitherWay() throws {
        let truths = [Truth(box: box(0), label: 0, isBeside: true), Truth(box: box(100), label: 0)]
        let found = try evaluate([Detection(box: box(0), label: 0, score: 0.9)], truths)
        #expect(found.all.truthCount == 1 && found.all.falseAlarmCount == 0 && found.all.neitherCount == 1)
    }
}
