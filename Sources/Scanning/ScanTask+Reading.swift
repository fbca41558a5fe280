public import Engines
public import ModelFiles

extension ScanTask {
    /// The task of a scan that may be exact or dense: dense where the model's contract says so and it is possible.
    ///
    /// - Parameter objection: why this scan cannot be dense; `nil` where only the task shows it.
    /// - Parameter make: makes the dense task or the exact one.
    /// - Returns: with the reason why a scan is exact although the contract wants a dense one.
    public static func usual(
        reading: Reading?, abilities: Abilities, objection: String? = nil,
        make: (_ isDense: Bool) throws -> ScanTask
    ) throws -> (task: ScanTask, exactReason: String?) {
        let exact = try make(false)
        guard reading?.scan == .dense else { return (exact, nil) }
        if let objection { return (exact, objection) }
        guard abilities.contains(.denseScoring) else {
            return (exact, "the engine scores window by window only")
        }
        do {
            return (try make(true), nil)
        } catch let error as ScanError {
            return (exact, error.cause)
        }
    }
}
