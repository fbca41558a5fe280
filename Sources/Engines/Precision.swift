/// The numbers in which a program computes.
public enum Precision: String, CaseIterable, Hashable, Sendable, Codable {
    /// 32-bit floats throughout.
    case fp32
    /// Activations and their gradients in bfloat16; master weights, batch norm's statistics, sums and what follows
    /// the global mean stay in 32-bit floats.
    case bf16
}
