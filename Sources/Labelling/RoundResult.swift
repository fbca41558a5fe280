package import Evaluation
import Files
import Foundation

/// What a round of learning came to.
package struct RoundResult: Hashable, Sendable, Codable {
    /// How finds on a test scene are measured.
    package static let windowMeasure = "AP at IoU 0.3"
    /// How they are where objects have any size.
    package static let photographMeasure = "AP by centres, cross-validated"
    /// How the classes of tiles are.
    package static let tileMeasure = "accuracy"

    package var number: Int
    /// Labelled before it: windows, or where photographs or tiles are labelled as wholes, these.
    package var labelCount: Int
    /// Objects among them; tiles of which somebody could tell the class.
    package var objectCount: Int
    /// `nil` where it was not measured, and where nothing could be learnt yet.
    package var averagePrecision: Double?
    /// How many tiles of the test pack the model names rightly, in `0...1`; `nil` as the average precision, and in projects without tiles.
    package var accuracy: Double?
    package var trainingSeconds: Double
    package var seconds: Double

    package init(
        number: Int, labelCount: Int, objectCount: Int, averagePrecision: Double? = nil,
        accuracy: Double? = nil, trainingSeconds: Double, seconds: Double
    ) {
        self.number = number
        self.labelCount = labelCount
        self.objectCount = objectCount
        self.averagePrecision = averagePrecision
        self.accuracy = accuracy
        self.trainingSeconds = trainingSeconds
        self.seconds = seconds
    }

    /// `nil` where nothing was measured.
    ///
    /// - Parameter finds: whether objects are found: where nothing is learnt yet, none is, which is a measure, too.
    package func point(finds: Bool) -> LearningCurve.Point? {
        guard let value = finds && objectCount == 0 ? 0 : averagePrecision ?? accuracy else { return nil }
        return LearningCurve.Point(labelCount: labelCount, value: value)
    }

}

extension ProjectFolder {
    /// The result of a complete round; `nil` where there is none.
    ///
    /// - Throws: `LabellingError` where it is damaged; `FileError`.
    package func readResult(ofRound number: Int) throws -> RoundResult? {
        let path = resultPath(ofRound: number)
        guard FileGuard(path: path) != nil else { return nil }
        do {
            return try JSONDecoder().decode(RoundResult.self, from: Data(readFile(path, limit: 1 << 20)))
        } catch let error as DecodingError {
            throw LabellingError(
                operation: "read the round", path: path,
                cause:
                    "it cannot be read: \(words(onDecoding: error)); remove the folder of the round to do it again"
            )
        }
    }

    /// The results of all complete rounds, in their order.
    package var results: [RoundResult] {
        get throws {
            var results: [RoundResult] = []
            while let result = try readResult(ofRound: results.count + 1) { results.append(result) }
            return results
        }
    }
}
