import Bytes
import Evaluation
import Figures
import Files
import Pixels
import Records
import Testing

private let names = ["cat", "dog", "car"]

/// Cats taken for dogs twice, a car for a cat, the rest right.
private let predictions = Predictions.make(
    [
        (0, [0.9, 0.05, 0.05]), (0, [0.2, 0.7, 0.1]), (0, [0.05, 0.9, 0.05]), (1, [0.1, 0.8, 0.1]),
        (2, [0.6, 0.1, 0.3]), (2, [0, 0, 1]),
    ])

@Test func theSurestErrorComesFirst() {
    let cases = WorstCases(predictions, names: names, limit: 2)
    #expect(cases.confidentErrors.map(\.sample) == [2, 1])
    #expect(cases.confidentErrors[0].truth == "cat" && cases.confidentErrors[0].predicted == "dog")
    #expect(cases.confidentErrors[0].score == 0.9 && cases.confidentErrors[0].truthScore == 0.05)
}

@Test func namesTheMostConfusedPairsWithExamples() throws {
    let pairs = WorstCases(predictions, names: names, limit: 16, examples: 1).confusedPairs
    #expect(pairs.map(\.count) == [2, 1])
    #expect(pairs[0].truth == "cat" && pairs[0].predicted == "dog")
    #expect(abs(pairs[0].fraction - 2.0 / 3) < 1e-12)
    #expect(pairs[0].examples.map(\.sample) == [2])
}

/// The thresholds are 0.3833 for cats, 0.8 for dogs and 0.65 for cars.
@Test func suspectsWhatLooksLikeAnotherClassMoreThanItsOwnDoes() {
    let errors = LabelErrors(predictions)
    #expect(errors.suspects.map(\.index) == [2, 4])
    #expect(errors.suspects.map(\.label) == [1, 0])
    #expect(LabelErrors(Predictions(classNames: names, keptCount: 2)).suspects.isEmpty)
    // A class that no sample has can be no sample's true one.
    let onlyCats = Predictions.make([(0, [0.1, 0.9]), (0, [0.2, 0.8])])
    #expect(LabelErrors(onlyCats).suspects.isEmpty)
}

private func batch(_ images: [Image]) -> Batch {
    Batch(pixelsNHWC: images.flatMap(\.pixelsHWC), labels: images.map { _ in 0 })
}

/// Smooth noise: every picture another one.
private func picture(_ seed: UInt64) -> Image {
    var random = SplitMix64(seed: seed)
    var small = Image(width: 8, height: 8)
    for y in 0..<8 {
        for x in 0..<8 {
            small[x, y] = RGB(
                .random(in: 30...220, using: &random), .random(in: 30...220, using: &random),
                .random(in: 30...220, using: &random))
        }
    }
    var image = Image(width: 32, height: 32)
    for y in 0..<32 { for x in 0..<32 { image[x, y] = small[x / 4, y / 4] } }
    return image
}

@Test func findsThePictureThatWasOnlyMadeBrighter() {
    let images = (0..<200).map { picture(UInt64($0)) }
    var brighter = images[20]
    brighter.pixelsHWC = brighter.pixelsHWC.map { UInt8(min(255, Int($0) + 12)) }
    var duplicates = NearDuplicates()
    duplicates.add(batch(Array(images[..<100])), samples: Array(0..<100))
    duplicates.add(batch(images[100...] + [brighter, images[3]]), samples: Array(100..<200) + [300, 301])
    let pairs = duplicates.pairs().pairs
    #expect(pairs.map { [$0.first, $0.second] } == [[3, 301], [20, 300]])
    #expect(pairs[0].correlation == 1 && pairs[1].correlation > 0.999)
}

@Test func picturesOfOneColourAreTheSameWhereTheirColoursAre() {
    func flat(_ level: UInt8) -> Image {
        Image(width: 16, height: 16, pixelsHWC: [UInt8](repeating: level, count: 768))
    }
    var duplicates = NearDuplicates()
    duplicates.add(batch([flat(10), flat(200), flat(10)]), samples: [0, 1, 2])
    #expect(duplicates.pairs().pairs.map { [$0.first, $0.second] } == [[0, 2]])
    #expect(NearDuplicates().pairs().pairs.isEmpty)
}

@Test func theSearchEndsWhereAlmostAllPicturesAreAlike() {
    func flat(_ level: UInt8) -> Image {
        Image(width: 12, height: 12, pixelsHWC: [UInt8](repeating: level, count: 432))
    }
    var duplicates = NearDuplicates()
    duplicates.add(batch((0..<4000).map { flat(UInt8($0 % 2)) }), samples: Array(0..<4000))
    let found = duplicates.pairs()
    #expect(!found.isComplete && found.pairs.count == NearDuplicates.pairLimit)
    #expect(found.pairs.allSatisfy { ($0.second - $0.first) % 2 == 0 })
    #expect(duplicates.pairs() == found)
}

@Test(arguments: [(5, false), (6, true), (7, true)])
func everyPairIsFoundOnceUpToTheLimit(limit: Int, isComplete: Bool) {
    var duplicates = NearDuplicates()
    duplicates.add(batch(Array(repeating: picture(1), count: 4)), samples: [0, 1, 2, 3])
    let found = duplicates.pairs(limit: limit)
    #expect(found.isComplete == isComplete && found.pairs.count == min(limit, 6))
    #expect(Set(found.pairs).count == found.pairs.count)
}

@Test func smallerPicturesThanTheThumbnailsAreAllright() {
    var duplicates = NearDuplicates()
    let small = (0..<3).map { picture(UInt64($0)).downscaled(width: 4, height: 4) }
    duplicates.add(batch(small + [small[1]]), samples: [0, 1, 2, 3])
    #expect(duplicates.pairs().pairs.contains { [$0.first, $0.second] == [1, 3] })
}

@Test(arguments: [0, 1, 8, 9]) func aSheetHasRoomForEveryPicture(count: Int) throws {
    let entries = (0..<count).map { ContactSheet.Entry(picture: picture(UInt64($0)), lines: ["a", "b"]) }
    let sheet = ContactSheet(title: "title", entries: entries).figure
    #expect(try sheet.image().width == sheet.width)
    let images = sheet.elements.count {
        if case .image = $0 { true } else { false }
    }
    #expect(images == count)
}

@Test func theReliabilityDiagramIsDrawnForAnyScores() throws {
    for predictions in [predictions, Predictions(classNames: names, keptCount: 1)] {
        let figure = Calibration(predictions).figure(title: "Reliability")
        #expect(try figure.image().width == figure.width)
        #expect(try figure.svg().text.contains(">mean score</text>"))
    }
}
