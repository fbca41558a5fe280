/// What decides the bits of a network's scores: programs with equal numerics give equal bits.
///
/// On accelerators this holds as far as the plugin's compiler gives the same program for the same text.
public struct Numerics: Hashable, Sendable, Codable {
    /// `cpu`, `reference`, or the platform of an accelerator's plugin such as `cuda`.
    public var engine: String
    public var precision: Precision
    /// The variant of our CPU kernels (`KernelVariant`), by its name; `nil` for engines without them.
    public var kernels: String?
    /// The library that computes, with its version: `oneDNN 3.2.0`, or what the plugin says of its platform.
    public var library: String
    /// The CPU's instruction set that oneDNN uses, or the model of an accelerator; `nil` for engines that only know one.
    public var instructions: String?
    /// The algorithm of each convolution where it depends on the machine, by the convolution's name.
    public var convolutions: [String: String]

    /// - Parameter convolutions: empty for an engine on its own, without a network.
    public init(
        engine: String, precision: Precision, kernels: String? = nil, library: String,
        instructions: String? = nil, convolutions: [String: String] = [:]
    ) {
        (self.engine, self.precision) = (engine, precision)
        (self.kernels, self.library) = (kernels, library)
        (self.instructions, self.convolutions) = (instructions, convolutions)
    }

    /// What differs, each in words for people: `"precision bf16, not fp32"`; empty where nothing does.
    ///
    /// - Parameter other: what was wanted.
    public func differences(from other: Numerics) -> [String] {
        func difference(_ what: String, _ own: String?, _ other: String?) -> [String] {
            own == other ? [] : ["\(what) \(own ?? "none"), not \(other ?? "none")"]
        }
        let names = Set(convolutions.keys).union(other.convolutions.keys).sorted()
        return difference("engine", engine, other.engine)
            + difference("precision", precision.rawValue, other.precision.rawValue)
            + difference("kernels", kernels, other.kernels)
            + difference("library", library, other.library)
            + difference("instructions", instructions, other.instructions)
            + names.flatMap { difference("\($0):", convolutions[$0], other.convolutions[$0]) }
    }
}
