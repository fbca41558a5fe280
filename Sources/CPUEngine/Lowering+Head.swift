import CKernels
import Engines
import Foundation
import Networks

/// The ops at the end of a network, on `[N, C]` and `[N, K]`, and shortcuts without parameters: small work, plain
/// loops.
extension Lowering {
    func paddedShortcut(
        large: NodeID, small: NodeID, _ stride: Int, isGradient: Bool
    ) -> Executable.Kernel {
        let (x, y) = (executable.graph[large].shape, executable.graph[small].shape)
        let (source, target) = (place(isGradient ? small : large), place(isGradient ? large : small))
        let size = executable.element(of: small).byteCount
        let (samples, rowByteCount, before) = (microBatch, x[1] * size, (y[1] - x[1]) / 2 * size)
        let targetByteCount = samples * (isGradient ? x : y)[1...].reduce(size, *)
        return { site in
            let (from, to) = (source.raw(site), target.raw(site))
            to.initializeMemory(as: UInt8.self, repeating: 0, count: targetByteCount)
            for pixel in 0..<samples * y[2] * y[3] {
                let (row, column) = (pixel / y[3], pixel % y[3])
                let (sample, p) = (row / y[2], row % y[2])
                let xOffset = ((sample * x[2] + p * stride) * x[3] + column * stride) * rowByteCount
                let yOffset = pixel * y[1] * size + before
                let (sourceOffset, offset) = isGradient ? (yOffset, xOffset) : (xOffset, yOffset)
                (to + offset).copyMemory(from: from + sourceOffset, byteCount: rowByteCount)
            }
        }
    }

    func pooling(x: [Int], y: [Int], size: Int, stride: Int, padding: Int) -> ts_pooling {
        ts_pooling(
            images: microBatch, height: x[2], width: x[3], channels: x[1], out_height: y[2],
            out_width: y[3], size: size, stride: stride, padding: padding)
    }

    func globalMean(_ node: Node, _ target: Place) -> Executable.Kernel {
        let shape = executable.graph[node.inputs[0]].shape
        let (source, samples, mean) = (place(node.inputs[0]), microBatch, activations.mean)
        let (pixels, channels) = (shape[2] * shape[3], shape[1])
        let stride = executable.sampleByteCount(node.inputs[0])
        return { site in
            let (x, y) = (source.raw(site), target.floats(site))
            for n in 0..<samples { mean(x + n * stride, y + n * channels, pixels, channels) }
        }
    }

    func globalMeanGradient(_ id: NodeID) -> Executable.Kernel {
        let node = executable.graph[id]
        let (pixels, channels) = (node.shape[2] * node.shape[3], node.shape[1])
        let (source, target, gradient) = (place(node.inputs[0]), place(id), activations.mean_gradient)
        let (samples, stride) = (microBatch, executable.sampleByteCount(id))
        return { site in
            let (dy, dx) = (source.floats(site), target.raw(site))
            for n in 0..<samples { gradient(dy + n * channels, dx + n * stride, pixels, channels) }
        }
    }

    /// - Parameter x: the feature maps.
    func windowMeans(of x: NodeID, _ id: NodeID, size: Int, stride: Int) -> Executable.Kernel {
        let shape = windows(of: executable.graph[x].shape, size: size, stride: stride)
        let (source, target, means) = (place(x), place(id), activations.window_means)
        return { site in withUnsafePointer(to: shape) { means(source.raw(site), target.floats(site), $0) } }
    }

    func windowMeansGradient(_ id: NodeID, size: Int, stride: Int) -> Executable.Kernel {
        let node = executable.graph[id]
        let shape = windows(of: node.shape, size: size, stride: stride)
        let (source, target) = (place(node.inputs[0]), place(id))
        let gradient = activations.window_means_gradient
        return { site in withUnsafePointer(to: shape) { gradient(source.floats(site), target.raw(site), $0) }
        }
    }

