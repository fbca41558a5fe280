import Bytes

/// One message of the worker protocol as it goes over a stream: what kind it is, and its payload.
///
/// `docs/worker-protocol.md` has the format.
package struct Frame: Hashable, Sendable {
    /// The version of frames and messages. A worker and its scheduler must have the same one.
    package static let version: UInt16 = 1
    /// Length and checksum of the payload, kind and version.
    package static let headerByteCount = 12
    /// No message is longer; what says so is no message.
    package static let payloadLimit = 1 << 30

    package enum Kind: UInt16, Sendable {
        case hello = 1
        case task, ready, range, result, failed, heartbeat, finish, settle, settled, plan, planned, pictures,
            predictions
    }
    package var kind: Kind
    package var payload: [UInt8]

    package init(_ kind: Kind, _ payload: [UInt8]) {
        precondition(payload.count <= Self.payloadLimit)
        (self.kind, self.payload) = (kind, payload)
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerByteCount + payload.count)
        bytes.appendLittleEndian(UInt32(payload.count))
        bytes.appendLittleEndian(kind.rawValue)
        bytes.appendLittleEndian(Self.version)
        bytes.appendLittleEndian(Self.checksum(bytes[..<8], payload))
        bytes += payload
        return bytes
    }

    /// Over the first eight bytes of the header and the payload.
    fileprivate static func checksum(_ start: ArraySlice<UInt8>, _ payload: [UInt8]) -> UInt32 {
        CRC32.checksum(payload.span.bytes, after: CRC32.checksum(Array(start).span.bytes))
    }

    /// Reads the next message of a stream.
    ///
    /// - Parameter next: gives so many bytes; fewer where the stream ends.
    /// - Returns: `nil` where the stream ends between two messages.
    package static func read(
        _ next: (Int) throws(ProtocolError) -> [UInt8]
    ) throws(ProtocolError) -> Frame? {
        let header = try next(headerByteCount)
        guard !header.isEmpty else { return nil }
        guard header.count == headerByteCount else { throw .cut(header.count, of: headerByteCount) }
        var numbers = LittleEndianReader(header)
        guard let length = numbers.nextInt(), let code = numbers.next(UInt16.self),
            let version = numbers.next(UInt16.self), let checksum = numbers.next(UInt32.self)
        else { throw .cut(header.count, of: headerByteCount) }
        guard version == Self.version else {
            throw ProtocolError("it speaks version \(version) of the worker protocol, not \(Self.version)")
        }
        guard length <= payloadLimit, let kind = Kind(rawValue: code) else {
            throw ProtocolError(
                "a message of kind \(code) with \(length) bytes is not part of the worker protocol")
        }
        let payload = try next(length)
        guard payload.count == length else { throw .cut(payload.count, of: length) }
        guard Self.checksum(header[..<8], payload) == checksum else {
            throw ProtocolError("the checksum of a message of kind \(code) does not match")
        }
        return Frame(kind, payload)
    }
}

/// What a stream holds is not the worker protocol, or another version of it.
package struct ProtocolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was expected and what was found.
    package var cause: String

    package init(_ cause: String) { self.cause = cause }

    fileprivate static func cut(_ count: Int, of wanted: Int) -> ProtocolError {
        ProtocolError("the stream ends in the middle of a message: \(count) of \(wanted) bytes arrived")
    }

    package var description: String { "the worker protocol: \(cause)" }
}
