/// The numbers in which a program computes.
public enum Precision: String, CaseIterable, Hashable, Sendable, Codable {
    /// 32-bit floats throughout.
    case fp32
    /// Activations and their gradients in bfloat16; master weights, batch norm's statistics, sums and what follows
    /// the global mean stay in 32-bit floats.
    case bf16
    /// Scoring only: the inputs and weights of convolutions in bytes, with exact sums; all else as in `bf16`.
    ///
    /// Needs the network's input ranges (`Calibration`).
    case int8

    /// Whether networks can be trained in it.
    public var trains: Bool { self != .int8 }

    /// What is said where networks would be trained in a precision that does not train.
    public static let scoringOnly = "int8 is for scoring only; fp32 and bf16 train"
}
