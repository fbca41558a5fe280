import Evaluation
import Files
import Foundation

/// A model's classes with words for people.
struct ClassWords {
    /// By label.
    let classes: [String]
    private let words: NameList

    /// - Parameter path: of a file that `NameList` reads, or its address; no words without it.
    /// - Throws: where a line is malformed, or the file has none for any of the classes.
    init(of classes: [String], reading address: Address?) throws {
        self.classes = classes
        guard let address else {
            words = NameList()
            return
        }
        let path = address.description
        let text = String(decoding: try StoredFile.bytes(of: address, limit: 1 << 28), as: UTF8.self)
        let words = try NameList(text: text, path: path)
        guard classes.contains(where: { words.names[$0] != nil }) else {
            throw CommandError(
                operation: "read the words of classes", path: path,
                cause:
                    "no line begins with a class of the model, such as \(classes.first ?? ""); a line must have a class, then its words after a space"
                    + " or a tab")
        }
        self.words = words
    }

    func words(for label: Int) -> String? { words.names[classes[label]] }
}

/// Prints what a model says of pictures.
struct PredictionPrinter {
    private let names: ClassWords
    private let top: Int
    private let asJSON: Bool
    private let hasHeadings: Bool
    private(set) var failureCount = 0

    /// - Parameter top: classes to show.
    /// - Parameter hasHeadings: whether each picture's name stands over its classes.
    init(names: ClassWords, top: Int, asJSON: Bool, hasHeadings: Bool) {
        (self.names, self.top) = (names, top)
        (self.asJSON, self.hasHeadings) = (asJSON, hasHeadings)
    }

    mutating func print(_ prediction: PictureScoring.Prediction, of name: String) throws {
        if let failure = prediction.failure { return try printFailure(failure, of: name) }
        let classes = prediction.highest(top).map { label, score in
            PredictedClass(
                label: label, name: names.classes[label], words: names.words(for: label), score: score)
        }
        guard !asJSON else { return say(try JSONText(PredictionLine(image: name, classes: classes))) }
        if hasHeadings { say("\(name):") }
        for entry in classes {
            let words = entry.words.map { " " + $0 } ?? ""
            say("\(hasHeadings ? "  " : "")\(entry.name)\(words)  \(entry.score.fixed(2))")
        }
    }

    /// - Parameter failure: with the picture's name in it.
    mutating func printFailure(_ failure: String, of name: String) throws {
        failureCount += 1
        guard asJSON else { return say("error: \(failure)") }
        say(try JSONText(PredictionLine(image: name, error: failure)))
    }
}

/// What `predict --json` prints.
private struct PredictionLine: Encodable {
    var image: String
    var classes: [PredictedClass]?
    var error: String?
}

private struct PredictedClass: Encodable {
    var label: Int
    var name: String
    var words: String?
    var score: Float
}
