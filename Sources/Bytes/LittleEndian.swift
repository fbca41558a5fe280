extension [UInt8] {
    @inlinable
    package mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

/// Takes little-endian numbers and strings off the front of some bytes; `nil` where they end too soon.
package struct LittleEndianReader {
    private let bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var remainingByteCount: Int { bytes.count - offset }

    package mutating func next<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        guard let part = take(MemoryLayout<Value>.size) else { return nil }
        return part.reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    /// A number of 8 bytes that is a count.
    package mutating func nextCount() -> Int? { next(UInt64.self).flatMap { Int(exactly: $0) } }

    /// A number of 4 bytes.
    package mutating func nextInt() -> Int? { next(UInt32.self).map { Int($0) } }

    package mutating func nextString(byteCount: Int) -> String? {
        take(byteCount).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// `count` labels of 2 bytes.
    package mutating func nextLabels(_ count: Int) -> [UInt16]? {
        guard count <= remainingByteCount / 2, let part = take(2 * count) else { return nil }
        return stride(from: part.startIndex, to: part.endIndex, by: 2).map {
            UInt16(part[$0]) | UInt16(part[$0 + 1]) << 8
        }
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= remainingByteCount else { return nil }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }
}
