package import Engines
package import Networks

/// A tensor that stays on the device between the steps of a training.
package struct StateTensor: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case weight, momentum, average }
    package var kind: Kind
    package var name: String
    package var shape: [Int]

    /// The tensor of the same weights with another meaning.
    func with(_ kind: Kind) -> StateTensor {
        var tensor = self
        tensor.kind = kind
        return tensor
    }

    /// Its values; a momentum that is missing is 0.
    package func values(in state: TrainingState) -> Tensor {
        state[keyPath: path][name] ?? Tensor(shape: shape, repeating: 0)
    }

    package func put(_ values: Tensor, into state: inout TrainingState) {
        state[keyPath: path][name] = values
    }

    private var path: WritableKeyPath<TrainingState, Weights> {
        switch kind {
        case .weight: \.weights
        case .momentum: \.momenta
        case .average: \.averages
        }
    }
}
