/// An array of 32-bit floats with a shape.
public struct Tensor: Hashable, Sendable {
    /// Row-major; `[]` for one number.
    public let shape: [Int]
    public var values: [Float]

    /// - Parameter values: as many as the product of `shape`.
    public init(shape: [Int], values: [Float]) {
        precondition(values.count == shape.elementCount, "\(values.count) values for shape \(shape)")
        (self.shape, self.values) = (shape, values)
    }

    public init(shape: [Int], repeating value: Float) {
        self.init(shape: shape, values: [Float](repeating: value, count: shape.elementCount))
    }
}

/// Parameters and running statistics of a network by torchvision's keys, such as `layer1.0.conv1.weight`.
public typealias Weights = [String: Tensor]

extension [Int] {
    /// Number of elements of a tensor with this shape; 1 for `[]`.
    public var elementCount: Int { reduce(1, *) }
}