    /// Squares in feature maps of a shape, `stride` apart from (0, 0) on.
    private func windows(of x: [Int], size: Int, stride: Int) -> ts_pooling {
        let places = x[..<2] + x[2...].map { ($0 - size) / stride + 1 }
        return pooling(x: x, y: Array(places), size: size, stride: stride, padding: 0)
    }

    func dense(_ id: NodeID) -> Executable.Kernel {
        let (node, target) = (executable.graph[id], place(id))
        let (weights, bias) = (small(node.inputs[1]), small(node.inputs[2]))
        let (channels, outputs) = (executable.graph[node.inputs[0]].shape[1], node.shape[1])
        let (dense, source, rows) = (kernels.dense, place(node.inputs[0]), rowCount(id))
        return { site in
            let (x, y) = (source.floats(site), target.floats(site))
            for n in 0..<rows {
                dense(x + n * channels, weights, bias, y + n * outputs, channels, outputs)
            }
        }
    }

    func denseGradientInput(_ id: NodeID) -> Executable.Kernel {
        let (node, target) = (executable.graph[id], place(id))
        let (channels, outputs) = (node.shape[1], executable.graph[node.inputs[0]].shape[1])
        let (source, weights) = (place(node.inputs[0]), small(node.inputs[1]))
        let (rows, accumulate) = (rowCount(id), kernels.accumulate)
        return { site in
            let (dy, dx) = (source.floats(site), target.floats(site))
            dx.update(repeating: 0, count: rows * channels)
            for n in 0..<rows {
                for k in 0..<outputs {
                    accumulate(dy[n * outputs + k], weights + k * channels, dx + n * channels, channels)
                }
            }
        }
    }

    /// Of the weights, `[K, C]` from x and dy, or of the bias, `[K]` from dy.
    func denseGradient(_ id: NodeID) throws(EngineError) -> Executable.Kernel {
        let node = executable.graph[id]
        let (sum, count) = (try executable.laneSum(id, phase: phase), node.shape.elementCount)
        let (rows, accumulate) = (rowCount(node.inputs[0]), kernels.accumulate)
        let (first, outputs) = (place(node.inputs[0]), node.shape[0])
        guard node.op == .denseGradientWeights else {
            return { site in
                let (dy, lane) = (first.floats(site), sum.lane(site.lane))
                if site.isFirstInLane { lane.update(repeating: 0, count: count) }
                for n in 0..<rows { accumulate(1, dy + n * outputs, lane, outputs) }
            }
        }
        let (second, channels) = (place(node.inputs[1]), node.shape[1])
        return { site in
            let (x, dy, lane) = (first.floats(site), second.floats(site), sum.lane(site.lane))
            if site.isFirstInLane { lane.update(repeating: 0, count: count) }
            for n in 0..<rows {
                for k in 0..<outputs {
                    accumulate(dy[n * outputs + k], x + n * channels, lane + k * channels, channels)
                }
            }
        }
    }

    func softmax(_ id: NodeID) -> Executable.Kernel {
        let (node, target) = (executable.graph[id], place(id))
        let (source, rows, classes) = (place(node.inputs[0]), rowCount(id), node.shape[1])
        return { site in
            let (x, y) = (source.floats(site), target.floats(site))
            for n in 0..<rows { softmaxRow(x + n * classes, y + n * classes, classes) }
        }
    }

