/// Writes ONNX files of a few nodes, for tests of what reads them. It knows no rule that the reader knows.
///
/// - Source: the encoding is that of protocol buffers (protobuf.dev, "Encoding"), the numbers of the fields ONNX's.
struct TinyONNX {
    enum Attribute {
        case integer(Int)
        case integers([Int])
        case float(Float)
        case text(String)
        case integersTensor([Int])
    }
    var opset = 13
    /// Sizes of the input `data`; negative ones are left open.
    var inputShape = [-1, 3, 8, 8]
    /// ONNX's number of the input's type; 1 is float.
    var inputType = 1
    var output = "out"
    /// Older writers name the weights among the inputs.
    var namesWeightsAsInputs = false
    var metadata: [(String, String)] = []
    private var nodes: [[UInt8]] = []
    private var initializers: [[UInt8]] = []
    private var inputs: [[UInt8]] = []

    @discardableResult
    mutating func node(
        _ op: String, _ inputs: [String], _ output: String,
        _ attributes: KeyValuePairs<String, Attribute> = [:],
        name: String? = nil
    ) -> String {
        var bytes = inputs.flatMap { Self.field(1, $0) } + Self.field(2, output)
        bytes += Self.field(3, name ?? output) + Self.field(4, op)
        for (name, value) in attributes { bytes += Self.field(5, Self.attribute(name, value)) }
        nodes.append(bytes)
        return output
    }

    @discardableResult
    mutating func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
        let data = values.flatMap { Self.littleEndian($0.bitPattern) }
        return tensor(name, shape, type: 1, data: data)
    }

    /// Random numbers around zero, or around 1.
    mutating func weights(_ name: String, _ shape: [Int], around centre: Float = 0) -> String {
        var state = UInt32(truncatingIfNeeded: name.utf8.reduce(7) { $0 &* 31 &+ Int($1) })
        let values = (0..<shape.reduce(1, *)).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return centre + (Float(state >> 8) / Float(1 << 24) - 0.5) * 0.5
        }
        return floats(name, shape, values)
    }

    @discardableResult
    mutating func integers(_ name: String, _ values: [Int]) -> String {
        tensor(name, [values.count], type: 7, data: Self.data(values))
    }

    /// - Parameter external: place of the values in another file, instead of `data`.
    @discardableResult
    mutating func tensor(
        _ name: String, _ shape: [Int], type: Int, data: [UInt8], external: [(String, String)] = []
    ) -> String {
        var bytes = Self.shape(shape) + Self.field(2, type) + Self.field(8, name)
        if external.isEmpty { bytes += Self.field(9, data) } else { bytes += Self.field(14, 1) }
        for (key, value) in external { bytes += Self.field(13, Self.field(1, key) + Self.field(2, value)) }
        initializers.append(bytes)
        if namesWeightsAsInputs { inputs.append(Self.value(name, type: type, shape: shape)) }
        return name
    }

    /// The file.
    var bytes: [UInt8] {
        var graph = nodes.flatMap { Self.field(1, $0) } + Self.field(2, "tiny")
        graph += initializers.flatMap { Self.field(5, $0) }
        graph += ([Self.value("data", type: inputType, shape: inputShape)] + inputs).flatMap {
            Self.field(11, $0)
        }
        graph += Self.field(12, Self.value(output, type: 1, shape: []))
        let opset = Self.field(1, "") + Self.field(2, self.opset)
        return Self.field(1, 7) + Self.field(7, graph) + Self.field(8, opset)
            + metadata.flatMap { Self.field(14, Self.field(1, $0.0) + Self.field(2, $0.1)) }
    }

    // MARK: Protocol buffers

    private static func varint(_ value: UInt64) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7)
    }

    private static func varint(_ value: Int) -> [UInt8] { varint(UInt64(bitPattern: Int64(value))) }

    private static func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

    private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(bytes.count) + bytes
    }

    private static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    private static func shape(_ sizes: [Int]) -> [UInt8] { sizes.flatMap { field(1, $0) } }

    private static func data(_ integers: [Int]) -> [UInt8] {
        integers.flatMap { littleEndian(Int64($0)) }
    }

    private static func value(_ name: String, type: Int, shape: [Int]) -> [UInt8] {
        let sizes = shape.flatMap { field(1, $0 < 0 ? field(2, "N") : field(1, $0)) }
        return field(1, name) + field(2, field(1, field(1, type) + field(2, sizes)))
    }

    private static func attribute(_ name: String, _ value: Attribute) -> [UInt8] {
        let content: [UInt8] =
            switch value {
            case .integer(let number): field(3, number) + field(20, 2)
            case .integers(let numbers): numbers.flatMap { field(8, $0) } + field(20, 7)
            case .float(let number): varint(2 << 3 | 5) + littleEndian(number.bitPattern) + field(20, 1)
            case .text(let text): field(4, text) + field(20, 3)
            case .integersTensor(let values):
                field(5, shape([values.count]) + field(2, 7) + field(9, data(values))) + field(20, 4)
            }
        return field(1, name) + content
    }

    private static func littleEndian(_ number: some FixedWidthInteger & BitwiseCopyable) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
