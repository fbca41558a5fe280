import Bytes
import Foundation

extension UInt8 {
    /// Whether JSON and lines of text take it for white space.
    var isSpace: Bool { self == 0x20 || 0x09...0x0D ~= self }
}

extension StringProtocol {
    /// Without white space around it.
    var trimmed: String {
        // Foundation takes a microsecond to find that there is none.
        guard let first = unicodeScalars.first, let last = unicodeScalars.last else { return "" }
        if first.isASCII, last.isASCII, first.value > 0x20, last.value > 0x20 { return String(self) }
        return trimmingCharacters(in: .whitespacesAndNewlines)
    }
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
    /// Reads a number in decimal digits, as all formats have them: no words such as `nan`, and no hexadecimal digits.
    init?(plain text: some StringProtocol) {
        guard text.utf8.allSatisfy(Self.isPlain), let value = Double(text), value.isFinite
        else { return nil }
        self = value
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}

/// A number without an exponent and without needless zeros, to twelve decimals where it is less than a million.
func decimals(_ value: Double) -> String {
    guard let parts = Int(rounding: abs(value) * 1e12), abs(value) < 1e6 else { return shortNumber(value) }
    let (whole, rest) = parts.quotientAndRemainder(dividingBy: 1_000_000_000_000)
    let sign = value < 0 && parts > 0 ? "-" : ""
    guard rest > 0 else { return "\(sign)\(whole)" }
    var digits = Array(String(rest).utf8)
    digits.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: 12 - digits.count), at: 0)
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return "\(sign)\(whole)." + String(decoding: digits, as: UTF8.self)
}
