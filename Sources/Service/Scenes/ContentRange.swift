import Foundation
import HTTPTypes

/// Which bytes of an upload a body holds.
///
/// - Source: RFC 9110, 14.4: `bytes FIRST-LAST/TOTAL`.
struct ContentRange: Hashable, Sendable {
    var bytes: Range<Int>
    var totalByteCount: Int

    /// - Throws: 416 for what is none, has no total, or leads beyond it.
    init(_ text: String) throws(Problem) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        let sides = parts.count == 2 ? parts[1].split(separator: "/", omittingEmptySubsequences: false) : []
        let ends = sides.count == 2 ? sides[0].split(separator: "-", omittingEmptySubsequences: false) : []
        guard parts.first?.lowercased() == "bytes", ends.count == 2, let first = Self.number(ends[0]),
            let last = Self.number(ends[1]), let total = Self.number(sides[1]), first <= last, last < total
        else {
            throw Problem(
                .rangeNotSatisfiable,
                "Content-Range must be 'bytes FIRST-LAST/TOTAL' with FIRST <= LAST < TOTAL, not '\(text)'")
        }
        bytes = first..<last + 1
        totalByteCount = total
    }

    /// The number that digits alone make.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text).flatMap { $0 < Int.max ? $0 : nil }
    }
}
