import Annotations
import Files
import HTTPTypes

/// How often each class was taken for each other one, counted from an evaluation's `predictions.csv`.
struct RunConfusion: Encodable {
    var classes: [String]
    /// By true class, then by predicted class.
    var counts: [[Int]]

    /// The page shows no more classes than this side by side.
    private static let classLimit = 1000

    /// - Parameter bytes: of the file.
    /// - Throws: where it is no such table.
    init(_ bytes: [UInt8]) throws {
        var cursor = CSVCursor(position: 0, separator: UInt8(ascii: ","))
        var fields: [CSVCursor.Field] = []
        let span = bytes.span.bytes
        guard try cursor.row(into: &fields, in: span),
            let truth = fields.firstIndex(where: { $0.text == "truth" }),
            let label = fields.firstIndex(where: { $0.text == "class_1" })
        else { throw Problem(.unprocessableContent, "predictions.csv has no columns truth and class_1") }
        var pairs: [Pair: Int] = [:]
        var names: Set<String> = []
        while try cursor.row(into: &fields, in: span) {
            guard fields.count > max(truth, label) else { continue }
            let pair = Pair(truth: fields[truth].text, label: fields[label].text)
            pairs[pair, default: 0] += 1
            names.formUnion([pair.truth, pair.label])
        }
        guard names.count <= Self.classLimit else {
            throw Problem(
                .unprocessableContent,
                "the evaluation has \(names.count) classes; the page shows \(Self.classLimit) at most")
        }
        let classes = names.sorted(by: isNaturallyBefore)
        self.classes = classes
        counts = classes.map { truth in classes.map { pairs[Pair(truth: truth, label: $0)] ?? 0 } }
    }

    private struct Pair: Hashable {
        var truth: String
        var label: String
    }
}
