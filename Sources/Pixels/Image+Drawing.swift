extension Image {
    /// Fills a rectangle; what falls outside the image is cut off. O(area).
    public mutating func fill(_ rect: PixelRect, color: RGB) {
        guard let visible = bounds.intersection(rect) else { return }
        for y in visible.y0..<visible.y1 {
            for x in visible.x0..<visible.x1 { self[x, y] = color }
        }
    }

    /// Draws the border of a rectangle, all of it inside the rectangle; what falls outside the image is cut off.
    ///
    /// - Parameter lineWidth: positive; a rectangle narrower than two lines is filled.
    public mutating func stroke(_ rect: PixelRect, lineWidth: Int, color: RGB) {
        precondition(lineWidth > 0)
        guard rect.width > 2 * lineWidth, rect.height > 2 * lineWidth else {
            fill(rect, color: color)
            return
        }
        let (x0, y0, x1, y1) = (rect.x0, rect.y0, rect.x1, rect.y1)
        fill(PixelRect(x0: x0, y0: y0, x1: x1, y1: y0 + lineWidth), color: color)
        fill(PixelRect(x0: x0, y0: y1 - lineWidth, x1: x1, y1: y1), color: color)
        fill(PixelRect(x0: x0, y0: y0 + lineWidth, x1: x0 + lineWidth, y1: y1 - lineWidth), color: color)
        fill(PixelRect(x0: x1 - lineWidth, y0: y0 + lineWidth, x1: x1, y1: y1 - lineWidth), color: color)
    }

    /// Draws one line of text with its top left corner at `x`, `y`; what falls outside the image is cut off.
    ///
    /// Letters with marks lose them, and Cyrillic is written in Latin letters; every other character is a question mark.
    ///
    /// - Parameter scale: side of one dot of the 5x9 font, in pixels; positive.
    public mutating func draw(_ text: String, x: Int, y: Int, scale: Int = 1, color: RGB) {
        precondition(scale > 0)
        for (index, character) in BitmapFont.legible(text).text.enumerated() {
            let left = x + index * BitmapFont.advance * scale
            for dot in BitmapFont.ink(of: character) {
                let corner = (x: left + dot.column * scale, y: y + dot.row * scale)
                fill(PixelRect(x: corner.x, y: corner.y, width: scale, height: scale), color: color)
            }
        }
    }

    /// Whether `draw` writes all of a text in letters.
    package static func canWrite(_ text: String) -> Bool { BitmapFont.legible(text).isWhole }

    /// Width and height in pixels of what `draw` covers.
    public static func textSize(_ text: String, scale: Int = 1) -> (width: Int, height: Int) {
        let gap = BitmapFont.advance - BitmapFont.glyphWidth
        let count = BitmapFont.legible(text).text.count
        let width = count == 0 ? 0 : count * BitmapFont.advance - gap
        return (width * scale, BitmapFont.lineHeight * scale)
    }
}
