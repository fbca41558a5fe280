import Foundation

extension UInt8 {
    /// Of JSON and of lines.
    var isSpace: Bool { self == 0x20 || 0x09...0x0D ~= self }
}

extension StringProtocol {
    /// Without white space around it.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

extension [UInt8] {
    /// Behind the mark with which some programs begin UTF-8.
    var startOfText: Int { starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}

/// A number for a text format, without a point where it is whole; read again, it is the same number.
func shortNumber(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
    Int(exactly: value).map { String($0) } ?? "\(value)"
}

extension Double {
    /// Of decimal digits, as all formats have numbers. Without words such as `nan`, and without hexadecimal digits.
    init?(plain text: some StringProtocol) {
        guard text.utf8.allSatisfy(Self.plainCharacters.contains), let value = Double(text), value.isFinite
        else { return nil }
        self = value
    }

    private static let plainCharacters = Set("0123456789+-.eE".utf8)
}

/// The number of things, and what they are: `"1 box"`, `"12 boxes"`.
func counted(_ count: Int, _ one: String, _ many: String) -> String {
    count == 1 ? "1 \(one)" : "\(count) \(many)"
}
