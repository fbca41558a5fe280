import Foundation
import Pixels
import Rasters

extension Figure {
    /// The figure as a self-contained SVG: words stay words, pictures are embedded as PNG.
    package func svg() throws -> String {
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif">
            """,
            #"<rect width="\#(width)" height="\#(height)" fill="\#(css(ground))"/>"#,
        ]
        for element in elements { lines.append(try svg(of: element)) }
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private func svg(of element: Element) throws -> String {
        switch element {
        case .fill(let rect, let color):
            #"<rect x="\#(rect.x0)" y="\#(rect.y0)" width="\#(rect.width)" height="\#(rect.height)" "#
                + #"fill="\#(css(color))"/>"#
        case .text(let text): svg(of: text)
        case .image(let image, let x, let y, let scale):
            #"<image x="\#(x)" y="\#(y)" width="\#(image.width * scale)" height="\#(image.height * scale)" "#
                + #"style="image-rendering:pixelated" href="data:image/png;base64,"#
                + Data(try image.pngData()).base64EncodedString() + #""/>"#
        case .line(let points, let width, let color):
            #"<polyline points="\#(points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " "))" "#
                + #"fill="none" stroke="\#(css(color))" stroke-width="\#(short(width))" "#
                + #"stroke-linejoin="round" stroke-linecap="round"/>"#
        case .dot(let point, let radius, let color):
            #"<circle cx="\#(short(point.x))" cy="\#(short(point.y))" r="\#(short(radius))" "#
                + #"fill="\#(css(color))"/>"#
        }
    }

    /// Letters of a common font at ten pixels are about as wide as those of ours, and a little lower.
    private func svg(of text: Text) -> String {
        let anchor =
            switch text.anchor {
            case .start: ""
            case .middle: #" text-anchor="middle""#
            case .end: #" text-anchor="end""#
            }
        let turn = text.direction == .upwards ? #" transform="rotate(-90 \#(text.x) \#(text.y))""# : ""
        return #"<text x="\#(text.x)" y="\#(text.y)" dy="0.35em" font-size="\#(10 * text.scale)" "#
            + #"fill="\#(css(text.color))"\#(anchor)\#(turn)>\#(escaped(text.text))</text>"#
    }
}

private func css(_ color: RGB) -> String {
    String(format: "#%02x%02x%02x", color.red, color.green, color.blue)
}

/// Pixels of an SVG need no more than a tenth.
private func short(_ value: Double) -> String { String(format: "%.1f", value) }
