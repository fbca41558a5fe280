package import Pixels

/// A picture of rectangles, lines, texts and smaller pictures.
///
/// It is described once and becomes an SVG; a PNG is that SVG, drawn by librsvg.
package struct Figure {
    /// Where a text's place is: at its start, its middle or its end.
    package enum Anchor { case start, middle, end }

    /// Which way a text runs.
    package enum Direction { case across, upwards }

    package struct Text {
        package var text: String
        /// Where the anchor stands, on the text's middle line.
        package var x: Int
        package var y: Int
        /// The size of the font in pixels.
        package var size: Int
        package var anchor = Anchor.start
        package var direction = Direction.across
        package var paint: Paint
    }

    /// A place in pixels, from the top left corner.
    package struct Point: Hashable {
        package var x: Double
        package var y: Double

        package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    package enum Element {
        case fill(PixelRect, Paint)
        case text(Text)
        /// Each pixel of the image is a square of `scale` pixels.
        case image(Image, x: Int, y: Int, scale: Int)
        case line([Point], width: Double, Paint)
        case dot(Point, radius: Double, Paint)
        case mark(BoxMark, around: PixelRect, lineWidth: Int)
        /// Another figure with its top left corner at `x`, `y`, without its ground.
        case figure(Figure, x: Int, y: Int)
    }

    package let width: Int
    package let height: Int
    package let ground: Paint
    /// What is seen, in words for those who do not see it.
    package var summary: String
    package private(set) var elements: [Element] = []

    package init(width: Int, height: Int, ground: Paint = .ground, summary: String) {
        (self.width, self.height, self.ground, self.summary) = (width, height, ground, summary)
    }

    package mutating func add(_ element: Element) { elements.append(element) }

    package mutating func fill(x0: Int, y0: Int, x1: Int, y1: Int, _ paint: Paint) {
        guard x0 < x1, y0 < y1 else { return }
        elements.append(.fill(PixelRect(x0: x0, y0: y0, x1: x1, y1: y1), paint))
    }

    package mutating func write(
        _ text: String, x: Int, y: Int, size: Int, anchor: Anchor = .start,
        direction: Direction = .across, _ paint: Paint
    ) {
        guard !text.isEmpty else { return }
        let text = Text(
            text: text, x: x, y: y, size: size, anchor: anchor, direction: direction, paint: paint)
        elements.append(.text(text))
    }

    /// A frame of one pixel around a rectangle.
    package mutating func frame(x0: Int, y0: Int, x1: Int, y1: Int, _ paint: Paint) {
        fill(x0: x0 - 1, y0: y0 - 1, x1: x1 + 1, y1: y0, paint)
        fill(x0: x0 - 1, y0: y1, x1: x1 + 1, y1: y1 + 1, paint)
        fill(x0: x0 - 1, y0: y0, x1: x0, y1: y1, paint)
        fill(x0: x1, y0: y0, x1: x1 + 1, y1: y1, paint)
    }

    /// All texts, also those of figures inside.
    package var texts: [String] {
        elements.flatMap { element -> [String] in
            switch element {
            case .text(let text): [text.text]
            case .figure(let figure, _, _): figure.texts
            case .fill, .image, .line, .dot, .mark: []
            }
        }
    }
}
