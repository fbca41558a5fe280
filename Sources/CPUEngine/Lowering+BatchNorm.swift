import CKernels
import Networks

extension Lowering {
    /// `a · x + b` with `a = scale / sqrt(variance + epsilon)` and `b = shift - a · mean`.
    func batchNorm(_ id: NodeID, into target: Place, relu: Bool) -> Executable.Kernel {
        let node = executable.graph[id]
        guard case .batchNorm(let epsilon) = node.op else {
            preconditionFailure("\(node.op) is not batch norm")
        }
        let (pixels, channels) = extent(node.shape)
        let (affine, source) = (activations.affine, place(node.inputs[0]))
        if executable.graph.isFixedBatchNorm(id) {
            let factors = activationFactors(id)
            return { site in
                affine(
                    source.raw(site), target.raw(site), pixels, channels, factors.scale, factors.shift, relu)
            }
        }
        let (scale, shift, moments) = (small(node.inputs[1]), small(node.inputs[2]), small(node.inputs[3]))
        let factors = factors(2, channels)
        return { site in
            let a = factors[site.worker.index]
            let b = a + channels
            for c in 0..<channels {
                a[c] = scale[c] / (moments[channels + c] + epsilon).squareRoot()
                b[c] = shift[c] - a[c] * moments[c]
            }
            affine(source.raw(site), target.raw(site), pixels, channels, a, b, relu)
        }
    }

    func moments(_ id: NodeID) -> Executable.Kernel {
        let x = executable.graph[id].inputs[0]
        let (pixels, channels) = extent(executable.graph[x].shape)
        let (momentSums, source, sums) = (activations.moment_sums, place(x), momentPartials(id))
        return { momentSums(source.raw($0), pixels, channels, sums + 2 * channels * $0.microBatch) }
    }

    func addMoments(_ add: NodeID, _ moments: NodeID) -> Executable.Kernel {
        let node = executable.graph[add]
        let (pixels, channels) = extent(node.shape)
        let (a, b, y) = (place(node.inputs[0]), place(node.inputs[1]), place(add))
        let (addMomentSums, sums) = (activations.add_moment_sums, momentPartials(moments))
        return { site in
            let partial = sums + 2 * channels * site.microBatch
            addMomentSums(a.raw(site), b.raw(site), y.raw(site), pixels, channels, partial)
        }
    }

    func gradientSums(_ id: NodeID) -> Executable.Kernel {
        let node = executable.graph[id]
        let (pixels, channels) = extent(executable.graph[node.inputs[0]].shape)
        let (dy, x, mean) = (place(node.inputs[0]), place(node.inputs[1]), small(node.inputs[2]))
        let (gradientSums, sums) = (activations.gradient_sums, gradientPartials(id))
        return { site in
            let partial = sums + 2 * channels * site.microBatch
            gradientSums(dy.raw(site), x.raw(site), pixels, channels, mean, partial)
        }
    }

    func reluGradientSums(_ gradient: NodeID, _ id: NodeID) -> Executable.Kernel {
        let (relu, node) = (executable.graph[gradient], executable.graph[id])
        let (pixels, channels) = extent(relu.shape)
        let (dy, y, dx) = (place(relu.inputs[0]), place(relu.inputs[1]), place(gradient))
        let (x, mean) = (place(node.inputs[1]), small(node.inputs[2]))
        let (kernel, sums) = (activations.relu_gradient_sums, gradientPartials(id))
        return { site in
            let partial = sums + 2 * channels * site.microBatch
            kernel(
                dy.raw(site), y.raw(site), x.raw(site), dx.raw(site), pixels, channels, mean,
                partial)
        }
    }

    /// `dx = s · (dy - sumOfDy / n - normalised · sumOfDyNormalised / n)` with `s = scale / sqrt(variance + epsilon)`,
    /// written as `a · dy + b · x + k`.
    func batchNormGradient(_ id: NodeID, into target: Place, adding other: NodeID?) -> Executable.Kernel {
        let node = executable.graph[id]
        guard case .batchNormGradient(let epsilon) = node.op else {
            preconditionFailure("\(node.op) is not the gradient of batch norm")
        }
        let (pixels, channels) = extent(node.shape)
        let count = Float(node.shape[0] * node.shape[2] * node.shape[3])
        let (dy, x, other) = (place(node.inputs[0]), place(node.inputs[1]), other.map(place))
        let (scale, moments, sums) = (small(node.inputs[2]), small(node.inputs[3]), small(node.inputs[4]))
        let (kernel, factors) = (activations.affine_gradient, factors(3, channels))
        return { site in
            let a = factors[site.worker.index]
            let (b, k) = (a + channels, a + 2 * channels)
            for c in 0..<channels {
                let inverse = 1 / (moments[channels + c] + epsilon).squareRoot()
                a[c] = scale[c] * inverse
                b[c] = -a[c] * inverse * sums[channels + c] / count
                k[c] = -a[c] * sums[c] / count - b[c] * moments[c]
            }
            kernel(
                dy.raw(site), x.raw(site), other?.raw(site), target.raw(site), pixels, channels,
                a, b,
                k)
        }
    }

