import Networks

extension OpCase {
    /// Every op, forward and gradient, in the shapes in which kernels differ.
    package static let all: [OpCase] = single + graphs + dense

    /// All but whole networks.
    package static let single: [OpCase] = convolutions + sums + norms + windows + others

    /// Scoring that runs once over two blocks.
    private static let dense: [OpCase] = ["cifar-resnet8-v1a", "cifar-resnet8-v2", "cifar-resnet8-pooled"]
        .map { name in
            OpCase("\(name), dense", tolerance: 1e-4) { g throws(GraphError) in
                guard let architecture = Architecture(name: name, classCount: 3, inputSize: 16) else {
                    return []
                }
                g = try Network(architecture).denseScoringGraph(
                    batchSize: 2, height: 32, width: 48, stride: 8)
                return g.outputs
            }
        }

    /// Channels 3 (pixels), 8, 16 to 64 and odd ones; size 1, 3, 7; stride 1 and 2; sides even and odd.
    private static let convolutions: [OpCase] = [
        (3, 16, 3, 1, 8, 3), (16, 16, 3, 1, 8, 6), (16, 32, 3, 2, 8, 4), (16, 32, 1, 2, 9, 5),
        (3, 64, 7, 2, 17, 2), (5, 7, 3, 1, 6, 3), (64, 64, 3, 1, 7, 8), (32, 48, 3, 2, 7, 7),
        (48, 48, 3, 1, 7, 3),
    ].flatMap { channels, outputs, size, stride, side, batch in
        let padding = size / 2
        let out = (side + 2 * padding - size) / stride + 1
        let name = "\(size)x\(size)/\(stride) \(channels)→\(outputs) of \(batch)×\(side)×\(side)"
        return [
            OpCase("convolution \(name)", tolerance: 2e-5) { g throws(GraphError) in
                let x = try g.input("x", batch, channels, side, side)
                let w = try g.parameter("w", outputs, channels, size, size)
                return [try g.add(.conv2d(stride: stride, padding: padding), x, w)]
            },
            OpCase("input gradient \(name)", tolerance: 2e-5) { g throws(GraphError) in
                let dy = try g.input("dy", batch, outputs, out, out)
                let w = try g.parameter("w", outputs, channels, size, size)
                let op = Op.conv2dGradientInput(stride: stride, padding: padding, height: side, width: side)
                return [try g.add(op, dy, w)]
            },
            OpCase("weight gradient \(name)", tolerance: 2e-5) { g throws(GraphError) in
                let x = try g.input("x", batch, channels, side, side)
                let dy = try g.input("dy", batch, outputs, out, out)
                return [
                    try g.add(.conv2dGradientWeights(stride: stride, padding: padding, size: size), x, dy)
                ]
            },
        ]
    }

    /// The sum over an input gradient, which is not computed for it; sizes, strides and sides that cut windows.
    private static let sums: [OpCase] = [
        (7, 2, 17), (7, 2, 18), (3, 1, 6), (3, 2, 5), (5, 3, 11), (1, 2, 8), (7, 2, 1), (7, 2, 2), (7, 2, 3),
    ]
    .map {
        size, stride, side in
        OpCase("sum of the input gradient \(size)x\(size)/\(stride) of \(side)", tolerance: 2e-5) {
            g throws(GraphError) in
            let (padding, out) = (size / 2, (side + size / 2 * 2 - size) / stride + 1)
            let (x, dy) = (try g.input("x", 4, 3, side, side), try g.input("dy", 4, 32, out, out))
            let op = Op.conv2dGradientInput(stride: stride, padding: padding, height: side, width: side)
            let dx = try g.add(op, dy, g.parameter("w", 32, 3, size, size))
            let moments = try g.add(.moments, x)
            return [try g.add(.row(0), g.add(.batchNormGradientSums(epsilon: 1e-5), dx, x, moments))]
        }
    }

    /// Channels that divide 64, that 64 divides, and others.
    private static let norms: [OpCase] = [3, 16, 24, 64, 128].flatMap { channels in
        [
            OpCase("batch norm of \(channels), running", tolerance: 2e-5) { g throws(GraphError) in
                let x = try g.input("x", 5, channels, 6, 6)
                let (scale, shift) = (try g.parameter("scale", channels), try g.parameter("shift", channels))
                let mean = try g.parameter("mean", channels)
                let moments = try g.add(.stack, mean, g.parameter("variance", channels))
                let norm = try g.add(.batchNorm(epsilon: 1e-5), x, scale, shift, moments)
                return [norm, try g.add(.relu, norm)]
            },
            OpCase("batch norm of \(channels), forward and gradient", tolerance: 2e-5) {
                g throws(GraphError) in
                let (x, dy) = (try g.input("x", 6, channels, 8, 8), try g.input("dy", 6, channels, 8, 8))
                let (scale, shift) = (try g.parameter("scale", channels), try g.parameter("shift", channels))
                let moments = try g.add(.moments, x)
                let norm = try g.add(.batchNorm(epsilon: 1e-5), x, scale, shift, moments)
                let relu = try g.add(.relu, norm)
                let masked = try g.add(.reluGradient, dy, relu)
                let sums = try g.add(.batchNormGradientSums(epsilon: 1e-5), masked, x, moments)
                let dx = try g.add(.batchNormGradient(epsilon: 1e-5), masked, x, scale, moments, sums)
                let total = try g.add(.add, dy, dx)
                return [moments, relu, sums, total, try g.add(.row(1), sums)]
            },
            OpCase("sum and its moments of \(channels)", tolerance: 2e-5) { g throws(GraphError) in
                let (a, b) = (try g.input("a", 4, channels, 5, 5), try g.input("b", 4, channels, 5, 5))
                let sum = try g.add(.add, a, b)
                return [sum, try g.add(.moments, sum)]
            },
        ]
    }

