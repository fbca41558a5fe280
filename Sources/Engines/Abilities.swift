/// What an engine can do beside scoring images.
public struct Abilities: OptionSet, Hashable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `trainingProgram`, in the engine's precision.
    public static let training = Abilities(rawValue: 1 << 0)
    /// `windowScoringProgram`: the device cuts windows out of blocks, so that overlapping windows are copied to it once.
    public static let windowScoring = Abilities(rawValue: 1 << 1)
    /// `denseScoringProgram`: the network runs once over whole blocks.
    public static let denseScoring = Abilities(rawValue: 1 << 2)
    /// `featureScoringProgram`: pooled features beside the scores.
    public static let features = Abilities(rawValue: 1 << 3)
}
