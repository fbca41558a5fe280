package import Engines
package import Networks

/// The programs that the engine would run, as text: no device is needed for it.
package enum StableHLO {
    /// A program for a graph as it is: every source in the order of the nodes → every output, in 32-bit floats.
    package static func evaluating(_ graph: Graph, precision: Precision = .fp32) -> String {
        ModuleText(evaluating: graph, activations: Element(precision)).text
    }

    /// A program that scores `batchSize` images on each device: parameters in the order of the scoring graph, then bytes.
    package static func scoring(
        _ network: Network, batchSize: Int, precision: Precision = .fp32, deviceCount: Int = 1
    ) throws -> String {
        try ModuleText(
            scoring: network.scoringGraph(batchSize: batchSize), activations: Element(precision),
            replicaCount: deviceCount
        ).text
    }

    /// A program for a whole training step, and what stays on the device between two.
    package struct Training {
        package var text: String
        /// Tensors that each step changes, in the program's order: its first arguments, and its results after the sums.
        package var state: [StateTensor]
        /// Arguments after the state: weights that do not learn.
        package var fixed: [StateTensor]
    }

    /// - Parameter configuration: of the whole batch; one replica stands for synchronised batch norm.
    /// - Parameter heldTileCount: tiles that the device holds; `nil` where each batch is sent.
    package static func training(
        _ network: Network, _ configuration: TrainingConfiguration, precision: Precision = .fp32,
        deviceCount: Int = 1, heldTileCount: Int? = nil
    ) throws -> Training {
        precondition(configuration.batchSize.isMultiple(of: deviceCount))
        let samples = heldTileCount.map { TrainingModule.Samples.store(count: $0, reflectsBorder: false) }
        let module = try TrainingModule(
            network, configuration: configuration, batchSize: configuration.batchSize / deviceCount,
            replicaCount: deviceCount, activations: Element(precision), samples: samples ?? .pixels)
        return Training(text: module.module.text, state: module.state, fixed: module.fixed)
    }
}

extension Element {
    /// The numbers that activations are kept in.
    init(_ precision: Precision) { self = precision == .bf16 ? .bf16 : .f32 }
}
