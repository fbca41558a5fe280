/// Which places of an axis are taken.
struct Pick: Hashable {
    var start: Int
    var step: Int
    var count: Int

    init(start: Int, step: Int, count: Int) { (self.start, self.step, self.count) = (start, step, count) }

    /// As ONNX's Slice counts: from the end where negative, and cut to the axis.
    ///
    /// - Parameter step: not 0.
    init(start: Int, end: Int, step: Int, of size: Int) {
        func place(_ index: Int, in range: ClosedRange<Int>) -> Int {
            let index = index < 0 ? Swift.max(index, -size - 1) + size : index
            return Swift.max(range.lowerBound, Swift.min(range.upperBound, index))
        }
        let range = step > 0 ? 0...size : -1...size - 1
        let (first, last) = (place(start, in: range), place(end, in: range))
        let distance = step > 0 ? last - first : first - last
        self.init(start: first, step: step, count: max(0, (distance + abs(step) - 1) / abs(step)))
    }
}

extension ONNXTensor {
    /// The elements with their axes in another order.
    ///
    /// - Parameter order: the old axis of each new one.
    func transposed(_ order: [Int]) -> ONNXTensor {
        let strides = strides
        return taken(shape: order.map { shape[$0] }, strides: order.map { strides[$0] }, from: 0)
    }

    /// - Parameter picks: one for each axis, inside it.
    func picked(_ picks: [Pick]) -> ONNXTensor {
        let strides = strides
        return taken(
            shape: picks.map(\.count), strides: zip(picks, strides).map { $0.step * $1 },
            from: zip(picks, strides).reduce(0) { $0 + $1.0.start * $1.1 })
    }

    /// Row-major, in elements.
    private var strides: [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        return strides
    }

    private func taken(shape: [Int], strides: [Int], from start: Int) -> ONNXTensor {
        let count = shape.reduce(1, *)
        var (places, index, place) = ([Int](), [Int](repeating: 0, count: shape.count), start)
        places.reserveCapacity(count)
        while places.count < count {
            places.append(place)
            for axis in shape.indices.reversed() {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] { break }
                place -= strides[axis] * shape[axis]
                index[axis] = 0
            }
        }
        switch elements {
        case .floats(let values): return ONNXTensor(shape: shape, .floats(places.map { values[$0] }))
        case .integers(let values): return ONNXTensor(shape: shape, .integers(places.map { values[$0] }))
        }
    }

    /// The elements repeated along axes that have one or that are missing in front.
    private func broadcast(to shape: [Int]) -> ONNXTensor {
        if shape == self.shape { return self }
        let missing = shape.count - self.shape.count
        let strides = strides
        return taken(
            shape: shape,
            strides: shape.indices.map { axis in
                axis < missing || self.shape[axis - missing] == 1 ? 0 : strides[axis - missing]
            }, from: 0)
    }

    /// The shape of two arrays that are combined element by element; `nil` where they cannot be.
    private static func common(_ first: [Int], _ second: [Int]) -> [Int]? {
        let count = max(first.count, second.count)
        let pair = [first, second].map { [Int](repeating: 1, count: count - $0.count) + $0 }
        let fits = zip(pair[0], pair[1]).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
        return fits ? zip(pair[0], pair[1]).map { $0 == 1 ? $1 : $0 } : nil
    }

    /// Two constants as one, element by element.
    ///
    /// - Parameter op: `Add`, `Sum`, `Sub`, `Mul` or `Div`.
    func combined(with other: ONNXTensor, _ op: String) throws(Malformed) -> ONNXTensor {
        guard let shape = Self.common(shape, other.shape), let count = Self.elementCount(shape),
            count <= max(self.count, other.count, 1 << 16)
        else {
            throw Malformed("it combines constants of the shapes \(shape) and \(other.shape)")
        }
        let (first, second) = (broadcast(to: shape), other.broadcast(to: shape))
        if let left = first.integers, let right = second.integers {
            let results = zip(left, right).compactMap { a, b -> Int? in
                let (result, overflows) =
                    switch op {
                    case "Sub": a.subtractingReportingOverflow(b)
                    case "Mul": a.multipliedReportingOverflow(by: b)
                    case "Div": a.dividedReportingOverflow(by: b)
                    default: a.addingReportingOverflow(b)
                    }
                return overflows ? nil : result
            }
            guard results.count == count else { throw Malformed("its integers overflow") }
            return ONNXTensor(shape: shape, .integers(results))
        }
        let results = zip(first.floats, second.floats).map { a, b in
            switch op {
            case "Sub": a - b
            case "Mul": a * b
            case "Div": a / b
            default: a + b
            }
        }
        return ONNXTensor(shape: shape, .floats(results))
    }

    /// The constant as one number for each channel of a value with which it is combined.
    ///
    /// - Parameter axis: that of the channels.
    func perChannel(_ channels: Int, of shape: [Int], axis: Int) throws(Malformed) -> [Float] {
        if count == 1 { return [Float](repeating: floats[0], count: channels) }
        let full = [Int](repeating: 1, count: max(0, shape.count - self.shape.count)) + self.shape
        var wanted = [Int](repeating: 1, count: shape.count)
        wanted[axis] = channels
        guard full == wanted else {
            throw Malformed(
                "a constant of the shape \(self.shape.prefix(8)) is not one number for each channel")
        }
        return floats
    }

    /// The constant as what is added to the `count` outputs of a layer: one row of them.
    ///
    /// - Throws: for any other shape, as `[count, 1]`, which would make a plane of the row.
    func bias(_ count: Int) throws(Malformed) -> [Float] {
        guard shape.count <= 2, shape.last ?? 1 == count, shape.dropLast().allSatisfy({ $0 == 1 }) else {
            throw Malformed(
                "its bias has the shape \(shape.prefix(8)), not one number for each of \(count) outputs")
        }
        return floats
    }
}
