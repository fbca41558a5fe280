import Bytes
import Records

/// One entry of a TensorBoard event file.
///
/// - Source: `tensorboard/compat/proto/event.proto` and `summary.proto`; the wire format of protocol buffers
///   (https://protobuf.dev/programming-guides/encoding/). The few fields that we write are encoded by hand.
package struct Event: Hashable {
    package enum Content: Hashable {
        /// Says which format the file has: its first entry.
        case fileVersion
        /// A program begins here: readers forget what earlier files say of this step and later ones.
        case sessionStart
        case scalars([Scalar])
    }

    package struct Scalar: Hashable {
        /// `"train/loss"`; what stands before the slash groups charts.
        package var tag: String
        package var value: Float

        package init(_ tag: String, _ value: Float) { (self.tag, self.value) = (tag, value) }
    }

    /// Seconds since 1970.
    package var wallTime: Double
    package var step: Int
    package var content: Content

    package init(wallTime: Double, step: Int, content: Content) {
        (self.wallTime, self.step, self.content) = (wallTime, step, content)
    }

    /// The protocol buffer `Event`.
    package var encoded: [UInt8] {
        var message = ProtocolBuffer()
        message.append(wallTime, field: 1)
        message.append(step, field: 2)
        switch content {
        case .fileVersion: message.append("brain.Event:2", field: 3)
        case .scalars(let scalars): message.append(Self.summary(of: scalars), field: 5)
        case .sessionStart:
            var session = ProtocolBuffer()
            session.append(1, field: 1)
            message.append(session, field: 7)
        }
        return message.bytes
    }

    private static func summary(of scalars: [Scalar]) -> ProtocolBuffer {
        var summary = ProtocolBuffer()
        for scalar in scalars {
            var value = ProtocolBuffer()
            value.append(scalar.tag, field: 1)
            value.append(scalar.value, field: 2)
            summary.append(value, field: 1)
        }
        return summary
    }
}

/// A message on its way to bytes: fields one after the other, each behind its number and kind.
private struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    private enum Kind: Int { case varint = 0, eightBytes = 1, counted = 2, fourBytes = 5 }

    /// - Parameter value: 0 or more.
    mutating func append(_ value: Int, field: Int) {
        begin(field, .varint)
        append(varint: value)
    }

    mutating func append(_ value: Double, field: Int) {
        begin(field, .eightBytes)
        bytes.appendLittleEndian(value.bitPattern)
    }

    mutating func append(_ value: Float, field: Int) {
        begin(field, .fourBytes)
        bytes.appendLittleEndian(value.bitPattern)
    }

    mutating func append(_ text: String, field: Int) { append(Array(text.utf8), field: field) }

    mutating func append(_ message: ProtocolBuffer, field: Int) { append(message.bytes, field: field) }

    private mutating func append(_ content: [UInt8], field: Int) {
        begin(field, .counted)
        append(varint: content.count)
        bytes += content
    }

    private mutating func begin(_ field: Int, _ kind: Kind) { append(varint: field << 3 | kind.rawValue) }

    /// Seven bits in each byte, the lowest first; the eighth says that more follow.
    private mutating func append(varint value: Int) {
        precondition(value >= 0)
        var rest = value
        while rest > 127 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
