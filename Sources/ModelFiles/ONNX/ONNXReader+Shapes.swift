import Networks

/// Nodes that only change how values lie, and those that compute shapes.
extension ONNXReader {
    /// Elements that a list of numbers may have: shapes and pads are far shorter.
    private static let listLimit = 1 << 16

    /// An operator's axes: an attribute in older opsets, an input from `opset` on.
    mutating func axes(_ node: ONNXNode, from opset: Int) throws(Malformed) -> [Int]? {
        if self.opset < opset || node.has("axes") { return node.integers("axes") }
        return has(1, of: node) ? try integers(1, of: node) : nil
    }

    mutating func reshape(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try value(0, of: node)
        let old = shape(of: x)
        let isComputed = if case .constant = x { false } else { true }
        let new = try newShape(old, node, isComputed: isComputed)
        if case .constant(let tensor) = x { return .constant(ONNXTensor(shape: new, tensor.elements)) }
        if new == old { return x }
        let count = old.count > 1 ? old[1] : 0
        switch x {
        case .pooled(let id) where new == [count]: return .row(id)
        case .tensor(let id) where old.count == 2 && new == [count]: return .row(id)
        case .row(let id) where new == [1, old[0]]: return .tensor(id)
        case .row(let id) where new == [1, old[0], 1, 1]: return .pooled(id)
        case .pooled(let id) where new == [1, count]: return .tensor(id)
        case .tensor(let id) where old.count == 2 && new == [1, count, 1, 1]: return .pooled(id)
        case .tensor(let id) where old == [1, count, 1, 1] && new == [1, count]:
            // One pixel is its own mean.
            return .tensor(try network.add(.globalMean, [id]))
        default: throw Malformed("it reshapes \(old) to \(new.prefix(8)); only features can be flattened")
        }
    }

    /// - Parameter isComputed: whether it is of a value and not of a constant.
    private mutating func newShape(
        _ old: [Int], _ node: ONNXNode, isComputed: Bool
    ) throws(Malformed) -> [Int] {
        let count = try elementCount(old)
        switch node.op {
        case "Flatten":
            let axis = node.integer("axis", 1)
            guard (-old.count...old.count).contains(axis) else { throw Malformed("it has no axis \(axis)") }
            let split = axis < 0 ? axis + old.count : axis
            return [old[..<split].reduce(1, *), old[split...].reduce(1, *)]
        case "Squeeze":
            let axes = try axes(node, from: 13) ?? old.indices.filter { old[$0] == 1 }
            let removed = try places(axes, among: old.count)
            guard removed.allSatisfy({ old[$0] == 1 }) else {
                throw Malformed("it removes an axis of \(old)")
            }
            return old.indices.filter { !removed.contains($0) }.map { old[$0] }
        case "Unsqueeze":
            let axes = try axes(node, from: 13) ?? []
            guard old.count + axes.count <= ONNXTensor.axisCountLimit else {
                throw Malformed("it adds \(axes.count) axes to \(old)")
            }
            let added = try places(axes, among: old.count + axes.count)
            var rest = old[...]
            return (0..<old.count + added.count).map { added.contains($0) ? 1 : rest.popFirst() ?? 1 }
        default:
            var new = try integers(1, of: node)
            guard new.count <= ONNXTensor.axisCountLimit else {
                throw Malformed("it makes \(new.count) axes")
            }
            // The file may speak of its own batch; it is read for one picture.
            if isComputed, let fixedBatch, fixedBatch > 1, new.first == fixedBatch, old.first == 1 {
                new[0] = 1
            }
            for (index, size) in new.enumerated() where size == 0 && node.integer("allowzero", 0) == 0 {
                guard index < old.count else { throw Malformed("it keeps an axis that does not exist") }
                new[index] = old[index]
            }
            let open = new.indices.filter { new[$0] == -1 }
            let known = try elementCount(new.filter { $0 != -1 })
            if open.count == 1, known > 0, count % known == 0 { new[open[0]] = count / known }
            guard new.allSatisfy({ $0 >= 0 }), try elementCount(new) == count else {
                throw Malformed("it reshapes \(old.prefix(8)) to \(new)")
            }
            return new
        }
    }

    private func elementCount(_ shape: [Int]) throws(Malformed) -> Int {
        guard let count = ONNXTensor.elementCount(shape) else {
            throw Malformed("\(shape.prefix(8)) is an impossible shape")
        }
        return count
    }

