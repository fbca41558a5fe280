import Foundation
import Networks

/// An array of an ONNX file: weights as floats, and shapes and the like as integers.
struct ONNXTensor: Hashable {
    enum Elements: Hashable {
        case floats([Float])
        case integers([Int])
    }
    var shape: [Int]
    var elements: Elements

    /// More elements than any network has are not read.
    private static let elementCountLimit = 1 << 30
    /// Nothing that we read has more axes.
    static let axisCountLimit = 8

    /// Elements of an array; `nil` for a shape that no array has, or that would be a danger to compute with.
    static func elementCount(_ shape: [Int]) -> Int? {
        guard shape.count <= axisCountLimit else { return nil }
        var count = 1
        for size in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: max(size, 1))
            guard size >= 0, !overflows, product <= elementCountLimit else { return nil }
            count = product
        }
        return shape.contains(0) ? 0 : count
    }

    init(shape: [Int], _ elements: Elements) { (self.shape, self.elements) = (shape, elements) }

    /// A list of integers.
    init(_ integers: [Int]) { self.init(shape: [integers.count], .integers(integers)) }

    var count: Int {
        switch elements {
        case .floats(let values): values.count
        case .integers(let values): values.count
        }
    }

    /// The elements as floats; integers are rounded to the nearest.
    var floats: [Float] {
        switch elements {
        case .floats(let values): values
        case .integers(let values): values.map { Float($0) }
        }
    }

    /// The elements where they are integers.
    var integers: [Int]? {
        guard case .integers(let values) = elements else { return nil }
        return values
    }

    var tensor: Tensor { Tensor(shape: shape, values: floats) }

    /// - Parameter files: where tensors may stand that are not in the file itself.
    /// - Throws: for types that we do not read, and where shape and data do not agree.
    init(_ proto: ONNXTensorProto, files: ONNXExternalFiles?) throws(Malformed) {
        let name = "tensor \(shown(proto.name))"
        guard let count = Self.elementCount(proto.dims.map { Int($0) }) else {
            throw Malformed("\(name) has the impossible shape \(proto.dims.prefix(8))")
        }
        guard let type = ONNXDataType(rawValue: proto.dataType) else {
            throw Malformed(
                "\(name) holds numbers of ONNX's type \(proto.dataType); floats, and integers of 8, 32 and 64 bits "
                    + "are read")
        }
        let elements: Elements
        if proto.dataLocation == 1 {
            let places = Dictionary(
                proto.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
            guard let files else {
                throw Malformed("\(name) is stored in the file \(shown(places["location"] ?? "")) beside it")
            }
            elements = try files.withBytes(places, count: count * type.byteCount, of: name) {
                type.elements($0)
            }
        } else if proto.hasRawData {
            guard proto.rawData.count == count * type.byteCount else {
                throw Malformed(
                    "\(name) of shape \(proto.dims.prefix(8)) has \(proto.rawData.count) bytes of data, not "
                        + "\(count * type.byteCount)")
            }
            elements = proto.rawData.withUnsafeBytes { type.elements($0.bytes) }
        } else {
            elements = type.elements(of: proto)
        }
        self.init(shape: proto.dims.map { Int($0) }, elements)
        guard self.count == count else {
            throw Malformed("\(name) of shape \(shape.prefix(8)) has \(self.count) elements")
        }
    }
}

/// ONNX's numbers of the element types that we read.
enum ONNXDataType: Int32 {
    case float32 = 1
    case uint8 = 2
    case int8 = 3
    case int32 = 6
    case int64 = 7
    case bool = 9
    case float16 = 10
    case float64 = 11
    case bfloat16 = 16

    var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .float16, .bfloat16: 2
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
    }

    /// Little-endian numbers.
    func elements(_ bytes: RawSpan) -> ONNXTensor.Elements {
        switch self {
        case .float32: .floats(ElementType.float32.floats(bytes))
        case .float16: .floats(ElementType.float16.floats(bytes))
        case .bfloat16: .floats(ElementType.bfloat16.floats(bytes))
        case .float64: .floats(ElementType.float64.floats(bytes))
        case .uint8, .bool: .integers(integers(bytes, of: UInt8.self))
        case .int8: .integers(integers(bytes, of: Int8.self))
        case .int32: .integers(integers(bytes, of: Int32.self))
        case .int64: .integers(integers(bytes, of: Int64.self))
        }
    }

    private func integers<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan, of type: Value.Type
    ) -> [Int] {
        (0..<bytes.byteCount / byteCount).map { index in
            Int(Value(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index * byteCount, as: type)))
        }
    }

    /// From the field that is for numbers of this type.
    func elements(of proto: ONNXTensorProto) -> ONNXTensor.Elements {
        switch self {
        case .float32: .floats(proto.floatData)
        case .float64: .floats(proto.doubleData.map { Float($0) })
        case .float16:
            .floats(proto.int32Data.map { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: $0))) })
        case .bfloat16:
            .floats(
                proto.int32Data.map { Float(bitPattern: UInt32(UInt16(truncatingIfNeeded: $0)) << 16) })
        case .int64: .integers(proto.int64Data.map { Int($0) })
        case .uint8, .int8, .bool, .int32: .integers(proto.int32Data.map { Int($0) })
        }
    }
}

/// A name out of a file, fit for a line of a message.
func shown(_ name: String) -> String {
    let plain = name.unicodeScalars.prefix(80).map {
        $0.properties.generalCategory == .control ? "?" : "\($0)"
    }
    return "\"\(plain.joined())\(name.unicodeScalars.count > 80 ? "…" : "")\""
}
