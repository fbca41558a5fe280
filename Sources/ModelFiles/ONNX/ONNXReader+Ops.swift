import Networks

extension ONNXReader {
    /// What a node makes: the one table of the operators that are read.
    mutating func value(of node: ONNXNode) throws(Malformed) -> Value {
        switch node.op {
        case "Conv": try convolution(node)
        case "BatchNormalization": try batchNorm(node)
        case "Relu": .tensor(try network.add(.relu, [tensor(0, of: node)]))
        case "Add", "Sum", "Sub", "Mul", "Div": try arithmetic(node)
        case "MaxPool": try maxPool(node)
        case "GlobalAveragePool": .pooled(try network.add(.globalMean, [tensor(0, of: node)]))
        case "AveragePool": try averagePool(node)
        case "ReduceMean": try reduceMean(node)
        case "Gemm": try gemm(node)
        case "MatMul": try matrixProduct(node)
        case "Softmax": .tensor(try network.add(.softmax, [logits(of: node)]))
        case "LogSoftmax": .scores(try logits(of: node), op: node.op)
        case "Sigmoid": .scores(try rows(0, of: node), op: node.op)
        case "Flatten", "Reshape", "Squeeze", "Unsqueeze": try reshape(node)
        case "Pad": try pad(node)
        case "Slice": try slice(node)
        case "Transpose": try transpose(node)
        case "Cast": try cast(node)
        case "Identity", "Dropout": try value(0, of: node)
        case "Constant": .constant(try constant(node))
        case "ConstantOfShape": .constant(try constantOfShape(node))
        case "Shape": .constant(try shape(node))
        case "Range": .constant(try range(node))
        case "Gather": try gather(node)
        case "Concat": .constant(try concatenate(node))
        default:
            throw Malformed(
                "this operator is not supported\(Self.hint(on: node.op))"
            )
        }
    }

    /// What to do about a file with such an operator.
    private static func hint(on op: String) -> String {
        if op.contains("Quantize") || op.contains("QLinear") || op.hasSuffix("Integer") {
            return
                ": its numbers are int8; import the floating-point model that it was made from, then run tilescope "
                + "calibrate for int8"
        }
        if op.contains(".") || op.hasPrefix("Fused") {
            return
                ": an optimiser added it; import the file from before the optimisation"
        }
        return ""
    }

    // MARK: Layers

    private mutating func convolution(_ node: ONNXNode) throws(Malformed) -> Value {
        let (x, before) = try padded(node)
        let weights = try weights(1, of: node, axes: 4)
        guard weights.shape[2] == weights.shape[3] else {
            throw Malformed("its weights have the shape \(weights.shape); only square kernels are supported")
        }
        guard node.integer("group", 1) == 1 else { throw Malformed("it has groups") }
        let size = weights.shape[2]
        guard node.integers("kernel_shape") ?? [size, size] == [size, size] else {
            throw Malformed("its kernel_shape does not match its weights \(weights.shape)")
        }
        let window = try window(node, size: size)
        let op = Op.conv2d(stride: window.stride, padding: window.padding + before)
        var y = try network.add(op, [x, network.parameter(weights.tensor)])
        if has(2, of: node) {
            let bias = try constant(2, of: node).bias(weights.shape[0])
            let ones = [Float](repeating: 1, count: bias.count)
            y = try norm(.init(scale: ones, shift: bias), of: y)
        }
        return .tensor(y)
    }

    private mutating func batchNorm(_ node: ONNXNode) throws(Malformed) -> Value {
        guard node.integer("training_mode", 0) == 0 else { throw Malformed("it is in training mode") }
        let x = try tensor(0, of: node)
        var operands: [[Float]] = []
        for index in 1...4 { operands.append(try constant(index, of: node).floats) }
        let shape = network.graph[x].shape
        guard shape.count == 4, operands.allSatisfy({ $0.count == shape[1] }) else {
            throw Malformed("it does not have one number for each channel of \(shape)")
        }
        let norm = ForeignNetwork.Norm(
            scale: operands[0], shift: operands[1], mean: operands[2], variance: operands[3],
            epsilon: node.float("epsilon", 1e-5))
        return .tensor(try self.norm(norm, of: x))
    }

