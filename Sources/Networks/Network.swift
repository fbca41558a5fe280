/// A residual network: its graphs, its parameters and their first values.
public struct Network: Hashable, Sendable {
    public let architecture: Architecture

    public init(_ architecture: Architecture) {
        self.architecture = architecture
    }
}
