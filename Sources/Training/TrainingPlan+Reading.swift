import Files
import Foundation

extension TrainingPlan {
    /// Reads a plan, such as the `plan.json` of a run folder.
    ///
    /// - Throws: for a setting that is missing and has no usual value, is of a wrong kind or is unknown.
    public init(reading path: String) throws(TrainingError) {
        let cause: String
        do {
            let data = try Data(readFile(path, limit: SealedFolder.settingsByteLimit))
            self = try JSONDecoder().decode(Self.self, from: data)
            let unknown = try unknownKeys(in: data)
            guard !unknown.isEmpty else { return }
            cause = "there is no setting \(unknown.prefix(20).joined(separator: ", "))"
        } catch {
            cause = words(onDecoding: error)
        }
        throw TrainingError(code: .wrongPlan, operation: "read the plan \(path)", cause: cause)
    }

    /// What is said in `data` and not by the plan that was read from it.
    private func unknownKeys(in data: Data) throws -> [String] {
        let known = try Files.settings(ofJSON: JSONEncoder().encode(self))
        return try Files.settings(ofJSON: data).filter { known[$0.key] == nil && $0.value != "null" }.keys
            .sorted()
    }
}
