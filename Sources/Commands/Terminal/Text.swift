import Bytes
import Foundation

extension BinaryFloatingPoint {
    /// With so many decimals, for people.
    func fixed(_ decimals: Int) -> String { String(format: "%.\(decimals)f", Double(self)) }
    /// With so many digits that count.
    func significant(_ digits: Int) -> String { String(format: "%.\(digits)g", Double(self)) }
}

/// A number without decimals; `"-"` for one that is no number, or absurd.
func whole(_ value: Double) -> String { Int(rounding: value).map { "\($0)" } ?? "-" }

/// `"1:05:09"` or `"5:09"`.
func duration(_ seconds: Double) -> String {
    let whole = Int(min(max(0, seconds), 1e9).rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
        ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
        : String(format: "%d:%02d", minutes, whole % 60)
}
