/// How long one kind of operation took in a program that was made to measure itself.
public struct OpProfile: Hashable, Sendable, Codable {
    /// Such as `convolution 3x3/1 16→16 of 32x32, norm, relu: winograd`.
    public var name: String
    /// Operations of this kind in one run of the program.
    public var stepCount: Int
    /// Of all workers together, over all runs so far.
    public var seconds: Double
    /// Multiplications and additions over all runs so far, counted as for a direct convolution; 0 where bytes count.
    public var operationCount: Double

    public init(name: String, stepCount: Int, seconds: Double, operationCount: Double) {
        (self.name, self.stepCount) = (name, stepCount)
        (self.seconds, self.operationCount) = (seconds, operationCount)
    }
}

/// A program that can say where its time goes.
public protocol ProfiledProgram: AnyObject {
    /// Longest first; empty unless the engine was made to profile.
    var profile: [OpProfile] { get }
}
