import Networks

/// The input of an ONNX graph and what was done to it so far: `pixel · scale + shift`.
struct ONNXPixels: Hashable {
    var side: Int
    var isChannelsLast: Bool
    /// 8-bit pixels come in as they are; floats as the user says.
    var isBytes: Bool
    /// Red, green, blue.
    var scale: [Float] = [1, 1, 1]
    var shift: [Float] = [0, 0, 0]

    private static let sides = 1...100_000

    /// For a batch of one.
    var shape: [Int] { isChannelsLast ? [1, side, side, 3] : [1, 3, side, side] }

    /// - Parameter inputSize: where the file leaves the sides open.
    init(_ input: ONNXValueInfoProto, inputSize: Int?) throws(Malformed) {
        let name = "its input \(shown(input.name))"
        let type = input.type.tensorType
        switch ONNXDataType(rawValue: type.elemType) {
        case .uint8: isBytes = true
        case .float32, .float16, .bfloat16, .float64: isBytes = false
        case .int8, .int32, .int64, .bool, nil: throw Malformed("\(name) is neither floats nor bytes")
        }
        let sizes = type.shape.dim.map { dimension -> Int? in
            guard case .dimValue(let size)? = dimension.value else { return nil }
            return Int(size)
        }
        guard sizes.count == 4 || sizes.isEmpty else {
            throw Malformed("\(name) has \(sizes.count) axes, but images have four")
        }
        isChannelsLast = sizes.count == 4 && sizes[1] != 3 && sizes[3] == 3
        guard sizes.isEmpty || isChannelsLast || sizes[1] == nil || sizes[1] == 3 else {
            throw Malformed("\(name) has \(sizes[1] ?? 0) channels, not red, green and blue")
        }
        let sides = sizes.isEmpty ? [] : (isChannelsLast ? sizes[1...2] : sizes[2...3]).compactMap { $0 }
        guard Set(sides).count <= 1 else {
            throw Malformed("\(name) is \(sides[0])x\(sides[1]); our networks take squares")
        }
        if let inputSize, let side = sides.first, side != inputSize {
            throw Malformed("\(name) is \(side)x\(side), not \(inputSize)x\(inputSize)", code: .wrongContract)
        }
        guard let side = sides.first ?? inputSize else {
            throw Malformed("\(name) has no fixed size; say which with --input-size", code: .noContract)
        }
        guard Self.sides.contains(side) else { throw Malformed("\(name) is \(side)x\(side)") }
        self.side = side
    }

    /// The size of the input's first axis; `nil` where the file leaves it open.
    static func fixedBatch(of input: ONNXValueInfoProto) -> Int? {
        guard case .dimValue(let size)? = input.type.tensorType.shape.dim.first?.value else { return nil }
        return Int(size)
    }

    /// - Parameter factor: for each channel.
    func scaled(by factor: [Float]) -> ONNXPixels {
        var pixels = self
        pixels.scale = zip(scale, factor).map { $0 * $1 }
        pixels.shift = zip(shift, factor).map { $0 * $1 }
        return pixels
    }

    func shifted(by amount: [Float]) -> ONNXPixels {
        var pixels = self
        pixels.shift = zip(shift, amount).map { $0 + $1 }
        return pixels
    }

    /// Whether the file itself normalises.
    var isChanged: Bool { scale != [1, 1, 1] || shift != [0, 0, 0] }

    /// The whole preprocessing, where that which is expected of the file's user is `before`.
    func preprocessing(after before: Preprocessing) throws(Malformed) -> Preprocessing {
        // x = (p - mean) / deviation · scale + shift
        let deviation = zip(before.deviation, scale).map { $0 / $1 }
        let mean = zip(zip(before.mean, before.deviation), zip(shift, scale)).map { before, own in
            before.0 - own.0 * before.1 / own.1
        }
        guard deviation.allSatisfy({ $0 > 0 && $0.isFinite }), mean.allSatisfy(\.isFinite) else {
            throw Malformed("its first operations on the pixels are not a scaling by positive numbers")
        }
        return Preprocessing(mean: mean, deviation: deviation)
    }
}