    /// An element in no window, in one, in up to two by two and four by four, and one window that is all.
    private static let windows: [OpCase] = [
        (2, 3, 9, 11), (3, 3, 9, 12), (4, 2, 10, 8), (4, 1, 9, 11), (5, 2, 8, 9), (6, 1, 6, 6),
    ].flatMap { size, stride, height, width in
        [20, 64].map { channels in
            OpCase("means of windows \(size)/\(stride) of \(channels)×\(height)×\(width)") {
                g throws(GraphError) in
                let x = try g.input("x", 3, channels, height, width)
                let y = try g.add(.windowMeans(size: size, stride: stride), x)
                let op = Op.windowMeansGradient(size: size, stride: stride, height: height, width: width)
                return [y, try g.add(op, g.input("dy", g[y].shape[0], channels))]
            }
        }
    }

    private static let others: [OpCase] = [
        OpCase("normalise pixels") { g throws(GraphError) in
            [try g.add(.normalize(.imageNet), g.input("pixels", 3, 5, 7, 3))]
        },
        OpCase("relu and its gradient") { g throws(GraphError) in
            let y = try g.add(.relu, g.input("x", 3, 5, 7, 3))
            return [y, try g.add(.reluGradient, g.input("dy", 3, 5, 7, 3), y)]
        },
        OpCase("max pool and its gradient, odd") { g throws(GraphError) in
            let x = try g.input("x", 3, 10, 9, 9)
            let y = try g.add(.maxPool(size: 3, stride: 2, padding: 1), x)
            let dx = try g.add(
                .maxPoolGradient(size: 3, stride: 2, padding: 1), g.input("dy", 3, 10, 5, 5), x)
            return [y, dx]
        },
        OpCase("padded shortcut and its gradient") { g throws(GraphError) in
            let y = try g.add(.paddedShortcut(stride: 2, channels: 16), g.input("x", 3, 8, 7, 6))
            let dy = try g.input("dy", 3, 16, 4, 3)
            let op = Op.paddedShortcutGradient(stride: 2, channels: 8, height: 7, width: 6)
            return [y, try g.add(op, dy)]
        },
        OpCase("global mean and its gradient") { g throws(GraphError) in
            let y = try g.add(.globalMean, g.input("x", 3, 20, 4, 5))
            return [y, try g.add(.globalMeanGradient(height: 4, width: 5), g.input("dy", 3, 20))]
        },
        OpCase("dense and its gradients") { g throws(GraphError) in
            let (x, w) = (try g.input("x", 5, 37), try g.parameter("w", 11, 37))
            let y = try g.add(.dense, x, w, g.parameter("b", 11))
            let dy = try g.input("dy", 5, 11)
            let (dx, dw) = (try g.add(.denseGradientInput, dy, w), try g.add(.denseGradientWeights, x, dy))
            return [y, dx, dw, try g.add(.denseGradientBias, dy)]
        },
        OpCase("softmax, loss, its gradient and the count") { g throws(GraphError) in
            let (x, labels) = (try g.input("x", 9, 3), try g.input("labels", 9))
            let targets = try g.input("targets", 9, 3)
            return [
                try g.add(.softmax, x), try g.add(.softmaxCrossEntropy, x, targets),
                try g.add(.correctCount(highest: 1), x, labels),
                try g.add(.correctCount(highest: 2), x, labels),
                try g.add(.softmaxCrossEntropyGradient, x, targets),
            ]
        },
        OpCase("the loss of each class by itself, and its gradient") { g throws(GraphError) in
            let (x, targets) = (try g.input("x", 9, 3), try g.input("targets", 9, 3))
            return [
                try g.add(.sigmoidCrossEntropy, x, targets),
                try g.add(.sigmoidCrossEntropyGradient, x, targets),
            ]
        },
        OpCase("constants") { g throws(GraphError) in
            let (x, one) = (try g.input("x", 2, 4, 3, 3), try g.add(.constant(1, shape: [4])))
            let moments = try g.add(.stack, g.parameter("mean", 4), g.parameter("variance", 4))
            return [try g.add(.batchNorm(epsilon: 0.1), x, one, g.parameter("shift", 4), moments)]
        },
    ]

    /// Whole training graphs: loss, count, every gradient, every batch norm's moments.
    package static let graphs: [OpCase] =
        [
            "cifar-resnet8-v1a", "cifar-resnet8-v1b", "cifar-resnet8-v2", "cifar-resnet8-pooled",
        ].map {
            name in
            OpCase("gradient of \(name)", tolerance: 2e-4) { g throws(GraphError) in
                guard let architecture = Architecture(name: name, classCount: 3, inputSize: 16) else {
                    return []
                }
                g = try Network(architecture).trainingGraph(batchSize: 12).graph
                return g.outputs
            }
        } + [
            OpCase("gradient of cifar-resnet8-v2 on crops", tolerance: 2e-4) { g throws(GraphError) in
                guard let architecture = Architecture(name: "cifar-resnet8-v2", classCount: 3, inputSize: 16)
                else { return [] }
                g = try Network(architecture).trainingGraph(
                    batchSize: 4, cropWindows: CropWindows(perSide: 3, stride: 8)
                ).graph
                return g.outputs
            }
        ]
}
