import Bytes
import Networks

/// A network of every kind that there is, as small as it can be.
enum TestNetworks {
    static let names = [
        "cifar-resnet8-v1a", "cifar-resnet8-v1b", "cifar-resnet8-v2", "cifar-resnet11-v2-bottleneck",
        "cifar-resnet8-pooled", "resnet18-v2", "resnet50-v2", "resnet18-v1.5", "resnet50-v1.5",
        "resnet26-v1.5", "cifar-resnet18-v1.5", "cifar-resnet26-v1.5", "cifar-wrn-10-2",
    ]
    /// The small ones of them.
    static let smallNames = names.filter { $0.hasPrefix("cifar") && !$0.hasSuffix("v1.5") }

    static func network(_ name: String, classCount: Int = 3) throws -> Network {
        let architecture = Architecture(
            name: name, classCount: classCount, inputSize: name.hasPrefix("cifar") ? 16 : 64)
        guard let architecture else { preconditionFailure("no network is named \(name)") }
        return try Network(architecture)
    }

    /// First weights, with batch norms that do something.
    static func weights(of network: Network, seed: UInt64 = 1) -> Weights {
        var weights = network.initialWeights(seed: seed)
        var random = SplitMix64(seed: seed, stream: 9)
        for (name, tensor) in weights.sorted(by: { $0.key < $1.key }) where tensor.shape.count == 1 {
            let isPositive = name.hasSuffix("running_var") || name.hasSuffix("weight")
            for index in tensor.values.indices {
                weights[name]?.values[index] = Float.random(
                    in: isPositive ? 0.5...1.5 : -0.2...0.2, using: &random)
            }
        }
        return weights
    }
}
