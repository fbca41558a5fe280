/// How a program is to be compiled, as XLA's `CompileOptionsProto`.
///
/// Written by hand rather than with a protobuf library: a dozen fields of a format that only grows.
/// - Source: the field numbers of `xla/pjrt/proto/compile_options.proto` and `xla/xla_data.proto`.
struct CompileOptions: Hashable, Sendable {
    /// The device of each replica.
    var deviceIDs: [Int]
    /// Settings of the compiler by the names that `XLA_FLAGS` knows, over the device's own.
    var overrides: [String: String] = [:]

    var bytes: [UInt8] {
        var assignment = ProtobufMessage()
        assignment.add(1, deviceIDs.count)
        assignment.add(2, 1)
        var devices = ProtobufMessage()
        devices.add(1, packed: deviceIDs)
        assignment.add(3, devices)

        var build = ProtobufMessage()
        // No device in particular.
        build.add(1, -1)
        build.add(4, deviceIDs.count)
        // Partitions; without it the process ends.
        build.add(5, 1)
        build.add(9, assignment)

        var options = ProtobufMessage()
        options.add(3, build)
        for (name, value) in overrides.sorted(by: { $0.key < $1.key }) {
            var text = ProtobufMessage()
            text.add(1, value)
            var entry = ProtobufMessage()
            entry.add(1, name)
            entry.add(2, text)
            options.add(7, entry)
        }
        return options.bytes
    }
}

/// The bytes of a protocol buffer under construction.
private struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    private mutating func addVarint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func add(_ field: Int, content: [UInt8]) {
        addVarint(UInt64(field) << 3 | 2)
        addVarint(UInt64(content.count))
        bytes += content
    }

    mutating func add(_ field: Int, _ number: Int) {
        addVarint(UInt64(field) << 3)
        addVarint(UInt64(bitPattern: Int64(number)))
    }

    mutating func add(_ field: Int, _ text: String) { add(field, content: Array(text.utf8)) }

    mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, content: message.bytes) }

    mutating func add(_ field: Int, packed numbers: [Int]) {
        var list = ProtobufMessage()
        for number in numbers { list.addVarint(UInt64(number)) }
        add(field, list)
    }
}