    private mutating func norm(_ norm: ForeignNetwork.Norm, of x: NodeID) throws(Malformed) -> NodeID {
        try count(4 * norm.scale.count)
        return try network.add(norm, to: x)
    }

    private mutating func maxPool(_ node: ONNXNode) throws(Malformed) -> Value {
        let (x, before) = try padded(node)
        guard let kernel = node.integers("kernel_shape"), kernel.count == 2, kernel[0] == kernel[1] else {
            throw Malformed("its window is not square")
        }
        let window = try window(node, size: try side(kernel[0]))
        if kernel[0] == 1, before == 0, window.padding == 0 {
            return .strided(x, height: window.stride, width: window.stride)
        }
        // Zeros around win over nothing where no number is below zero.
        guard before == 0 || isNeverNegative(x) else {
            throw Malformed(
                "it pads negative values with zeros before a max pool; use the padding of the max pool")
        }
        let op = Op.maxPool(size: kernel[0], stride: window.stride, padding: window.padding + before)
        let y = try network.add(op, [x])
        if node.integer("ceil_mode", 0) != 0 {
            for (input, output) in zip(network.graph[x].shape[2...], network.graph[y].shape[2...]) {
                let rest = (input + 2 * (window.padding + before) - kernel[0]) % window.stride
                guard rest == 0 else {
                    throw Malformed(
                        "ceil_mode makes it larger than \(output), which none of our networks does")
                }
            }
        }
        return .tensor(y)
    }

    private mutating func averagePool(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try tensor(0, of: node)
        let shape = network.graph[x].shape
        guard shape.count == 4, node.integers("kernel_shape") == Array(shape[2...]),
            (node.integers("pads") ?? []).allSatisfy({ $0 == 0 }),
            node.text("auto_pad") ?? "NOTSET" == "NOTSET"
        else { throw Malformed("it averages windows; only the mean over all pixels is supported") }
        return .pooled(try network.add(.globalMean, [x]))
    }

    private mutating func reduceMean(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try tensor(0, of: node)
        let axes = try axes(node, from: 18) ?? []
        guard network.graph[x].shape.count == 4, axes.map({ $0 < 0 ? $0 &+ 4 : $0 }).sorted() == [2, 3] else {
            throw Malformed(
                "it averages over axes \(axes.prefix(8)); only the mean over all pixels is supported")
        }
        let mean = try network.add(.globalMean, [x])
        return node.integer("keepdims", 1) == 0 ? .tensor(mean) : .pooled(mean)
    }

    private mutating func gemm(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try rows(0, of: node)
        var weights = try weights(1, of: node, axes: 2)
        guard node.integer("transA", 0) == 0 else { throw Malformed("it transposes its input") }
        guard weights.count > 0 else { throw Malformed("its weights \(weights.shape) are empty") }
        try count(weights.count)
        if node.integer("transB", 0) == 0 { weights = weights.transposed([1, 0]) }
        let (alpha, beta) = (node.float("alpha", 1), node.float("beta", 1))
        var bias = [Float](repeating: 0, count: weights.shape[0])
        if has(2, of: node) {
            bias = try constant(2, of: node).bias(bias.count).map { $0 * beta }
        }
        let matrix = Tensor(
            shape: weights.shape, values: alpha == 1 ? weights.floats : weights.floats.map { $0 * alpha })
        return .tensor(try dense(x, weights: matrix, bias: Tensor(shape: [bias.count], values: bias)))
    }

    private mutating func matrixProduct(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try rows(0, of: node)
        let weights = try weights(1, of: node, axes: 2)
        guard weights.shape[0] == network.graph[x].shape[1], weights.shape[1] > 0 else {
            throw Malformed("its weights \(weights.shape) do not fit its input \(network.graph[x].shape)")
        }
        try count(weights.count)
        return .product(x, weights: weights.transposed([1, 0]).tensor)
    }

