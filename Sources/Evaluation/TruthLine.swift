package import Pixels

/// One line of a truth file. A parser of its own, because truth files have millions of lines and `JSONDecoder` takes
/// ten times as long; the tests hold it to `JSONDecoder`.
package struct TruthLine: Equatable {
    package var box: PixelRect
    package var className: String
    package var visibleFraction: Float

    package struct Malformed: Error {
        var reason: String
    }

    /// - Parameter range: the line's bytes, without its end.
    /// - Returns: `nil` for a blank line.
    package init?(parsing bytes: RawSpan, _ range: Range<Int>) throws(Malformed) {
        var cursor = JSONCursor(position: range.lowerBound, end: range.upperBound)
        if cursor.isAtEnd(in: bytes) { return nil }
        var box: PixelRect?
        var className: String?
        var visibleFraction: Float?
        try cursor.expect("{", in: bytes)
        while true {
            let key = try cursor.string(in: bytes)
            try cursor.expect(":", in: bytes)
            switch key {
            case "box": box = try cursor.box(in: bytes)
            case "class": className = try cursor.string(in: bytes)
            case "visibleFraction": visibleFraction = try cursor.fraction(in: bytes)
            default: try cursor.skipValue(in: bytes)
            }
            guard try cursor.isFollowedByComma(in: bytes) else { break }
        }
        try cursor.expect("}", in: bytes)
        guard cursor.isAtEnd(in: bytes) else { throw Malformed(reason: "there is more after the object") }
        guard let box, let className, let visibleFraction else {
            throw Malformed(reason: "\"box\", \"class\" and \"visibleFraction\" must all be there")
        }
        (self.box, self.className, self.visibleFraction) = (box, className, visibleFraction)
    }
}
