/// What a label is about, within one scene or one pack.
package enum LabelPlace: Hashable, Sendable, CustomStringConvertible {
    /// A half-open rectangle in pixels of the whole upright scene, not empty. Edges lie in −2³¹...2³¹.
    case box(x0: Int, y0: Int, x1: Int, y1: Int)
    /// A rectangle that somebody has looked at, in the same pixels: all objects with their centre in it are labelled. Its label is the
    /// class of what it shows, or the background's.
    case window(x0: Int, y0: Int, x1: Int, y1: Int)
    /// A record of a pack, by the digest of its content: labels outlast a pack that is made again. 1...200 visible ASCII
    /// characters.
    case record(String)
    /// The whole scene or photograph.
    case whole

    package var description: String {
        switch self {
        case .box(let x0, let y0, let x1, let y1): "the box \(x0),\(y0),\(x1),\(y1)"
        case .window(let x0, let y0, let x1, let y1): "the window \(x0),\(y0),\(x1),\(y1)"
        case .record(let digest): "the record \(digest)"
        case .whole: "the whole"
        }
    }

    var isBox: Bool { if case .box = self { true } else { false } }

    static let maximumDigestByteCount = 200

    /// Why nothing can be said of this place; `nil` where it is sound.
    var objection: String? {
        switch self {
        case .box(let x0, let y0, let x1, let y1), .window(let x0, let y0, let x1, let y1):
            let bounds = -1 << 31...1 << 31
            if x0 > x1 || y0 > y1 { return "\(self) is inside out; x0 must be less than x1, and y0 than y1" }
            if x0 == x1 || y0 == y1 { return "\(self) is empty; a box has at least one pixel" }
            let isBeyond = [x0, y0, x1, y1].contains { !bounds.contains($0) }
            return isBeyond ? "\(self) lies beyond ±2^31 pixels, where no scene is" : nil
        case .record(let digest):
            let isSound =
                1...Self.maximumDigestByteCount ~= digest.utf8.count
                && digest.utf8.allSatisfy { 0x21...0x7E ~= $0 }
            return isSound
                ? nil
                : "the digest of a record has 1 to \(Self.maximumDigestByteCount) visible ASCII characters"
        case .whole: return nil
        }
    }

    // MARK: As the file has it

    private static let boxPrefix = "box "
    private static let windowPrefix = "window "
    private static let recordPrefix = "record "
    private static let wholeText = "whole"

    var storedText: String {
        switch self {
        case .box(let x0, let y0, let x1, let y1): "\(Self.boxPrefix)\(x0),\(y0),\(x1),\(y1)"
        case .window(let x0, let y0, let x1, let y1): "\(Self.windowPrefix)\(x0),\(y0),\(x1),\(y1)"
        case .record(let digest): Self.recordPrefix + digest
        case .whole: Self.wholeText
        }
    }

    /// - Returns: `nil` where the text is damaged.
    init?(storedText: String) {
        if storedText == Self.wholeText {
            self = .whole
        } else if storedText.hasPrefix(Self.recordPrefix) {
            self = .record(String(storedText.dropFirst(Self.recordPrefix.count)))
        } else if let edges = Self.edges(of: storedText, behind: Self.boxPrefix) {
            self = .box(x0: edges[0], y0: edges[1], x1: edges[2], y1: edges[3])
        } else if let edges = Self.edges(of: storedText, behind: Self.windowPrefix) {
            self = .window(x0: edges[0], y0: edges[1], x1: edges[2], y1: edges[3])
        } else {
            return nil
        }
        if objection != nil { return nil }
    }

    private static func edges(of text: String, behind prefix: String) -> [Int]? {
        guard text.hasPrefix(prefix) else { return nil }
        // By bytes, not characters: 259 → 208 ms of CPU to read 100,000 labels.
        let parts = text.utf8.dropFirst(prefix.utf8.count)
            .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let edges = parts.compactMap { Int(Substring($0)) }
        return edges.count == 4 && parts.count == 4 ? edges : nil
    }
}
