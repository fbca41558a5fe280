public import Engines

/// A precision, or the best one.
public enum PrecisionChoice: String, CaseIterable, Hashable, Sendable, Codable {
    /// On the CPU, the fastest precision that this CPU and the model support; on an accelerator bf16.
    case auto
    case fp32, bf16
    /// For scoring on the CPU.
    case int8
}

/// The numbers and instructions that somebody wants a network computed with.
public struct NumericsChoice: Hashable, Sendable, Codable {
    public var precision: PrecisionChoice
    /// Instructions of our own CPU kernels; `nil` for the best that the CPU has.
    public var kernels: KernelVariant?

    /// - Parameter kernels: `nil` for the best that the CPU has.
    public init(precision: PrecisionChoice = .fp32, kernels: KernelVariant? = nil) {
        (self.precision, self.kernels) = (precision, kernels)
    }

    /// Refuses a precision in which nothing can be trained.
    public func checkTraining() throws(DeviceError) {
        guard precision != .int8 else {
            throw DeviceError(
                code: .wrongChoice, operation: "train in int8", cause: Precision.scoringOnly)
        }
    }
}
