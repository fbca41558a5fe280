import Bytes
import Networks

/// What a safetensors file says before its numbers: the names, types, shapes and places of its tensors.
///
/// - Source: https://huggingface.co/docs/safetensors, "Format": 8 bytes little-endian length, that many bytes of JSON,
///   then the tensors without gaps.
struct SafetensorsHeader: Hashable {
    struct Entry: Hashable {
        var type: ElementType
        var shape: [Int]
        /// In bytes from the end of the header.
        var bytes: Range<Int>
    }
    var entries: [String: Entry]
    var metadata: [String: String]

    /// Ten times what the largest network needs; more is taken for damage. The reference implementation's limit of 100 MB would
    /// let a file cost 20 seconds and a gigabyte.
    static let byteCountLimit = 1 << 25
    private static let metadataKey = "__metadata__"

    /// - Parameter bytes: the JSON.
    /// - Parameter dataByteCount: what follows it in the file.
    init(parsing bytes: [UInt8], dataByteCount: Int) throws(Malformed) {
        guard bytes.first == UInt8(ascii: "{"), case .object(let members) = try Self.json(bytes) else {
            throw Malformed("its header is not a JSON object")
        }
        (entries, metadata) = ([:], [:])
        for (name, value) in members {
            if name == Self.metadataKey {
                metadata = try Self.metadata(value)
            } else {
                entries[name] = try Entry(value, name: name)
            }
        }
        try checkPlaces(dataByteCount: dataByteCount)
    }

    private static func json(_ bytes: [UInt8]) throws(Malformed) -> JSON {
        do throws(JSONError) {
            return try JSON(parsing: bytes)
        } catch {
            throw Malformed("its header is \(error.reason)")
        }
    }

    private static func metadata(_ value: JSON) throws(Malformed) -> [String: String] {
        guard case .object(let members) = value else { throw Malformed("its metadata are not an object") }
        var metadata: [String: String] = [:]
        for (key, value) in members {
            guard case .string(let text) = value else {
                throw Malformed("its metadata \"\(key)\" are not a string")
            }
            metadata[key] = text
        }
        return metadata
    }

    /// Every byte of the data belongs to exactly one tensor.
    private func checkPlaces(dataByteCount: Int) throws(Malformed) {
        let inOrder = entries.sorted {
            ($0.value.bytes.lowerBound, $0.value.bytes.upperBound, $0.key)
                < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound, $1.key)
        }
        var end = 0
        for (name, entry) in inOrder {
            guard entry.bytes.lowerBound == end else {
                let fault =
                    entry.bytes.lowerBound < end ? "overlaps the tensor before it" : "comes after a gap"
                throw Malformed("tensor \(name) \(fault): it begins at \(entry.bytes.lowerBound), not \(end)")
            }
            end = entry.bytes.upperBound
            guard end <= dataByteCount else {
                throw Malformed("tensor \(name) ends at \(end), beyond the \(dataByteCount) bytes of data")
            }
        }
        guard end == dataByteCount else {
            throw Malformed("\(dataByteCount - end) bytes follow the last tensor")
        }
    }
}

extension SafetensorsHeader.Entry {
    fileprivate init(_ value: JSON, name: String) throws(Malformed) {
        guard case .object(let members) = value, Set(members.keys) == ["dtype", "shape", "data_offsets"],
            case .string(let typeName)? = members["dtype"]
        else { throw Malformed("tensor \(name) is not described by dtype, shape and data_offsets") }
        guard let type = ElementType(rawValue: typeName) else {
            throw Malformed(
                "tensor \(name) has type \(typeName), not \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard let shape = members["shape"]?.counts else {
            throw Malformed("the shape of tensor \(name) is not a list of numbers from 0 on")
        }
        guard let offsets = members["data_offsets"]?.counts, offsets.count == 2, offsets[0] <= offsets[1]
        else { throw Malformed("the data_offsets of tensor \(name) are not two rising numbers") }
        guard let byteCount = type.byteCount(of: shape), byteCount == offsets[1] - offsets[0] else {
            throw Malformed(
                "tensor \(name) of type \(typeName) and shape \(shape) has \(offsets[1] - offsets[0]) bytes")
        }
        self.init(type: type, shape: shape, bytes: offsets[0]..<offsets[1])
    }
}

extension JSON {
    /// Of an array of whole numbers from 0 on; else `nil`.
    fileprivate var counts: [Int]? {
        guard case .array(let elements) = self else { return nil }
        let counts = elements.compactMap { element -> Int? in
            guard case .number(let text) = element, let count = Int(text), count >= 0, text != "-0" else {
                return nil
            }
            return count
        }
        return counts.count == elements.count ? counts : nil
    }
}
