/// A training step that was begun.
public struct PendingStep {
    private let wait: () throws(EngineError) -> StepResult

    /// - Parameter wait: waits for the step's end; called once at most.
    public init(_ wait: @escaping () throws(EngineError) -> StepResult) { self.wait = wait }

    /// Waits for the step's end.
    ///
    /// Ask once, from the thread that calls the program, and for the steps of a program in the order in which they were
    /// begun. A result that nobody wants need not be asked for.
    public func result() throws(EngineError) -> StepResult { try wait() }
}
