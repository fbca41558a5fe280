import Foundation
import Networks

extension Op {
    /// The op's result in double precision, straight from its definition.
    ///
    /// - Parameter shape: the result's, as the graph says.
    func evaluate(_ inputs: [ReferenceValue], shape: [Int]) -> ReferenceValue {
        var y = ReferenceValue(shape: shape)
        switch self {
        case .input, .parameter: preconditionFailure("sources are bound, not evaluated")
        case .constant(let value, _): y = ReferenceValue(shape: shape, repeating: Double(value))
        case .normalize(let preprocessing):
            let plane = shape[2] * shape[3]
            for i in inputs[0].values.indices {
                let (pixel, channel) = i.quotientAndRemainder(dividingBy: 3)
                let (n, position) = pixel.quotientAndRemainder(dividingBy: plane)
                let (mean, deviation) = (preprocessing.mean[channel], preprocessing.deviation[channel])
                y.values[(n * 3 + channel) * plane + position] =
                    (inputs[0].values[i] - Double(mean)) / Double(deviation)
            }
        case .conv2d(let stride, let padding):
            let weights = inputs[1].values
            withPointers(&y.values, inputs[0].values) { sums, x in
                forEachRow(inputs[0].shape, inputs[1].shape, shape, stride, padding) {
                    input, weight, out, count in
                    let (sums, x, factor) = (sums + out, x + input, weights[weight])
                    for i in 0..<count { sums[i] += x[i &* stride] * factor }
                }
            }
        case .conv2dGradientInput(let stride, let padding, _, _):
            let weights = inputs[1].values
            withPointers(&y.values, inputs[0].values) { sums, dy in
                forEachRow(shape, inputs[1].shape, inputs[0].shape, stride, padding) {
                    input, weight, out, count in
                    let (sums, dy, factor) = (sums + input, dy + out, weights[weight])
                    for i in 0..<count { sums[i &* stride] += dy[i] * factor }
                }
            }
        case .conv2dGradientWeights(let stride, let padding, _):
            withPointers(&y.values, inputs[0].values) { sums, x in
                inputs[1].values.withUnsafeBufferPointer { dy in
                    forEachRow(inputs[0].shape, shape, inputs[1].shape, stride, padding) {
                        input, weight, out, count in
                        var sum = sums[weight]
                        for i in 0..<count { sum += x[input &+ i &* stride] * dy[out &+ i] }
                        sums[weight] = sum
                    }
                }
            }
        case .moments:
            let (x, count) = (inputs[0], Double(inputs[0].shape[0] * inputs[0].planeCount))
            forEachChannel(x.shape) { i, c in y.values[c] += x.values[i] / count }
            forEachChannel(x.shape) { i, c in
                let distance = x.values[i] - y.values[c]
                y.values[shape[1] + c] += distance * distance / count
            }
        case .stack: y.values = inputs[0].values + inputs[1].values
        case .batchNorm(let epsilon):
            let (scale, shift) = (inputs[1].values, inputs[2].values)
            let normalised = inputs[0].normalised(by: inputs[3], epsilon: epsilon)
            forEachChannel(shape) { i, c in y.values[i] = normalised[i] * scale[c] + shift[c] }
        case .batchNormGradientSums(let epsilon):
            let (dy, normalised) = (inputs[0].values, inputs[1].normalised(by: inputs[2], epsilon: epsilon))
            forEachChannel(inputs[0].shape) { i, c in
                y.values[c] += dy[i]
                y.values[shape[1] + c] += dy[i] * normalised[i]
            }
        case .batchNormGradient(let epsilon):
            let (dy, scale, moments, sums) = (inputs[0].values, inputs[2].values, inputs[3], inputs[4].values)
            let (normalised, channels) = (inputs[1].normalised(by: moments, epsilon: epsilon), shape[1])
            let count = Double(shape[0] * y.planeCount)
            forEachChannel(shape) { i, c in
                let centred = dy[i] - (sums[c] + normalised[i] * sums[channels + c]) / count
                y.values[i] = scale[c] / sqrt(moments.values[channels + c] + Double(epsilon)) * centred
            }
        case .relu: y.values = inputs[0].values.map { max($0, 0) }
        case .reluGradient: y.values = zip(inputs[0].values, inputs[1].values).map { $1 > 0 ? $0 : 0 }
        case .add: y.values = zip(inputs[0].values, inputs[1].values).map(+)
        case .paddedShortcut(let stride, _):
            forEachShortcut(inputs[0].shape, shape, stride) { x, out in y.values[out] = inputs[0].values[x] }
        case .paddedShortcutGradient(let stride, _, _, _):
            forEachShortcut(shape, inputs[0].shape, stride) { x, out in y.values[x] = inputs[0].values[out] }
        case .maxPool(let size, let stride, let padding):
            forEachMaximum(inputs[0], shape, size, stride, padding) { x, out in
                y.values[out] = inputs[0].values[x]
            }
        case .maxPoolGradient(let size, let stride, let padding):
            forEachMaximum(inputs[1], inputs[0].shape, size, stride, padding) { x, out in
                y.values[x] += inputs[0].values[out]
            }
        case .globalMean:
            let plane = inputs[0].planeCount
            for i in inputs[0].values.indices { y.values[i / plane] += inputs[0].values[i] / Double(plane) }
        case .windowMeans(let size, let stride):
            forEachWindowTap(inputs[0].shape, size, stride) { x, out in
                y.values[out] += inputs[0].values[x] / Double(size * size)
            }
        case .globalMeanGradient:
            let plane = y.planeCount
            for i in y.values.indices { y.values[i] = inputs[0].values[i / plane] / Double(plane) }
        case .windowMeansGradient(let size, let stride, _, _):
            forEachWindowTap(shape, size, stride) { x, out in
                y.values[x] += inputs[0].values[out] / Double(size * size)
            }
        case .dense:
            let (x, weights, bias) = (inputs[0], inputs[1], inputs[2].values)
            y.values = products(x.shape[0], weights.shape[0], x.shape[1]) { n, k, c in
                x[n, c] * weights[k, c]
            }
            for i in y.values.indices { y.values[i] += bias[i % bias.count] }
        case .denseGradientInput:
            let (dy, weights) = (inputs[0], inputs[1])
            y.values = products(shape[0], shape[1], dy.shape[1]) { n, c, k in dy[n, k] * weights[k, c] }
        case .denseGradientWeights:
            let (x, dy) = (inputs[0], inputs[1])
            y.values = products(shape[0], shape[1], x.shape[0]) { k, c, n in dy[n, k] * x[n, c] }
        case .denseGradientBias:
            let dy = inputs[0]
            y.values = products(1, shape[0], dy.shape[0]) { _, k, n in dy[n, k] }
        case .softmax: y.values = inputs[0].rows.flatMap(probabilities)
        case .softmaxCrossEntropy:
            for (row, target) in zip(inputs[0].rows, inputs[1].rows) {
                for (p, share) in zip(probabilities(row), target) where share > 0 {
                    y.values[0] -= share * log(p) / Double(inputs[1].shape[0])
                }
            }
        case .softmaxCrossEntropyGradient:
            y.values = inputs[0].rows.flatMap(probabilities)
            for i in y.values.indices { y.values[i] = (y.values[i] - inputs[1].values[i]) / Double(shape[0]) }
        case .sigmoidCrossEntropy:
            for (logit, target) in zip(inputs[0].values, inputs[1].values) {
                // From the definition, -t log p - (1 - t) log (1 - p), with p = 1 / (1 + exp(-x)).
                let loss = target * log1p(exp(-logit)) + (1 - target) * log1p(exp(logit))
                y.values[0] += loss / Double(inputs[1].shape[0])
            }
        case .sigmoidCrossEntropyGradient:
            for i in y.values.indices {
                let score = 1 / (1 + exp(-inputs[0].values[i]))
                y.values[i] = (score - inputs[1].values[i]) / Double(shape[0])
            }
        case .correctCount(let highest):
            for (row, label) in zip(inputs[0].rows, inputs[1].values) {
                let ranking = row.indices.sorted { (-row[$0], $0) < (-row[$1], $1) }
                if ranking.prefix(highest).contains(Int(label)) { y.values[0] += 1 }
            }
        case .row(let index): y.values = inputs[0].rows[index]
        }
        return y
    }
}