    /// Axes from the front.
    private func places(_ axes: [Int], among count: Int) throws(Malformed) -> Set<Int> {
        guard axes.allSatisfy({ (-count..<count).contains($0) }), Set(axes).count == axes.count else {
            throw Malformed("it has no axes \(axes.prefix(8))")
        }
        let places = Set(axes.map { $0 < 0 ? $0 + count : $0 })
        guard places.count == axes.count else { throw Malformed("it names an axis twice") }
        return places
    }

    mutating func transpose(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try value(0, of: node)
        let count = shape(of: x).count
        let order = node.integers("perm") ?? (0..<count).reversed()
        guard order.sorted() == Array(0..<count) else { throw Malformed("its perm is \(order.prefix(8))") }
        if order == Array(0..<count) { return x }
        switch x {
        case .constant(let tensor): return .constant(tensor.transposed(order))
        case .pixels(var pixels):
            guard order == (pixels.isChannelsLast ? [0, 3, 1, 2] : [0, 2, 3, 1]) else {
                throw Malformed("it transposes images")
            }
            pixels.isChannelsLast.toggle()
            return .pixels(pixels)
        case .tensor, .padded, .strided, .pooled, .row, .scores, .product:
            throw Malformed("it transposes \(shape(of: x)) by \(order)")
        }
    }

    mutating func cast(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try value(0, of: node)
        let type = Int32(exactly: node.integer("to", 0)).flatMap { ONNXDataType(rawValue: $0) }
        switch (type, x) {
        case (.float32, .constant(let tensor)), (.float64, .constant(let tensor)):
            return .constant(ONNXTensor(shape: tensor.shape, .floats(tensor.floats)))
        case (.int32, .constant(let tensor)), (.int64, .constant(let tensor)):
            let integers =
                tensor.integers ?? tensor.floats.compactMap { Int(exactly: $0.rounded(.towardZero)) }
            guard integers.count == tensor.count else {
                throw Malformed("it casts values to integers that are not whole numbers")
            }
            return .constant(ONNXTensor(shape: tensor.shape, .integers(integers)))
        case (.float16, .constant(let tensor)), (.bfloat16, .constant(let tensor)):
            return .constant(ONNXTensor(shape: tensor.shape, .floats(tensor.floats)))
        // We compute in floats of 32 bits, whatever the file does.
        case (.float32, _), (.float64, _), (.float16, _), (.bfloat16, _): return x
        default: throw Malformed("it casts to ONNX's type \(node.integer("to", 0))")
        }
    }

    mutating func slice(_ node: ONNXNode) throws(Malformed) -> Value {
        let x = try value(0, of: node)
        let old = shape(of: x)
        let isOld = opset < 10
        let starts = isOld ? node.integers("starts") ?? [] : try integers(1, of: node)
        let ends = isOld ? node.integers("ends") ?? [] : try integers(2, of: node)
        var axes = Array(0..<min(starts.count, old.count))
        if isOld {
            axes = node.integers("axes") ?? axes
        } else if has(3, of: node) {
            axes = try integers(3, of: node)
        }
        var steps = [Int](repeating: 1, count: min(axes.count, old.count))
        if !isOld, has(4, of: node) { steps = try integers(4, of: node) }
        guard axes.count <= old.count, starts.count == axes.count, ends.count == axes.count,
            steps.count == axes.count, steps.allSatisfy({ $0 != 0 && abs($0.clamped) <= 1 << 16 })
        else { throw Malformed("its starts, ends, axes and steps do not agree") }
        _ = try places(axes, among: old.count)
        var picks = old.map { Pick(start: 0, step: 1, count: $0) }
        for (index, axis) in axes.enumerated() {
            let place = axis < 0 ? axis + old.count : axis
            picks[place] = Pick(start: starts[index], end: ends[index], step: steps[index], of: old[place])
        }
        if case .constant(let tensor) = x { return .constant(tensor.picked(picks)) }
        if zip(picks, old).allSatisfy({ $0 == Pick(start: 0, step: 1, count: $1) }) { return x }
        guard old.count == 4, picks[..<2].map(\.count) == Array(old[..<2]),
            picks.allSatisfy({ $0.start == 0 && $0.step > 0 }),
            zip(picks, old).allSatisfy({ $0.count == ($1 + $0.step - 1) / $0.step })
        else { throw Malformed("it slices its input, which none of our networks does") }
        switch x {
        case .strided(let id, let height, let width):
            return .strided(
                id, height: try step(height, picks[2].step), width: try step(width, picks[3].step))
        case .tensor(let id): return .strided(id, height: picks[2].step, width: picks[3].step)
        case .constant, .pixels, .padded, .pooled, .row, .scores, .product:
            throw Malformed("it leaves pixels out")
        }
    }

