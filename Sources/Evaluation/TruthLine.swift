package import Bytes
package import Pixels

/// One line of a truth file. Not by `JSONDecoder`, because truth files have millions of lines and it takes ten times as
/// long; the tests hold the one to the other.
package struct TruthLine: Equatable {
    package var box: PixelRect
    package var className: String
    package var visibleFraction: Float

    /// - Parameter range: the line's bytes, without its end.
    /// - Returns: `nil` for a blank line.
    package init?(parsing bytes: RawSpan, _ range: Range<Int>) throws(JSONError) {
        var cursor = JSONCursor(range)
        if cursor.isAtEnd(in: bytes) { return nil }
        var box: PixelRect?
        var className: String?
        var visibleFraction: Float?
        try cursor.object(in: bytes) { cursor, bytes, key throws(JSONError) in
            switch key {
            case "box": box = try Self.box(at: &cursor, in: bytes)
            case "class": className = try cursor.string(in: bytes)
            case "visibleFraction": visibleFraction = try Self.fraction(at: &cursor, in: bytes)
            default: try cursor.skipValue(in: bytes)
            }
        }
        guard cursor.isAtEnd(in: bytes) else { throw cursor.error("something after the object") }
        guard let box, let className, let visibleFraction else {
            throw JSONError("\"box\", \"class\" and \"visibleFraction\" must all be there")
        }
        (self.box, self.className) = (box, className)
        self.visibleFraction = visibleFraction
    }

    private static func box(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) -> PixelRect {
        var (sides, count) = (SIMD4<Int>(), 0)
        try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
            let text = try cursor.number(in: bytes)
            guard let value = Int(text), count < 4 else {
                throw JSONError("a box has four whole numbers of pixels: \(text)")
            }
            sides[count] = value
            count += 1
        }
        guard count == 4 else { throw JSONError("a box has four whole numbers of pixels, not \(count)") }
        guard let box = PixelRect(checking: sides[0], sides[1], sides[2], sides[3]), box.area > 0 else {
            throw JSONError(
                "the box [\(sides[0]), \(sides[1]), \(sides[2]), \(sides[3])] is empty, inside out or too far away"
            )
        }
        return box
    }

    private static func fraction(at cursor: inout JSONCursor, in bytes: RawSpan) throws(JSONError) -> Float {
        let text = try cursor.number(in: bytes)
        guard let value = Float(text), (0...1).contains(value) else {
            throw JSONError("a visible fraction must be a number in 0...1: \(text)")
        }
        return value
    }
}
