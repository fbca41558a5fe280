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
    /// Printable ASCII is legible, every other character is a hollow box.
    ///
    /// - Parameter scale: side of one dot of the 5x9 font, in pixels; positive.
    public mutating func draw(_ text: String, x: Int, y: Int, scale: Int = 1, color: RGB) {
        precondition(scale > 0)
        for (index, character) in text.enumerated() {
            let left = x + index * BitmapFont.advance * scale
            for dot in BitmapFont.ink(of: character) {
                let corner = (x: left + dot.column * scale, y: y + dot.row * scale)
                fill(PixelRect(x: corner.x, y: corner.y, width: scale, height: scale), color: color)
            }
        }
    }

    /// Width and height in pixels of what `draw` covers.
    public static func textSize(_ text: String, scale: Int = 1) -> (width: Int, height: Int) {
        let gap = BitmapFont.advance - BitmapFont.glyphWidth
        let width = text.isEmpty ? 0 : text.count * BitmapFont.advance - gap
        return (width * scale, BitmapFont.lineHeight * scale)
    }
}

/// A box of coloured squares with a text beside each.
public struct Legend: Hashable, Sendable {
    /// One line of a legend.
    public struct Entry: Hashable, Sendable {
        public var color: RGB
        public var text: String

        public init(color: RGB, text: String) { (self.color, self.text) = (color, text) }
    }
    public var entries: [Entry]
    /// Side of one dot of the font, in pixels; positive. All else grows with it.
    public var scale: Int

    public init(entries: [Entry], scale: Int = 1) {
        precondition(scale > 0)
        (self.entries, self.scale) = (entries, scale)
    }

    fileprivate var padding: Int { 5 * scale }
    fileprivate var swatchSide: Int { 7 * scale }
    fileprivate var lineAdvance: Int { (BitmapFont.lineHeight + 4) * scale }

    /// Width and height in pixels.
    public var size: (width: Int, height: Int) {
        let textWidth = entries.lazy.map { Image.textSize($0.text, scale: scale).width }.max() ?? 0
        return (
            width: 3 * padding + swatchSide + textWidth,
            height: 2 * padding + entries.count * lineAdvance - 4 * scale
        )
    }
}

extension Image {
    /// Draws a legend on a white ground with its top left corner at `x`, `y`; one without entries is not drawn.
    public mutating func draw(_ legend: Legend, x: Int, y: Int) {
        guard !legend.entries.isEmpty else { return }
        let ground = PixelRect(x: x, y: y, width: legend.size.width, height: legend.size.height)
        fill(ground, color: RGB(255, 255, 255))
        stroke(ground, lineWidth: legend.scale, color: RGB(40, 40, 40))
        for (index, entry) in legend.entries.enumerated() {
            let (left, top) = (x + legend.padding, y + legend.padding + index * legend.lineAdvance)
            let swatch = PixelRect(x: left, y: top, width: legend.swatchSide, height: legend.swatchSide)
            fill(swatch, color: entry.color)
            let textX = left + legend.swatchSide + legend.padding
            draw(entry.text, x: textX, y: top, scale: legend.scale, color: RGB(20, 20, 20))
        }
    }
}