    private func step(_ first: Int, _ second: Int) throws(Malformed) -> Int {
        guard first == 1 || second == 1 else { throw Malformed("it leaves pixels out a second time") }
        return first * second
    }

    // MARK: Constants

    mutating func constant(_ node: ONNXNode) throws(Malformed) -> ONNXTensor {
        if let tensor = node.tensor("value") { return try file(tensor) }
        if let integers = node.integers("value_ints") { return ONNXTensor(integers) }
        if let floats = node.floats("value_floats") {
            return ONNXTensor(shape: [floats.count], .floats(floats))
        }
        if node.has("value_int") { return ONNXTensor(shape: [], .integers([node.integer("value_int", 0)])) }
        if node.has("value_float") { return ONNXTensor(shape: [], .floats([node.float("value_float", 0)])) }
        throw Malformed("it has no value that is read")
    }

    mutating func constantOfShape(_ node: ONNXNode) throws(Malformed) -> ONNXTensor {
        let shape = try integers(0, of: node)
        let count = try elementCount(shape)
        guard count <= Self.listLimit else { throw Malformed("it makes \(count) elements") }
        guard let value = try node.tensor("value").map({ tensor throws(Malformed) in try file(tensor) })
        else {
            return ONNXTensor(shape: shape, .floats([Float](repeating: 0, count: count)))
        }
        guard value.count == 1 else { throw Malformed("its value has \(value.count) elements") }
        switch value.elements {
        case .floats(let values):
            return ONNXTensor(shape: shape, .floats([Float](repeating: values[0], count: count)))
        case .integers(let values):
            return ONNXTensor(shape: shape, .integers([Int](repeating: values[0], count: count)))
        }
    }

    mutating func shape(_ node: ONNXNode) throws(Malformed) -> ONNXTensor {
        let shape = shape(of: try value(0, of: node))
        func place(_ axis: Int) -> Int { max(0, min(shape.count, axis < 0 ? axis &+ shape.count : axis)) }
        let (start, end) = (place(node.integer("start", 0)), place(node.integer("end", shape.count)))
        return ONNXTensor(Array(shape[min(start, end)..<end]))
    }

    /// Elements of a list, by their places.
    mutating func gather(_ node: ONNXNode) throws(Malformed) -> Value {
        let places = try constant(1, of: node)
        let source = try value(0, of: node)
        let shape = shape(of: source)
        let count = shape.first ?? 0
        guard shape.count == 1, [0, -1].contains(node.integer("axis", 0)), let indices = places.integers,
            places.count <= Self.listLimit, indices.allSatisfy({ (-count..<count).contains($0) })
        else { throw Malformed("it gathers something other than elements of a list") }
        let taken = indices.map { $0 < 0 ? $0 + count : $0 }
        switch source {
        case .constant(let list):
            switch list.elements {
            case .floats(let values):
                return .constant(ONNXTensor(shape: places.shape, .floats(taken.map { values[$0] })))
            case .integers(let values):
                return .constant(ONNXTensor(shape: places.shape, .integers(taken.map { values[$0] })))
            }
        // A view of features by strides, as torch's newer exporter writes a flatten.
        case .row(let id) where taken == Array(0..<count) && places.shape == [1, count]: return .tensor(id)
        case .row(let id) where taken == Array(0..<count) && places.shape == [1, count, 1, 1]:
            return .pooled(id)
        case .pixels, .tensor, .padded, .strided, .pooled, .row, .scores, .product:
            throw Malformed("it changes the order of features")
        }
    }

    /// Whole numbers from a start on, up to a limit.
    mutating func range(_ node: ONNXNode) throws(Malformed) -> ONNXTensor {
        var numbers: [Int] = []
        for index in 0..<3 { numbers += try integers(index, of: node) }
        guard numbers.count == 3, numbers[2] > 0, numbers.allSatisfy({ abs($0.clamped) <= Self.listLimit })
        else { throw Malformed("its start, limit and delta are \(numbers.prefix(8))") }
        return ONNXTensor(Array(stride(from: numbers[0], to: numbers[1], by: numbers[2])))
    }

    /// Lists in a row.
    mutating func concatenate(_ node: ONNXNode) throws(Malformed) -> ONNXTensor {
        var all: [Int] = []
        for index in node.inputs.indices {
            let list = try constant(index, of: node)
            guard list.shape.count == 1, let integers = list.integers,
                all.count + integers.count <= Self.listLimit
            else { throw Malformed("it joins something other than short lists of integers") }
            all += integers
        }
        return ONNXTensor(all)
    }
}

extension Int {
    /// Far from the ends, where it has no absolute value.
    fileprivate var clamped: Int { Swift.max(-1 << 40, Swift.min(1 << 40, self)) }
}
