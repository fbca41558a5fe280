import Engines
import Networks

extension Executable {
    /// Copies a parameter in. `prepare` must follow before the next run.
    func setParameter(_ name: String, to tensor: Tensor?) throws(EngineError) {
        guard let id = parameters[name], let target = small[id] else { return }
        let values = try checked(tensor, name, graph[id].shape).values
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { target.update(from: start, count: source.count) }
        }
    }

    func parameter(_ name: String) -> Tensor? {
        parameters[name].flatMap { id in small[id].map { tensor(at: $0, shape: graph[id].shape) } }
    }

    /// Copies samples in, row-major by the graph's axes, in the form in which the kernels want them.
    func setInput(_ name: String, to tensor: Tensor?) throws(EngineError) {
        guard let id = inputs[name], let start = wide[id]?.base else { return }
        let values = try checked(tensor, name, graph[id].shape).values
        switch inputElement(id) {
        case .byte:
            let bytes = start.assumingMemoryBound(to: UInt8.self)
            for (i, value) in values.enumerated() { bytes[i] = UInt8(value) }
        case .label:
            let labels = start.assumingMemoryBound(to: Int32.self)
            for (i, value) in values.enumerated() { labels[i] = Int32(value) }
        case .activation(.float):
            let floats = start.assumingMemoryBound(to: Float.self)
            for (i, value) in values.enumerated() { floats[channelsLast(i, graph[id].shape)] = value }
        case .activation(.bfloat16):
            let halves = start.assumingMemoryBound(to: UInt16.self)
            for (i, value) in values.enumerated() {
                halves[channelsLast(i, graph[id].shape)] = UInt16(bfloat16: value)
            }
        }
    }

    /// A result, row-major by the graph's axes.
    func output(_ id: NodeID) -> Tensor {
        let shape = graph[id].shape
        if let pointer = small[id] { return tensor(at: pointer, shape: shape) }
        guard let start = wide[id]?.base else { preconditionFailure("node \(id.index) is not an output") }
        let values: [Float]
        switch element(of: id) {
        case .float:
            let floats = start.assumingMemoryBound(to: Float.self)
            values = (0..<shape.elementCount).map { floats[channelsLast($0, shape)] }
        case .bfloat16:
            let halves = start.assumingMemoryBound(to: UInt16.self)
            values = (0..<shape.elementCount).map { Float(bfloat16: halves[channelsLast($0, shape)]) }
        }
        return Tensor(shape: shape, values: values)
    }

    /// One task for each weight gradient: its sum over the lanes.
    func laneSumTasks() -> [FinalTask] {
        laneSums.map { id, sum in
            let count = graph[id].shape.elementCount
            return { worker in worker.note(sum.finish(on: worker, count: count)) }
        }
    }

    private func tensor(at pointer: UnsafeMutablePointer<Float>, shape: [Int]) -> Tensor {
        Tensor(shape: shape, values: Array(UnsafeBufferPointer(start: pointer, count: shape.elementCount)))
    }

    private func checked(_ tensor: Tensor?, _ name: String, _ shape: [Int]) throws(EngineError) -> Tensor {
        guard let tensor, tensor.shape == shape else {
            throw .wrongTensor(name, shape: tensor?.shape, expected: shape)
        }
        return tensor
    }

    /// Where element `index` of `[N, C, H, W]` stands in NHWC.
    private func channelsLast(_ index: Int, _ shape: [Int]) -> Int {
        guard shape.count == 4 else { return index }
        let plane = shape[2] * shape[3]
        let (image, rest) = index.quotientAndRemainder(dividingBy: shape[1] * plane)
        return (image * plane + rest % plane) * shape[1] + rest / plane
    }
}

extension UInt16 {
    /// The upper half of a float, rounded to nearest, ties to even.
    fileprivate init(bfloat16 value: Float) {
        let bits = value.bitPattern
        self = UInt16(
            truncatingIfNeeded: value.isNaN ? bits >> 16 | 0x40 : (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    }
}

extension Float {
    fileprivate init(bfloat16 half: UInt16) { self.init(bitPattern: UInt32(half) << 16) }
}
