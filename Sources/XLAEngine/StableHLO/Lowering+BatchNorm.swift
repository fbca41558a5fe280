import Networks

// Batch norm: in 32-bit floats, but for the bias that a convolution has taken in, which is added to its rounded result.
extension Lowering {
    /// Axes of `[N, H, W, C]` that a batch norm sums over.
    private static let summed = [0, 1, 2]

    mutating func row(_ index: Int, of rows: Value) -> Value {
        let row = function.slice(rows, [index..<index + 1, 0..<rows.shape[1]])
        return function.reshape(row, to: [rows.shape[1]])
    }

    private mutating func rows(_ first: Value, _ second: Value) -> Value {
        let rows = [first, second].map { function.reshape($0, to: [1] + $0.shape) }
        return function.concatenate(rows, axis: 0)
    }

    private mutating func perChannel(_ values: Value, like x: Value) -> Value {
        function.broadcast(values, axes: [3], to: x.shape)
    }

    private func count(of x: Value) -> Float { Float(x.shape.dropLast().reduce(1, *)) }

    private mutating func sumPerChannel(_ x: Value) -> Value {
        function.reduce("add", x, axes: Self.summed)
    }

    /// Mean and variance in one pass over `x`: of what each channel has over its first element, so that a mean that is
    /// large beside the deviation costs no digits.
    ///
    /// - Source: the shifted sums of Chan, Golub and LeVeque, Algorithms for computing the sample variance, 1983.
    mutating func moments(_ input: NodeID) -> Value {
        let x = wideActivation(input)
        let channels = x.shape[3]
        let first = function.slice(x, [0..<1, 0..<1, 0..<1, 0..<channels])
        let shift = function.reshape(first, to: [channels])
        let distance = function.binary("subtract", x, perChannel(shift, like: x))
        let part = 1 / count(of: x)
        let sum = sumPerChannel(distance)
        let square = function.binary("multiply", distance, distance)
        let squares = sumPerChannel(square)
        let meanDistance = function.binary("multiply", sum, part)
        var mean = function.binary("add", shift, meanDistance)
        let meanSquare = function.binary("multiply", squares, part)
        let squaredMean = function.binary("multiply", meanDistance, meanDistance)
        let difference = function.binary("subtract", meanSquare, squaredMean)
        var variance = function.binary("maximum", difference, 0)
        if synchronizesBatchNorm && function.replicaCount > 1 {
            let own = mean
            mean = function.meanOverReplicas(own)
            let distance = function.binary("subtract", own, mean)
            let square = function.binary("multiply", distance, distance)
            let around = function.binary("add", variance, square)
            variance = function.meanOverReplicas(around)
        }
        return rows(mean, variance)
    }

    /// `1 / sqrt(variance + epsilon)` of moments `[2, C]`.
    private mutating func inverseDeviation(_ moments: Value, epsilon: Float) -> Value {
        let variance = row(1, of: moments)
        return function.unary("rsqrt", function.binary("add", variance, epsilon))
    }

    private mutating func normalised(_ x: Value, by moments: Value, epsilon: Float) -> Value {
        let mean = perChannel(row(0, of: moments), like: x)
        let inverse = perChannel(inverseDeviation(moments, epsilon: epsilon), like: x)
        let centred = function.binary("subtract", x, mean)
        return function.binary("multiply", centred, inverse)
    }

    /// - Parameter inputs: x, scale, shift, moments.
    mutating func batchNorm(_ inputs: [NodeID], epsilon: Float) -> Value {
        let x = wideActivation(inputs[0])
        let moments = plain(inputs[3])
        let inverse = inverseDeviation(moments, epsilon: epsilon)
        let factor = function.binary("multiply", inverse, plain(inputs[1]))
        let centred = function.binary("subtract", x, perChannel(row(0, of: moments), like: x))
        let scaled = function.binary("multiply", centred, perChannel(factor, like: x))
        let y = function.binary("add", scaled, perChannel(plain(inputs[2]), like: x))
        return function.convert(y, to: activations)
    }

    /// A batch norm with fixed moments as part of the convolution before it: what multiplies its result multiplies the
    /// weights, and what is left is a bias.
    mutating func foldedNorm(_ norm: NodeID, into convolution: NodeID, epsilon: Float) -> Value {
        let inputs = graph[norm].inputs
        guard case .conv2d(let stride, let padding) = graph[convolution].op else {
            preconditionFailure("only convolutions take a norm in")
        }
        let (kernel, moments) = (plain(graph[convolution].inputs[1]), plain(inputs[3]))
        let inverse = inverseDeviation(moments, epsilon: epsilon)
        let factor = function.binary("multiply", inverse, plain(inputs[1]))
        let factors = function.broadcast(factor, axes: [0], to: kernel.shape)
        let scaledKernel = function.binary("multiply", kernel, factors)
        let y = self.convolution(
            graph[convolution].inputs[0], scaledKernel, stride: stride, padding: padding)
        let scaledMean = function.binary("multiply", row(0, of: moments), factor)
        let bias = function.binary("subtract", plain(inputs[2]), scaledMean)
        let narrowBias = function.convert(bias, to: activations)
        return function.binary("add", y, perChannel(narrowBias, like: y))
    }

    /// The sums of dy and of dy times the normalised x; with synchronised batch norm their means over the replicas, which
    /// is what both the gradients of shift and scale and the input's gradient need, as all gradients are averaged.
    ///
    /// - Parameter inputs: dy, x, moments.
    mutating func batchNormGradientSums(_ inputs: [NodeID], epsilon: Float) -> Value {
        let (dy, x) = (wideActivation(inputs[0]), wideActivation(inputs[1]))
        let normalised = normalised(x, by: plain(inputs[2]), epsilon: epsilon)
        let products = function.binary("multiply", dy, normalised)
        let sums = rows(sumPerChannel(dy), sumPerChannel(products))
        return synchronizesBatchNorm ? function.meanOverReplicas(sums) : sums
    }

    /// - Parameter inputs: dy, x, scale, moments, sums.
    mutating func batchNormGradient(_ inputs: [NodeID], epsilon: Float) -> Value {
        let (dy, x) = (wideActivation(inputs[0]), wideActivation(inputs[1]))
        let moments = plain(inputs[3])
        let normalised = normalised(x, by: moments, epsilon: epsilon)
        let means = function.binary("multiply", plain(inputs[4]), 1 / count(of: x))
        let along = function.binary("multiply", normalised, perChannel(row(1, of: means), like: x))
        let mean = perChannel(row(0, of: means), like: x)
        let removed = function.binary("add", mean, along)
        let centred = function.binary("subtract", dy, removed)
        let inverse = inverseDeviation(moments, epsilon: epsilon)
        let factor = function.binary("multiply", inverse, plain(inputs[2]))
        let dx = function.binary("multiply", centred, perChannel(factor, like: x))
        return function.convert(dx, to: activations)
    }
}

extension Graph {
    /// For each batch norm with fixed moments, the convolution whose result goes nowhere else.
    var foldableNorms: [NodeID: NodeID] {
        var users: [NodeID: Int] = [:]
        for node in nodes { for input in node.inputs { users[input, default: 0] += 1 } }
        for output in outputs { users[output, default: 0] += 1 }
        var norms: [NodeID: NodeID] = [:]
        for id in nodeIDs {
            guard case .batchNorm = self[id].op, self[self[id].inputs[3]].op == .stack else { continue }
            let x = self[id].inputs[0]
            if case .conv2d = self[x].op, users[x] == 1 { norms[id] = x }
        }
        return norms
    }
}
