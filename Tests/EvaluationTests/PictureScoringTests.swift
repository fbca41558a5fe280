import EndingJobs
import Engines
import Evaluation
import Files
import Pixels
import Rasters
import Records
import TestSupport
import Testing

/// Scores a square by its first byte: the scores are that byte, and what is left of 255.
private final class FirstByteShare: ScoringProgram {
    private let byteCount: Int

    init(side: Int) { byteCount = side * side * 3 }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        for square in 0..<pixelsNHWC.count / byteCount {
            let share = Float(pixelsNHWC[square * byteCount]) / 255
            scores[2 * square] = share
            scores[2 * square + 1] = 1 - share
        }
    }
}

/// Has no number for squares that begin with a black pixel.
private final class ScorelessOfBlack: ScoringProgram {
    private let byteCount: Int

    init(side: Int) { byteCount = side * side * 3 }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        for square in 0..<pixelsNHWC.count / byteCount {
            scores[2 * square] = pixelsNHWC[square * byteCount] == 0 ? .nan : 0.25
            scores[2 * square + 1] = 0.75
        }
    }
}

@Suite struct PictureScoringTests {
    private static let side = 8

    /// A picture whose left column has one light and whose other columns have another.
    private func picture(_ left: UInt8, _ rest: UInt8) throws -> PictureFiles.Picture {
        let pixels = (0..<Self.side * Self.side * 3).map { $0 / 3 % Self.side == 0 ? left : rest }
        let image = Image(width: Self.side, height: Self.side, pixelsHWC: pixels)
        return .memory(try image.pngData(), name: "\(left)")
    }

    private func predictions(_ files: PictureFiles, batchSize: Int) throws -> [PictureScoring.Prediction] {
        var predictions: [PictureScoring.Prediction] = []
        let scoring = PictureScoring(files, inputSize: Self.side, classCount: 2)
        try scoring.run(by: FirstByteShare(side: Self.side), batchSize: batchSize) { predictions.append($0) }
        return predictions
    }

    @Test(arguments: [1, 2, 3, 64]) func everyPictureComesInItsPlace(batchSize: Int) throws {
        var pictures = try (0..<7).map { try picture(UInt8($0 * 30), 0) }
        pictures[2] = .memory([1, 2, 3], name: "broken")
        pictures[6] = .file(Address("/none/there.jpg"))
        let found = try predictions(PictureFiles(pictures), batchSize: batchSize)
        #expect(found.map(\.picture) == Array(0..<7))
        for prediction in found {
            if [2, 6].contains(prediction.picture) {
                #expect(prediction.scores.isEmpty)
                #expect(prediction.failure?.contains(pictures[prediction.picture].name) == true)
            } else {
                #expect(prediction.failure == nil)
                #expect(prediction.scores[0] == Float(prediction.picture * 30) / 255)
            }
        }
    }

    @Test(arguments: [1, 3, 64]) func viewsAreAveraged(batchSize: Int) throws {
        let pictures = try [picture(255, 51), picture(0, 102)] + [.memory([], name: "nothing")]
        let files = PictureFiles(pictures, views: [.centre, .centre.mirrored])
        let found = try predictions(files, batchSize: batchSize)
        #expect(found.map { $0.scores.first } == [0.6, 0.2, nil])
        #expect(found[2].failure?.contains("nothing") == true)
    }

    @Test func theHighestScoresComeFirstAndOfEqualOnesTheFirst() {
        let prediction = PictureScoring.Prediction(picture: 0, scores: [0.1, 0.3, 0.2, 0.3, 0.1])
        #expect(prediction.highest(3).map(\.label) == [1, 3, 2])
        #expect(prediction.highest(9).map(\.label) == [1, 3, 2, 0, 4])
    }

    @Test func scoresThatAreNoNumbersAreAFailureOfThatPicture() throws {
        let files = PictureFiles(try [picture(9, 9), picture(0, 9), picture(8, 9)])
        var found: [PictureScoring.Prediction] = []
        try PictureScoring(files, inputSize: Self.side, classCount: 2)
            .run(by: ScorelessOfBlack(side: Self.side)) { found.append($0) }
        #expect(found.map(\.scores) == [[0.25, 0.75], [], [0.25, 0.75]])
        let words = "0: the model gives scores that are not numbers; its weights are damaged, or too large"
        #expect(found.map(\.failure) == [nil, words, nil])
        #expect(found[1].highest(2).isEmpty)
    }

    @Test func nothingIsScoredAfterAStop() throws {
        let scoring = PictureScoring(
            PictureFiles([try picture(1, 2)]), inputSize: Self.side, classCount: 2)
        #expect(throws: Cancelled()) {
            try scoring.run(by: FirstByteShare(side: Self.side), cancellation: .requested) { _ in
                Issue.record("something was scored")
            }
        }
    }
}
