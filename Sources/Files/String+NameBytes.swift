/// Names of files as text.
///
/// To the system a name is bytes, which may be no UTF-8. Each byte that does not fit becomes a character of its own from the end
/// of Unicode's private range. So the bytes come back where the file is opened, and people see `\xE9`.
extension String {
    package init(nameBytes bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self), !text.hasRawBytes {
            self = text
            return
        }
        var scalars = UnicodeScalarView()
        var rest = Array(bytes)[...]
        while let first = rest.first {
            let scalar = (1...4).compactMap { Self.onlyScalar(of: rest.prefix($0)) }.first
            if let scalar, scalar.rawByte == nil {
                scalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                scalars.append(Unicode.Scalar(rawByte: first))
                rest = rest.dropFirst()
            }
        }
        self.init(scalars)
    }

    /// Lends the bytes of the name, which end with a zero.
    package func withNameBytes<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        guard hasRawBytes else { return try withCString(body) }
        let bytes = unicodeScalars.flatMap { scalar in
            scalar.rawByte.map { [$0] } ?? Array(String(scalar).utf8)
        }
        return try body(bytes.map { CChar(bitPattern: $0) } + [0])
    }

    /// For people: `caf\xE9.png`.
    package var showingRawBytes: String {
        guard hasRawBytes else { return self }
        return unicodeScalars.map { scalar in
            scalar.rawByte.map { "\\x" + String($0, radix: 16, uppercase: true) } ?? String(scalar)
        }.joined()
    }

    private var hasRawBytes: Bool { unicodeScalars.contains { $0.rawByte != nil } }

    /// `nil` where the bytes are none or several, or a part of one.
    private static func onlyScalar(of bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.count == 1 else {
            return nil
        }
        return text.unicodeScalars.first
    }
}

extension Unicode.Scalar {
    private static let rawByteOrigin: UInt32 = 0x10FF00

    /// - Parameter rawByte: at least 0x80; others are UTF-8.
    fileprivate init(rawByte: UInt8) {
        self = Unicode.Scalar(Self.rawByteOrigin + UInt32(rawByte)) ?? "\u{FFFD}"
    }

    /// The byte that it stands for; `nil` for all other characters.
    fileprivate var rawByte: UInt8? {
        value >= Self.rawByteOrigin + 0x80 ? UInt8(value - Self.rawByteOrigin) : nil
    }
}
