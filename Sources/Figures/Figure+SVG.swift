package import Files
import Foundation
package import Pixels
import Rasters

extension Figure {
    /// The figure as a self-contained SVG: words stay words, pictures are embedded as PNG.
    ///
    /// In a page the ground is that of the page.
    package func svg(_ theme: Paint.Theme = .paper) throws -> Markup {
        try svg(theme, texts: { $0 })
    }

    /// - Parameter texts: gives the text that is written in place of another one; `nil` for none.
    func svg(_ theme: Paint.Theme, texts: (String) -> String?) throws -> Markup {
        let backdrop: Markup =
            theme == .page
            ? "" : "<rect width=\"\(width)\" height=\"\(height)\" fill=\"\(ground.css(theme))\"/>\n"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="img" aria-label="\(summary)" font-family="system-ui, sans-serif">
            \(backdrop)\(try content(theme, texts: texts))
            </svg>

            """
    }

    private func content(_ theme: Paint.Theme, texts: (String) -> String?) throws -> Markup {
        try elements.map { try svg(of: $0, theme, texts) }.joined(separator: "\n")
    }

    private func svg(
        of element: Element, _ theme: Paint.Theme, _ texts: (String) -> String?
    ) throws -> Markup {
        switch element {
        case .fill(let rect, let paint): return rect.svg(fill: paint.css(theme))
        case .text(let text): return svg(of: text, theme, texts)
        case .image(let image, let x, let y, let scale):
            // As large as it is shown: a drawing library would smooth the edges of enlarged pixels.
            let shown = image.enlarged(by: scale)
            return """
                <image x="\(x)" y="\(y)" width="\(shown.width)" height="\(shown.height)" \
                href="data:image/png;base64,\(Data(try shown.pngData()).base64EncodedString())"/>
                """
        case .line(let points, let width, let paint):
            let points = points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
            return """
                <polyline points="\(points)" fill="none" stroke="\(paint.css(theme))" stroke-width="\(short(width))" \
                stroke-linejoin="round" stroke-linecap="round"/>
                """
        case .dot(let point, let radius, let paint):
            return """
                <circle cx="\(short(point.x))" cy="\(short(point.y))" r="\(short(radius))" fill="\(paint.css(theme))"/>
                """
        case .mark(let mark, let rect, let lineWidth): return mark.svg(around: rect, lineWidth: lineWidth)
        case .figure(let figure, let x, let y):
            return """
                <g transform="translate(\(x) \(y))">
                \(try figure.content(theme, texts: texts))
                </g>
                """
        }
    }

    private func svg(of text: Text, _ theme: Paint.Theme, _ texts: (String) -> String?) -> Markup {
        guard let words = texts(text.text) else { return "" }
        let anchor: Markup =
            switch text.anchor {
            case .start: ""
            case .middle: #" text-anchor="middle""#
            case .end: #" text-anchor="end""#
            }
        let turn: Markup =
            text.direction == .upwards ? #" transform="rotate(-90 \#(text.x) \#(text.y))""# : ""
        return """
            <text x="\(text.x)" y="\(text.y)" dy="0.35em" font-size="\(text.size)" \
            fill="\(text.paint.css(theme))"\(anchor)\(turn)>\(words)</text>
            """
    }
}

extension BoxMark {
    /// The mark as elements of an SVG.
    package func svg(around box: PixelRect, lineWidth: Int) -> Markup {
        strokes(around: box, lineWidth: lineWidth).map { stroke -> Markup in
            switch stroke {
            case .bar(let rect, let color): return rect.svg(fill: color.css)
            case .diagonal(let rect, let isRising, let width, let color):
                let (y1, y2) = isRising ? (rect.y1, rect.y0) : (rect.y0, rect.y1)
                return """
                    <line x1="\(rect.x0)" y1="\(y1)" x2="\(rect.x1)" y2="\(y2)" stroke="\(color.css)" stroke-width="\(width)"/>
                    """
            }
        }.joined()
    }
}

extension PixelRect {
    fileprivate func svg(fill: Markup) -> Markup {
        "<rect x=\"\(x0)\" y=\"\(y0)\" width=\"\(width)\" height=\"\(height)\" fill=\"\(fill)\"/>"
    }
}

/// Pixels of an SVG need no more than a tenth.
private func short(_ value: Double) -> String { String(format: "%.1f", value) }