    /// A value of two axes.
    private mutating func rows(_ index: Int, of node: ONNXNode) throws(Malformed) -> NodeID {
        let x = try tensor(index, of: node)
        guard network.graph[x].shape.count == 2 else {
            throw Malformed("its input has the shape \(network.graph[x].shape), not [N, features]")
        }
        return x
    }

    /// What a softmax over the classes takes.
    private mutating func logits(of node: ONNXNode) throws(Malformed) -> NodeID {
        let x = try rows(0, of: node)
        let axis = node.integer("axis", opset < 13 ? 1 : -1)
        guard [1, -1].contains(axis) else { throw Malformed("it is over axis \(axis), not over the classes") }
        return x
    }

    // MARK: Windows

    /// The node's first input, and what was put around it.
    private mutating func padded(_ node: ONNXNode) throws(Malformed) -> (x: NodeID, padding: Int) {
        if case .padded(let x, let padding) = try value(0, of: node) { return (x, padding) }
        return (try tensor(0, of: node), 0)
    }

    /// A convolution's or a pool's stride and padding, which must be the same in both directions and on all sides.
    private func window(_ node: ONNXNode, size: Int) throws(Malformed) -> (stride: Int, padding: Int) {
        guard (node.integers("dilations") ?? []).allSatisfy({ $0 == 1 }) else {
            throw Malformed("it is dilated")
        }
        let strides = node.integers("strides") ?? [1, 1]
        guard strides.count == 2, strides[0] == strides[1], strides[0] > 0 else {
            throw Malformed("its strides are \(strides.prefix(8))")
        }
        var pads = node.integers("pads") ?? [0, 0, 0, 0]
        switch node.text("auto_pad") ?? "NOTSET" {
        case "NOTSET": break
        case "VALID": pads = [0, 0, 0, 0]
        case "SAME_UPPER", "SAME_LOWER":
            guard strides[0] == 1, size % 2 == 1 else {
                throw Malformed(
                    "its auto_pad pads one side more than the other, which none of our networks does")
            }
            pads = [Int](repeating: size / 2, count: 4)
        case let other: throw Malformed("its auto_pad is \(shown(other))")
        }
        guard pads.count == 4, Set(pads).count == 1 else {
            throw Malformed("its pads are \(pads.prefix(8)), not the same on all sides")
        }
        return (try side(strides[0]), try side(pads[0]))
    }

    /// A length that windows may have.
    private func side(_ length: Int) throws(Malformed) -> Int {
        guard (0...1 << 16).contains(length) else { throw Malformed("\(length) is an impossible length") }
        return length
    }

    private func isNeverNegative(_ x: NodeID) -> Bool {
        if case .relu = network.graph[x].op { true } else { false }
    }

    /// Padding in front of a convolution or a pool, or the padded channels of a shortcut.
    private mutating func pad(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try value(0, of: node)
        guard node.text("mode") ?? "constant" == "constant" else { throw Malformed("it repeats pixels") }
        var pads = opset < 11 ? node.integers("pads") ?? [] : try integers(1, of: node)
        if opset >= 18, has(3, of: node) {
            let (axes, given) = (try integers(3, of: node), pads)
            guard axes.count * 2 == given.count, axes.allSatisfy({ (-4..<4).contains($0) }) else {
                throw Malformed("its pads and axes do not agree")
            }
            pads = [Int](repeating: 0, count: 8)
            for (index, axis) in axes.enumerated() {
                pads[(axis + 4) % 4] = given[index]
                pads[(axis + 4) % 4 + 4] = given[index + axes.count]
            }
        }
        guard pads.count == 8, pads[0] == 0, pads[4] == 0, pads.allSatisfy({ (0...1 << 16).contains($0) })
        else { throw Malformed("its pads are \(pads.prefix(8))") }
        let hasValue = opset >= 11 && has(2, of: node)
        let filling = hasValue ? try constant(2, of: node).floats.first ?? 0 : node.float("value", 0)
        guard filling == 0 || pads.allSatisfy({ $0 == 0 }) else {
            throw Malformed("it pads with \(filling), not with 0")
        }
        let around = Set([pads[2], pads[3], pads[6], pads[7]])
        guard pads[1] == pads[5], around.count == 1 else {
            throw Malformed("its pads are \(pads), not the same on both sides")
        }
        if pads[1] == 0 {
            if case .padded(let x, let before) = x { return .padded(x, try side(before + pads[2])) }
            return pads[2] == 0 ? x : .padded(try tensor(x), pads[2])
        }
        guard pads[2] == 0 else { throw Malformed("it pads planes and channels at once") }
        if case .strided(let x, let height, let width) = x {
            guard height == width else {
                throw Malformed("it keeps every \(height)th row and every \(width)th column")
            }
            return .tensor(try shortcut(x, stride: height, before: pads[1]))
        }
        return .tensor(try shortcut(try tensor(x), stride: 1, before: pads[1]))
    }