    /// The sum over all pixels of a convolution's input gradient: each weight times the sum of the dy that it meets.
    func inputGradientSum(_ gradient: NodeID, _ id: NodeID) -> Executable.Kernel {
        let (node, graph) = (executable.graph[gradient], executable.graph)
        guard case .conv2dGradientInput(let stride, let padding, _, _) = node.op else {
            preconditionFailure("\(node.op) is not the gradient of a convolution's input")
        }
        let (dy, weights) = (graph[node.inputs[0]].shape, graph[node.inputs[1]].shape)
        let (outputs, channels, area) = (weights[0], weights[1], weights[2] * weights[3])
        let shape = ts_pooling(
            images: microBatch, height: node.shape[2], width: node.shape[3], channels: outputs,
            out_height: dy[2], out_width: dy[3], size: weights[2], stride: stride, padding: padding)
        let (source, w) = (place(node.inputs[0]), small(node.inputs[1]))
        let (windowSums, windows) = (activations.window_sums, factors(area, outputs))
        let sums = gradientPartials(id)
        return { site in
            let window = windows[site.worker.index]
            withUnsafePointer(to: shape) { windowSums(source.raw(site), window, $0) }
            let partial = sums + 2 * channels * site.microBatch
            for c in 0..<channels {
                var sum = 0.0
                for k in 0..<outputs {
                    let row = w + (k * channels + c) * area
                    for i in 0..<area { sum += Double(row[i] * window[i * outputs + k]) }
                }
                // Nobody reads the second row, the gradient of the scale.
                (partial[c], partial[channels + c]) = (sum, 0)
            }
        }
    }

    /// Memory for each micro-batch's sums, and what turns them into mean and variance at the end of the phase.
    private func momentPartials(_ id: NodeID) -> UnsafeMutablePointer<Double> {
        let x = executable.graph[executable.graph[id].inputs[0]].shape
        let count = Double(x[0] * x[2] * x[3])
        return partials(id) { sum, square in
            let mean = sum / count
            return (Float(mean), Float(max(0, square / count - mean * mean)))
        }
    }

    private func gradientPartials(_ id: NodeID) -> UnsafeMutablePointer<Double> {
        let node = executable.graph[id]
        guard case .batchNormGradientSums(let epsilon) = node.op else {
            preconditionFailure("\(node.op) is not the sums of batch norm")
        }
        let (channels, moments) = (node.shape[1], small(node.inputs[2]))
        return partials(id) { channel, sum, product in
            (Float(sum), Float(product / Double(moments[channels + channel] + epsilon).squareRoot()))
        }
    }

    private func partials(
        _ id: NodeID, end: @escaping (Double, Double) -> (Float, Float)
    ) -> UnsafeMutablePointer<Double> {
        partials(id) { _, first, second in end(first, second) }
    }

    /// `[microBatchCount, 2, C]` sums; `end` makes the two results of a channel from its two totals.
    private func partials(
        _ id: NodeID, end: @escaping (_ channel: Int, Double, Double) -> (Float, Float)
    ) -> UnsafeMutablePointer<Double> {
        let (channels, microBatches, y) = (
            executable.graph[id].shape[1], executable.microBatchCount(of: phase), small(id)
        )
        let sums = executable.allocate(byteCount: microBatches * 2 * channels * 8)
            .assumingMemoryBound(to: Double.self)
        executable.reductionEnds[phase].append {
            for c in 0..<channels {
                var (first, second) = (0.0, 0.0)
                for index in 0..<microBatches {
                    first += sums[index * 2 * channels + c]
                    second += sums[index * 2 * channels + channels + c]
                }
                (y[c], y[channels + c]) = end(c, first, second)
            }
        }
        return sums
    }
}