extension ReferenceValue {
    fileprivate subscript(row: Int, column: Int) -> Double { values[row * shape[1] + column] }

    /// A two-dimensional value, row by row.
    fileprivate var rows: [[Double]] {
        (0..<shape[0]).map { Array(values[$0 * shape[1]..<($0 + 1) * shape[1]]) }
    }

    /// `(x - mean) / sqrt(variance + epsilon)` per channel.
    fileprivate func normalised(by moments: ReferenceValue, epsilon: Float) -> [Double] {
        var result = values
        forEachChannel(shape) { i, c in
            let variance = moments.values[shape[1] + c]
            result[i] = (values[i] - moments.values[c]) / sqrt(variance + Double(epsilon))
        }
        return result
    }
}

private func probabilities(_ row: [Double]) -> [Double] {
    let highest = row.max() ?? 0
    let powers = row.map { exp($0 - highest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

/// `[rows, columns]`: sums of `term(row, column, k)` over `k`.
private func products(_ rows: Int, _ columns: Int, _ depth: Int, term: (Int, Int, Int) -> Double) -> [Double]
{
    var sums = [Double](repeating: 0, count: rows * columns)
    for i in sums.indices {
        for k in 0..<depth { sums[i] += term(i / columns, i % columns, k) }
    }
    return sums
}

/// Visits each element of `[N, C, H, W]` with its channel.
private func forEachChannel(_ shape: [Int], _ body: (_ index: Int, _ channel: Int) -> Void) {
    let plane = shape[2] * shape[3]
    for index in 0..<shape.elementCount { body(index, index / plane % shape[1]) }
}

/// Visits the products of a convolution row by row, by positions in its three tensors: for each `i` below `count`, the
/// input at `x + i * stride` meets the weight for the output at `y + i`. What meets padding is left out.
private func forEachRow(
    _ x: [Int], _ weights: [Int], _ y: [Int], _ stride: Int, _ padding: Int,
    _ body: (_ x: Int, _ weight: Int, _ y: Int, _ count: Int) -> Void
) {
    for n in 0..<y[0] {
        for k in 0..<y[1] {
            for c in 0..<x[1] {
                for r in 0..<weights[2] {
                    for s in 0..<weights[3] {
                        let weight = ((k * x[1] + c) * weights[2] + r) * weights[3] + s
                        let columns = outputs(under: s, of: y[3], inputCount: x[3], stride, padding)
                        let column = columns.lowerBound * stride + s - padding
                        for p in outputs(under: r, of: y[2], inputCount: x[2], stride, padding) {
                            let row = (n * x[1] + c) * x[2] + p * stride + r - padding
                            let out = ((n * y[1] + k) * y[2] + p) * y[3] + columns.lowerBound
                            body(row * x[3] + column, weight, out, columns.count)
                        }
                    }
                }
            }
        }
    }
}

/// Lends where sums and terms lie. The places in a convolution are right, and to check them again takes most of its time.
private func withPointers(
    _ sums: inout [Double], _ terms: [Double],
    _ body: (_ sums: UnsafeMutablePointer<Double>, _ terms: UnsafePointer<Double>) -> Void
) {
    sums.withUnsafeMutableBufferPointer { sums in
        terms.withUnsafeBufferPointer { terms in
            guard let sums = sums.baseAddress, let terms = terms.baseAddress else { return }
            body(sums, terms)
        }
    }
}

/// The outputs along one axis to which this tap of the weights brings an input, and not padding.
private func outputs(
    under tap: Int, of count: Int, inputCount: Int, _ stride: Int, _ padding: Int
) -> Range<Int> {
    let first = max(0, (padding - tap + stride - 1) / stride)
    let end = (inputCount - 1 + padding - tap + stride) / stride
    return first..<max(first, min(count, end))
}

/// Visits each element of each square whose mean is taken, with the place of that mean.
private func forEachWindowTap(_ x: [Int], _ size: Int, _ stride: Int, _ body: (_ x: Int, _ y: Int) -> Void) {
    let (rows, columns) = ((x[2] - size) / stride + 1, (x[3] - size) / stride + 1)
    for n in 0..<x[0] {
        for c in 0..<x[1] {
            for p in 0..<rows {
                for q in 0..<columns {
                    let out = ((n * rows + p) * columns + q) * x[1] + c
                    for row in p * stride..<p * stride + size {
                        for column in q * stride..<q * stride + size {
                            body(((n * x[1] + c) * x[2] + row) * x[3] + column, out)
                        }
                    }
                }
            }
        }
    }
}

/// Visits each element that a padded shortcut keeps.
private func forEachShortcut(_ x: [Int], _ y: [Int], _ stride: Int, _ body: (_ x: Int, _ y: Int) -> Void) {
    let before = (y[1] - x[1]) / 2
    for n in 0..<y[0] {
        for c in 0..<x[1] {
            for p in 0..<y[2] {
                for q in 0..<y[3] {
                    body(
                        ((n * x[1] + c) * x[2] + p * stride) * x[3] + q * stride,
                        ((n * y[1] + c + before) * y[2] + p) * y[3] + q)
                }
            }
        }
    }
}

/// Visits, for each element of a max pool's result, the first highest element under its square.
private func forEachMaximum(
    _ x: ReferenceValue, _ y: [Int], _ size: Int, _ stride: Int, _ padding: Int,
    _ body: (_ x: Int, _ y: Int) -> Void
) {
    let (height, width) = (x.shape[2], x.shape[3])
    for plane in 0..<y[0] * y[1] {
        for p in 0..<y[2] {
            for q in 0..<y[3] {
                let rows = max(0, p * stride - padding)..<min(height, p * stride - padding + size)
                let columns = max(0, q * stride - padding)..<min(width, q * stride - padding + size)
                let candidates = rows.flatMap { row in columns.map { (plane * height + row) * width + $0 } }
                let highest = candidates.dropFirst().reduce(candidates[0]) {
                    x.values[$1] > x.values[$0] ? $1 : $0
                }
                body(highest, (plane * y[2] + p) * y[3] + q)
            }
        }
    }
}
