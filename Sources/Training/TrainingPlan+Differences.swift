import Files
import Foundation

extension TrainingPlan {
    /// A setting in which two plans differ.
    struct Difference {
        /// As in `plan.json`, with dots: `"optimizer.momentum"`.
        var key: String
        var mine: String
        var other: String
    }

    /// In the order of the keys.
    func differences(from other: TrainingPlan) throws -> [Difference] {
        let (mine, others) = (try settings(), try other.settings())
        return Set(mine.keys).union(others.keys).sorted().compactMap { key in
            mine[key] == others[key]
                ? nil : Difference(key: key, mine: mine[key] ?? "not set", other: others[key] ?? "not set")
        }
    }

    /// Each number and text of `plan.json` under its place.
    private func settings() throws -> [String: String] {
        try Files.settings(ofJSON: JSONEncoder().encode(self))
    }
}

extension [TrainingPlan] {
    /// What decides the stream of batches.
    private static let streamKeys = [
        "dataPath", "validationPath", "seed", "batchSize", "samplesPerEpoch", "cropWindows", "epochCount",
        "learnsTurns",
        "augmentation", "architecture.inputSize", "architecture.classCount",
    ]

    /// Checks that one stream of batches can feed all of them, each into a folder of its own.
    func checkTogether() throws {
        guard let first else { return }
        for (index, plan) in enumerated().dropFirst() {
            let differences = try first.differences(from: plan).filter { difference in
                Self.streamKeys.contains { difference.key == $0 || difference.key.hasPrefix($0 + ".") }
            }
            guard differences.isEmpty else {
                let words = differences.map {
                    "\($0.key) is \($0.mine) in the first and \($0.other) in this one"
                }
                throw TrainingError(
                    code: .wrongPlan,
                    operation: "train plan \(index + 1) (\(plan.outputPath)) from one stream",
                    cause: words.joined(separator: "; "))
            }
            guard !self[..<index].contains(where: { $0.outputPath == plan.outputPath }) else {
                throw TrainingError(
                    code: .wrongPlan, operation: "train plan \(index + 1) beside the others",
                    cause: "another plan also writes into \(plan.outputPath)")
            }
        }
    }
}
