package import Files
import Foundation
import Pixels
import Rasters

extension Figure {
    /// The figure as a self-contained SVG: words stay words, pictures are embedded as PNG.
    package func svg() throws -> Markup {
        let elements = try elements.map(svg).joined(separator: "\n")
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif">
            <rect width="\(width)" height="\(height)" fill="\(ground.css)"/>
            \(elements)
            </svg>

            """
    }

    private func svg(of element: Element) throws -> Markup {
        switch element {
        case .fill(let rect, let color):
            return """
                <rect x="\(rect.x0)" y="\(rect.y0)" width="\(rect.width)" height="\(rect.height)" fill="\(color.css)"/>
                """
        case .text(let text): return svg(of: text)
        case .image(let image, let x, let y, let scale):
            // An attribute, as the policy of our pages allows no `style`.
            return """
                <image x="\(x)" y="\(y)" width="\(image.width * scale)" height="\(image.height * scale)" \
                image-rendering="pixelated" href="data:image/png;base64,\(Data(try image.pngData()).base64EncodedString())"/>
                """
        case .line(let points, let width, let color):
            let points = points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
            return """
                <polyline points="\(points)" fill="none" stroke="\(color.css)" stroke-width="\(short(width))" \
                stroke-linejoin="round" stroke-linecap="round"/>
                """
        case .dot(let point, let radius, let color):
            return """
                <circle cx="\(short(point.x))" cy="\(short(point.y))" r="\(short(radius))" fill="\(color.css)"/>
                """
        }
    }

    /// Letters of a common font at ten pixels are about as wide as those of ours, and a little lower.
    private func svg(of text: Text) -> Markup {
        let anchor: Markup =
            switch text.anchor {
            case .start: ""
            case .middle: #" text-anchor="middle""#
            case .end: #" text-anchor="end""#
            }
        let turn: Markup =
            text.direction == .upwards ? #" transform="rotate(-90 \#(text.x) \#(text.y))""# : ""
        return """
            <text x="\(text.x)" y="\(text.y)" dy="0.35em" font-size="\(10 * text.scale)" \
            fill="\(text.color.css)"\(anchor)\(turn)>\(text.text)</text>
            """
    }
}

extension RGB {
    /// As style sheets and SVG write it: `"#060e09"`.
    package var css: String { String(format: "#%02x%02x%02x", red, green, blue) }
}

/// Pixels of an SVG need no more than a tenth.
private func short(_ value: Double) -> String { String(format: "%.1f", value) }