    private mutating func shortcut(_ x: NodeID, stride: Int, before: Int) throws(Malformed) -> NodeID {
        let shape = network.graph[x].shape
        guard shape.count == 4 else { throw Malformed("it pads a value of shape \(shape)") }
        let channels = shape[1] + 2 * before
        guard channels <= Self.paddedChannelLimit else { throw Malformed("it makes \(channels) channels") }
        return try network.add(.paddedShortcut(stride: stride, channels: channels), [x])
    }

    // MARK: Sums and products

    private mutating func arithmetic(_ node: ONNXNode) throws(Malformed) -> Value {
        guard node.inputs.count == 2 else { throw Malformed("it has \(node.inputs.count) inputs") }
        let (left, right) = (try value(0, of: node), try value(1, of: node))
        switch (left, right) {
        case (.constant(let left), .constant(let right)):
            return .constant(try left.combined(with: right, node.op))
        case (let x, .constant(let constant)):
            return try changed(x, by: constant, node.op)
        case (.constant(let constant), let x) where node.op != "Div" && node.op != "Sub":
            return try changed(x, by: constant, node.op)
        default:
            guard ["Add", "Sum"].contains(node.op) else {
                throw Malformed("it combines two computed values; our networks can only add them")
            }
            return .tensor(try network.add(.add, [tensor(left), tensor(right)]))
        }
    }

    /// A value to which a constant is added, or with which it is multiplied.
    private mutating func changed(
        _ x: Value, by constant: ONNXTensor, _ op: String
    ) throws(Malformed) -> Value {
        if case .product(let rows, let weights) = x, ["Add", "Sum"].contains(op) {
            let bias = try constant.bias(weights.shape[0])
            return .tensor(
                try dense(rows, weights: weights, bias: Tensor(shape: [bias.count], values: bias)))
        }
        if case .pixels(let pixels) = x {
            let numbers = try constant.perChannel(3, of: pixels.shape, axis: pixels.isChannelsLast ? 3 : 1)
            return .pixels(
                ["Add", "Sum", "Sub"].contains(op)
                    ? pixels.shifted(by: op == "Sub" ? numbers.map { -$0 } : numbers)
                    : pixels.scaled(by: op == "Div" ? numbers.map { 1 / $0 } : numbers))
        }
        let id = try tensor(x)
        let shape = network.graph[id].shape
        guard shape.count == 4 else { throw Malformed("it changes a value of shape \(shape) by a constant") }
        // Before they are made: one number of the file may become one for each channel.
        try count(4 * shape[1])
        let numbers = try constant.perChannel(shape[1], of: shape, axis: 1)
        let (ones, zeros) = (
            [Float](repeating: 1, count: shape[1]), [Float](repeating: 0, count: shape[1])
        )
        let norm: ForeignNetwork.Norm =
            switch op {
            case "Sub": .init(scale: ones, shift: numbers.map { -$0 })
            case "Mul": .init(scale: numbers, shift: zeros)
            case "Div": .init(scale: numbers.map { 1 / $0 }, shift: zeros)
            default: .init(scale: ones, shift: numbers)
            }
        return .tensor(try network.add(norm, to: id))
    }
}