    /// - Parameter scores: makes scores of a row of logits.
    func lossGradient(
        _ id: NodeID,
        _ scores: @escaping (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) -> Executable.Kernel {
        let (node, target) = (executable.graph[id], place(id))
        let (source, targets) = (place(node.inputs[0]), place(node.inputs[1]))
        let (rows, classes, allRows) = (rowCount(id), node.shape[1], Float(node.shape[0]))
        return { site in
            let (x, t, y) = (source.floats(site), targets.floats(site), target.floats(site))
            for n in 0..<rows { scores(x + n * classes, y + n * classes, classes) }
            for i in 0..<rows * classes { y[i] = (y[i] - t[i]) / allRows }
        }
    }

    /// - Parameter ofRow: of a row of logits and its targets.
    func loss(
        _ id: NodeID, _ ofRow: @escaping (UnsafePointer<Float>, UnsafePointer<Float>, Int) -> Double
    ) -> Executable.Kernel {
        let inputs = executable.graph[id].inputs
        let (targets, shape) = (place(inputs[1]), executable.graph[inputs[0]].shape)
        return sum(id, divisor: Double(shape[0])) { x, row, site in
            ofRow(x, targets.floats(site) + row * shape[1], shape[1])
        }
    }

    func correctCount(_ id: NodeID, highest: Int) -> Executable.Kernel {
        let inputs = executable.graph[id].inputs
        let (labels, classes) = (place(inputs[1]), executable.graph[inputs[0]].shape[1])
        return sum(id, divisor: 1) { x, row, site in
            let label = labels.raw(site).assumingMemoryBound(to: Int32.self)[row]
            return rank(of: Int(label), in: x, classes) < highest ? 1 : 0
        }
    }

    /// A sum over rows, per micro-batch, added up at the end of the phase.
    ///
    /// - Parameter value: of a row of logits, the first operand's, and its number in the micro-batch.
    private func sum(
        _ id: NodeID, divisor: Double, _ value: @escaping (UnsafePointer<Float>, Int, Site) -> Double
    ) -> Executable.Kernel {
        let logits = executable.graph[id].inputs[0]
        let (source, classes) = (place(logits), executable.graph[logits].shape[1])
        let (rows, microBatches, y) = (rowCount(logits), executable.microBatchCount(of: phase), small(id))
        let sums = executable.allocate(byteCount: microBatches * 8).assumingMemoryBound(to: Double.self)
        executable.reductionEnds[phase].append {
            var total = 0.0
            for index in 0..<microBatches { total += sums[index] }
            y[0] = Float(total / divisor)
        }
        return { site in
            let x = source.floats(site)
            var sum = 0.0
            for n in 0..<rows { sum += value(x + n * classes, n, site) }
            sums[site.microBatch] = sum
        }
    }
}

func softmaxRow(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    var highest = x[0]
    for k in 1..<max(1, count) { highest = max(highest, x[k]) }
    var sum: Float = 0
    for k in 0..<count {
        y[k] = exp(x[k] - highest)
        sum += y[k]
    }
    for k in 0..<count { y[k] /= sum }
}

func sigmoidRow(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    for k in 0..<count {
        // The exponent is never positive, so that nothing overflows.
        let power = exp(-abs(x[k]))
        y[k] = (x[k] < 0 ? power : 1) / (1 + power)
    }
}

/// - Parameter targets: each in `0...1`.
/// - Source: `max(x, 0) - x t + log(1 + exp(-|x|))`, as in torch's `binary_cross_entropy_with_logits`: it overflows nowhere.
func sigmoidCrossEntropy(
    _ x: UnsafePointer<Float>, _ targets: UnsafePointer<Float>, _ count: Int
) -> Double {
    var sum = 0.0
    for k in 0..<count {
        let (logit, target) = (Double(x[k]), Double(targets[k]))
        sum += max(logit, 0) - logit * target + log1p(exp(-abs(logit)))
    }
    return sum
}

/// - Parameter targets: sum to 1.
func crossEntropy(_ x: UnsafePointer<Float>, _ targets: UnsafePointer<Float>, _ count: Int) -> Double {
    var highest = x[0]
    for k in 1..<max(1, count) { highest = max(highest, x[k]) }
    var sum = 0.0
    for k in 0..<count { sum += exp(Double(x[k] - highest)) }
    var expected = 0.0
    for k in 0..<count { expected += Double(targets[k]) * Double(x[k] - highest) }
    return log(sum) - expected
}

/// How many come before `label` when the highest is first; of equal ones, the first.
private func rank(of label: Int, in x: UnsafePointer<Float>, _ count: Int) -> Int {
    var rank = 0
    for k in 0..<count where x[k] > x[label] || (x[k] == x[label] && k < label) { rank += 1 }
    return rank
}
