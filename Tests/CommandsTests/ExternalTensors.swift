/// An ONNX file whose large tensors stand in another file, as other programs write large models.
///
/// - Source: the encoding is that of protocol buffers (protobuf.dev, "Encoding"), the numbers of the fields ONNX's.
struct ExternalTensors {
    private(set) var model: [UInt8] = []
    /// The bytes of the tensors, one after the other.
    private(set) var data: [UInt8] = []

    /// - Parameter name: what the file with the tensors will be called.
    init(of onnx: [UInt8], in name: String) {
        for field in Self.fields(of: onnx[...]) {
            // The graph is field 7 of the model.
            guard field.number == 7 else {
                model += field.bytes
                continue
            }
            let changed = graph(field.content, in: name)
            model += Self.field(7, changed)
        }
    }

    private mutating func graph(_ bytes: ArraySlice<UInt8>, in name: String) -> [UInt8] {
        var result: [UInt8] = []
        for field in Self.fields(of: bytes) {
            // Tensors are field 5 of a graph.
            result += field.number == 5 ? Self.field(5, tensor(field.content, in: name)) : Array(field.bytes)
        }
        return result
    }

    private mutating func tensor(_ bytes: ArraySlice<UInt8>, in name: String) -> [UInt8] {
        var result: [UInt8] = []
        for field in Self.fields(of: bytes) {
            // The values are field 9, their place elsewhere fields 13 and 14.
            guard field.number == 9, field.content.count >= 256 else {
                result += field.bytes
                continue
            }
            let places = [
                ("location", name), ("offset", "\(data.count)"), ("length", "\(field.content.count)"),
            ]
            for (key, value) in places {
                result += Self.field(13, Self.field(1, Array(key.utf8)) + Self.field(2, Array(value.utf8)))
            }
            result += [14 << 3, 1]
            data += field.content
        }
        return result
    }

    private struct Field {
        var number: Int
        var content: ArraySlice<UInt8>
        /// With its head.
        var bytes: ArraySlice<UInt8>
    }

    private static func fields(of bytes: ArraySlice<UInt8>) -> [Field] {
        var fields: [Field] = []
        var rest = bytes
        while !rest.isEmpty {
            let start = rest.startIndex
            let head = takeVarint(&rest)
            var content = rest[rest.startIndex..<rest.startIndex]
            switch head & 7 {
            case 0: _ = takeVarint(&rest)
            case 1: rest = rest.dropFirst(8)
            case 2:
                let count = takeVarint(&rest)
                content = rest.prefix(count)
                rest = rest.dropFirst(count)
            default: rest = rest.dropFirst(4)
            }
            fields.append(
                Field(number: head >> 3, content: content, bytes: bytes[start..<rest.startIndex]))
        }
        return fields
    }

    private static func takeVarint(_ bytes: inout ArraySlice<UInt8>) -> Int {
        var (value, shift) = (0, 0)
        while let byte = bytes.popFirst() {
            value |= Int(byte & 127) << shift
            shift += 7
            if byte < 128 { break }
        }
        return value
    }

    private static func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7)
    }

    private static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(content.count) + content
    }
}
