/// A small static graph of tensor operations.
public struct Graph: Hashable, Sendable {
    public init() {}
}
