import Bytes

/// Writes Thrift's compact protocol, as far as the metadata of Parquet need it.
///
/// - Source: "Thrift Compact protocol encoding" in Apache Thrift's `doc/specs`.
struct ThriftWriter {
    private(set) var bytes: [UInt8] = []
    /// The id of the last field, of each structure that is open.
    private var lastFields: [Int] = [0]

    private enum Kind: UInt8 {
        case int32 = 5
        case int64 = 6
        case binary = 8
        case list = 9
        case structure = 12
    }

    /// - Parameter field: its id in the structure, as in all functions here.
    mutating func int32(_ field: Int, _ value: Int) { number(field, .int32, value) }
    mutating func int64(_ field: Int, _ value: Int) { number(field, .int64, value) }

    mutating func string(_ field: Int, _ value: String) { binary(field, Array(value.utf8)) }

    mutating func binary(_ field: Int, _ value: [UInt8]) {
        begin(field, .binary)
        append(value)
    }

    mutating func structure(_ field: Int, _ body: (inout ThriftWriter) -> Void) {
        begin(field, .structure)
        nested(body)
    }

    mutating func list<Element>(
        _ field: Int, _ elements: [Element], _ body: (inout ThriftWriter, Element) -> Void
    ) {
        begin(field, .list)
        listHead(elements.count, .structure)
        for element in elements { nested { body(&$0, element) } }
    }

    mutating func list(_ field: Int, numbers: [Int]) {
        begin(field, .list)
        listHead(numbers.count, .int32)
        for number in numbers { append(zigzag: number) }
    }

    mutating func list(_ field: Int, strings: [String]) {
        begin(field, .list)
        listHead(strings.count, .binary)
        for string in strings { append(Array(string.utf8)) }
    }

    /// Ends the outermost structure.
    mutating func end() { bytes.append(0) }

    private mutating func number(_ field: Int, _ kind: Kind, _ value: Int) {
        begin(field, kind)
        append(zigzag: value)
    }

    private mutating func nested(_ body: (inout ThriftWriter) -> Void) {
        lastFields.append(0)
        body(&self)
        lastFields.removeLast()
        end()
    }

    /// Fields go in the order of their ids, each no more than 15 after the one before it.
    private mutating func begin(_ field: Int, _ kind: Kind) {
        let step = field - lastFields[lastFields.count - 1]
        precondition((1...15).contains(step))
        bytes.append(UInt8(step) << 4 | kind.rawValue)
        lastFields[lastFields.count - 1] = field
    }

    private mutating func listHead(_ count: Int, _ kind: Kind) {
        if count < 15 {
            bytes.append(UInt8(count) << 4 | kind.rawValue)
        } else {
            bytes.append(0xF0 | kind.rawValue)
            append(varint: UInt64(count))
        }
    }

    private mutating func append(_ value: [UInt8]) {
        append(varint: UInt64(value.count))
        bytes += value
    }

    private mutating func append(zigzag value: Int) {
        append(varint: UInt64(bitPattern: Int64(value << 1 ^ value >> 63)))
    }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
