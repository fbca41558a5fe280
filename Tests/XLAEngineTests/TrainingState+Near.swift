import EngineCases
import Engines
import Testing

extension TrainingState {
    /// In deep networks some ReLU is always so near to its kink that the last bit decides, which changes gradients by per
    /// cents from there down to the stem. All tensors must be near, and most of each kind very near: those that a step
    /// changes by little would hide the others.
    func expectNear(_ expected: TrainingState) {
        let errors = errors(from: expected)
        for (name, error) in errors { #expect(error < 0.15, "\(name): \(error)") }
        let kinds: [(String, (String) -> Bool)] = [
            ("momenta", { $0.hasPrefix("momentum") }),
            ("running statistics", { $0.hasPrefix("weight") && $0.contains("running") }),
            ("weights", { $0.hasPrefix("weight") && !$0.contains("running") }),
            ("averages", { $0.hasPrefix("average") }),
        ]
        for (kind, isOfKind) in kinds {
            let sorted = errors.filter { isOfKind($0.key) }.values.sorted()
            guard !sorted.isEmpty else { continue }
            #expect(
                sorted[sorted.count / 2] < 1e-3, "the middle error of \(kind): \(sorted[sorted.count / 2])")
        }
    }
}
