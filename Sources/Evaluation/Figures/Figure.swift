package import Pixels

/// A picture of rectangles, lines, words and smaller pictures, which becomes an `Image` or an SVG.
package struct Figure {
    /// Where a text's place is: at its start, its middle or its end.
    package enum Anchor { case start, middle, end }

    /// Which way a text runs.
    package enum Direction { case across, upwards }

    package struct Text {
        package var text: String
        /// Of the anchor, on the text's middle line.
        package var x: Int
        package var y: Int
        /// Side of one dot of the font in pixels.
        package var scale = 1
        package var anchor = Anchor.start
        package var direction = Direction.across
        package var color: RGB
    }

    package enum Element {
        case fill(PixelRect, RGB)
        case text(Text)
        /// Each pixel of the image is a square of `scale` pixels.
        case image(Image, x: Int, y: Int, scale: Int)
        case line([ChartPoint], width: Double, RGB)
        case dot(ChartPoint, radius: Double, RGB)
    }

    package let width: Int
    package let height: Int
    package let ground: RGB
    package private(set) var elements: [Element] = []

    package init(width: Int, height: Int, ground: RGB) {
        (self.width, self.height, self.ground) = (width, height, ground)
    }

    package mutating func add(_ element: Element) { elements.append(element) }

    package mutating func fill(x0: Int, y0: Int, x1: Int, y1: Int, _ color: RGB) {
        guard x0 < x1, y0 < y1 else { return }
        elements.append(.fill(PixelRect(x0: x0, y0: y0, x1: x1, y1: y1), color))
    }

    package mutating func write(
        _ text: String, x: Int, y: Int, scale: Int = 1, anchor: Anchor = .start,
        direction: Direction = .across, _ color: RGB
    ) {
        let text = Text(
            text: text, x: x, y: y, scale: scale, anchor: anchor, direction: direction, color: color)
        elements.append(.text(text))
    }

    /// A frame of one pixel around a rectangle.
    package mutating func frame(x0: Int, y0: Int, x1: Int, y1: Int, _ color: RGB) {
        fill(x0: x0 - 1, y0: y0 - 1, x1: x1 + 1, y1: y0, color)
        fill(x0: x0 - 1, y0: y1, x1: x1 + 1, y1: y1 + 1, color)
        fill(x0: x0 - 1, y0: y0, x1: x0, y1: y1, color)
        fill(x0: x1, y0: y0, x1: x1 + 1, y1: y1, color)
    }
}

/// A text with at most so many characters; what is too long ends in two dots.
func shortened(_ text: String, to count: Int) -> String {
    text.count <= count ? text : text.prefix(max(1, count - 2)) + ".."
}
