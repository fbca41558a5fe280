import Engines
import Networks

extension ModuleText {
    /// A graph as it is: takes every source in the order of the nodes, gives back every output, all in 32-bit floats.
    init(evaluating graph: Graph, activations: Element) {
        self.init()
        var lowering = Lowering(graph, activations: activations, function: function)
        for id in graph.nodeIDs {
            guard let (_, shape) = graph[id].op.binding else { continue }
            lowering.bind(id, to: argument(.f32, shape))
        }
        lowering.lowerAll()
        results = graph.outputs.map { lowering.asInGraph($0) }
        function = lowering.function
    }

    /// Scores of whole images: takes the graph's parameters in the order of its nodes, then pixels as bytes; gives back
    /// the graph's one output.
    init(scoring graph: Graph, activations: Element, replicaCount: Int = 1) {
        self.init(replicaCount: replicaCount)
        var lowering = Lowering(graph, activations: activations, function: function)
        for (id, _, shape) in graph.bound(.parameter) { lowering.bind(id, to: argument(.f32, shape)) }
        for (id, _, shape) in graph.bound(.input) { lowering.bind(id, to: argument(.ui8, shape)) }
        lowering.lowerAll()
        results = graph.outputs.map { lowering.asInGraph($0) }
        function = lowering.function
    }

    /// Scores of the windows of a block of pixels, which are cut out on the device: takes the graph's parameters, a block
    /// `[1, height, width, 3]` of bytes, and the corner of each window, `[N, 2]`, a row and a column.
    ///
    /// - Parameter graph: for N windows.
    init(
        scoringWindowsOf height: Int, by width: Int, _ graph: Graph, activations: Element,
        replicaCount: Int = 1
    ) {
        self.init(replicaCount: replicaCount)
        var lowering = Lowering(graph, activations: activations, function: function)
        for (id, _, shape) in graph.bound(.parameter) { lowering.bind(id, to: argument(.f32, shape)) }
        let block = argument(.ui8, [1, height, width, 3])
        for (id, _, shape) in graph.bound(.input) {
            let corners = argument(.i32, [shape[0], 2])
            let pixels = lowering.function.windows(of: block, at: corners, side: shape[1])
            lowering.bind(id, to: pixels)
        }
        lowering.lowerAll()
        results = graph.outputs.map { lowering.asInGraph($0) }
        function = lowering.function
    }

    /// Writes part of a store over the old one: takes the store `[count, …]`, a part of it, and where that begins.
    init(updating store: TensorType, partCount: Int, replicaCount: Int) {
        self.init(replicaCount: replicaCount)
        let old = argument(store.element, store.shape)
        let part = argument(store.element, [partCount] + store.shape.dropFirst())
        let start = argument(.i32, [])
        giveBack(function.update(old, with: part, from: start), inPlaceOf: old)
    }

    /// A store of zeros.
    init(zeros store: TensorType, replicaCount: Int) {
        self.init(replicaCount: replicaCount)
        results = [function.constant(0, store.shape, store.element)]
    }
}

extension Graph {
    enum SourceKind { case input, parameter }

    /// The sources of one kind with their names and shapes, in the order of the nodes.
    func bound(_ kind: SourceKind) -> [(id: NodeID, name: String, shape: [Int])] {
        nodeIDs.compactMap { id in
            switch (self[id].op, kind) {
            case (.input(let name, let shape), .input), (.parameter(let name, let shape), .parameter):
                (id, name, shape)
            default: nil
            }
        }
    }
}
