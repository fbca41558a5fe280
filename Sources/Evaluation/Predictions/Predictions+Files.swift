public import Files
import Foundation

extension Predictions {
    /// Writes every prediction: as CSV where the name ends in `.csv`, as JSON Lines otherwise. The file appears complete or
    /// not at all.
    ///
    /// A row holds the sample's number in its data, its class, the place of the class among the labels (1 is the best), its
    /// score, and the best labels with their scores. A score is the shortest text
    /// that gives the same 32-bit number again.
    public func write(to output: OutputFile) throws(FileError) {
        var file = try FileWriter(output)
        if output.path.hasSuffix(".csv") {
            let heads = (1...keptCount).flatMap { ["class_\($0)", "score_\($0)"] }
            try file.write((["id", "truth", "place", "truth_score"] + heads).joined(separator: ",") + "\r\n")
            let names = classNames.map(csvField)
            for index in 0..<count { try file.write(csvRow(index, names)) }
        } else {
            let names = classNames.map(jsonString)
            for index in 0..<count { try file.write(jsonRow(index, names)) }
        }
        try file.commit()
    }

    private func csvRow(_ index: Int, _ names: [String]) -> String {
        var row = "\(samples[index]),\(names[truth(of: index)]),\(truthPlaces[index] + 1),"
        row += Self.text(truthScores[index])
        for (label, score) in zip(keptLabels(of: index), keptScores(of: index)) {
            row += ",\(names[Int(label)]),\(Self.text(score))"
        }
        return row + "\r\n"
    }

    private func jsonRow(_ index: Int, _ names: [String]) -> String {
        let top = zip(keptLabels(of: index), keptScores(of: index)).map { label, score in
            "{\"class\":\(names[Int(label)]),\"score\":\(Self.text(score))}"
        }
        return "{\"id\":\(samples[index]),\"truth\":\(names[truth(of: index)]),"
            + "\"place\":\(truthPlaces[index] + 1),\"truthScore\":\(Self.text(truthScores[index])),"
            + "\"top\":[\(top.joined(separator: ","))]}\n"
    }

    /// The shortest text that gives the same number again.
    private static func text(_ score: Float) -> String { "\(score)" }
}
