import Foundation
import Networks

/// Collects the nodes and constants of an ONNX graph.
struct ONNXGraphWriter {
    private(set) var graph = ONNXGraphProto()

    /// An attribute's value.
    enum Attribute {
        case integer(Int)
        case integers([Int])
        case float(Float)
    }

    /// Adds a node with one result.
    ///
    /// - Parameter name: of the node and of its result; nothing else may have it.
    /// - Returns: the result's name.
    @discardableResult
    mutating func node(
        _ op: String, _ inputs: [String], _ name: String, _ attributes: KeyValuePairs<String, Attribute> = [:]
    ) -> String {
        var node = ONNXNodeProto()
        (node.opType, node.name) = (op, name)
        (node.input, node.output) = (inputs, [name])
        node.attribute = attributes.map { name, value in
            var attribute = ONNXAttributeProto()
            attribute.name = name
            switch value {
            case .integer(let number): (attribute.type, attribute.i) = (.int, Int64(number))
            case .integers(let numbers):
                (attribute.type, attribute.ints) = (.ints, numbers.map { Int64($0) })
            case .float(let number): (attribute.type, attribute.f) = (.float, number)
            }
            return attribute
        }
        graph.node.append(node)
        return name
    }

    /// Adds weights or other constant floats.
    @discardableResult
    mutating func constant(_ name: String, _ tensor: Tensor) -> String {
        initializer(name, shape: tensor.shape, .float32, tensor.values.withUnsafeBytes { Data($0) })
    }

    @discardableResult
    mutating func constant<Value: FixedWidthInteger>(
        _ name: String, shape: [Int], _ type: ONNXDataType, _ values: [Value]
    ) -> String {
        precondition(MemoryLayout<Value>.size == type.byteCount && values.count == shape.elementCount)
        return initializer(name, shape: shape, type, values.withUnsafeBytes { Data($0) })
    }

    /// A list of numbers that an operator takes as an input.
    mutating func constant(_ name: String, _ values: [Int]) -> String {
        constant(name, shape: [values.count], .int64, values.map { Int64($0) })
    }

    private mutating func initializer(
        _ name: String, shape: [Int], _ type: ONNXDataType, _ data: Data
    ) -> String {
        var tensor = ONNXTensorProto()
        (tensor.name, tensor.dims) = (name, shape.map { Int64($0) })
        (tensor.dataType, tensor.rawData) = (type.rawValue, data)
        graph.initializer.append(tensor)
        return name
    }

    /// - Parameter shape: without the batch, which may have any size.
    mutating func input(_ name: String, _ type: ONNXDataType, shape: [Int]) {
        graph.input.append(Self.value(name, type, shape))
    }

    /// - Parameter shape: without the batch, which may have any size.
    mutating func output(_ name: String, _ type: ONNXDataType, shape: [Int]) {
        graph.output.append(Self.value(name, type, shape))
    }

    private static func value(_ name: String, _ type: ONNXDataType, _ shape: [Int]) -> ONNXValueInfoProto {
        var batch = ONNXTensorShapeProto.Dimension()
        batch.dimParam = "N"
        var value = ONNXValueInfoProto()
        value.name = name
        value.type.tensorType.elemType = type.rawValue
        value.type.tensorType.shape.dim =
            [batch]
            + shape.map { size in
                var dimension = ONNXTensorShapeProto.Dimension()
                dimension.dimValue = Int64(size)
                return dimension
            }
        return value
    }
}
