import Evaluation
import Files
import Foundation
import Pixels
import Records

/// Worst cases as rows, and as sheets that a person can look at.
struct WorstCaseFiles {
    let cases: WorstCases
    let duplicates: NearDuplicates.Found
    let predictions: Predictions
    /// Of the classes, for people.
    let names: [String]
    let scoring: PackScoring
    let cancellation: Cancellation

    /// A row of `worst.jsonl`.
    private struct Row: Encodable {
        var kind: String
        var error: WorstCases.Case?
        var pair: WorstCases.Pair?
        var duplicate: NearDuplicates.Pair?
    }

    private static let duplicateLimit = 32

    func write(_ sheets: [(name: String, sheet: ContactSheet)], into folder: String) throws {
        let rows =
            cases.confidentErrors.map { Row(kind: "confident error", error: $0) }
            + cases.confusedPairs.map { Row(kind: "confused pair", pair: $0) }
            + cases.labelErrors.map { Row(kind: "label error", error: $0) }
            + duplicates.pairs.map { Row(kind: "near duplicate", duplicate: $0) }
        let lines = try rows.map { try JSONText($0).text + "\n" }
        try writeFile(lines.joined(), to: .replacing(folder + "/worst.jsonl"))
        for (name, sheet) in sheets { try sheet.figure.write(to: .replacing(folder + "/\(name).png")) }
    }

    /// By the names of their files.
    var sheets: [(name: String, sheet: ContactSheet)] {
        get throws {
            let pairs = try cases.confusedPairs.flatMap { pair in
                try pair.examples.map { try entry($0) } + blanks(after: pair)
            }
            return try [
                (
                    "errors",
                    sheet(
                        "Most confident errors; score of the wrong class / of its own",
                        cases.confidentErrors.map { try entry($0) })
                ),
                ("pairs", sheet("Most confused pairs", pairs)),
                (
                    "label-errors",
                    sheet(
                        "Likely label errors: \(cases.labelErrorCount), the likeliest first; score of the other class / of its own",
                        cases.labelErrors.map { try entry($0, verb: "looks like") })
                ),
                (
                    "duplicates",
                    sheet(
                        "Near duplicates: \(duplicateCount) pairs, the most alike first",
                        duplicates.pairs.prefix(Self.duplicateLimit).flatMap(entries))
                ),
            ]
        }
    }

    private var duplicateCount: String {
        (duplicates.isComplete ? "" : "more than ") + "\(duplicates.pairs.count)"
    }

    private func sheet(_ title: String, _ entries: [ContactSheet.Entry]) -> ContactSheet {
        ContactSheet(title: entries.isEmpty ? title + ": none" : title, entries: entries)
    }

    private func entry(_ error: WorstCases.Case, verb: String = "taken for") throws -> ContactSheet.Entry {
        ContactSheet.Entry(
            picture: try scoring.picture(of: error.sample, cancellation: cancellation),
            lines: [
                "\(error.truth) #\(error.sample)", "\(verb) \(error.predicted)",
                "\((100 * error.score).fixed(1)) % / \((100 * error.truthScore).fixed(1)) %",
            ])
    }

    /// So that each pair has a row of its own.
    private func blanks(after pair: WorstCases.Pair) -> [ContactSheet.Entry] {
        let count =
            (ContactSheet.columnCount - pair.examples.count % ContactSheet.columnCount)
            % ContactSheet.columnCount
        return (0..<count).map { _ in ContactSheet.Entry(picture: nil, lines: []) }
    }

    private func entries(_ pair: NearDuplicates.Pair) throws -> [ContactSheet.Entry] {
        try [pair.first, pair.second].map { sample in
            ContactSheet.Entry(
                picture: try scoring.picture(of: sample, cancellation: cancellation),
                lines: [
                    "\(names[scoring.label(of: sample)]) #\(sample)",
                    "correlation \(pair.correlation.fixed(3))",
                ])
        }
    }
}
