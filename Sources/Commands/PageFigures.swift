import Evaluation
import Figures
import Files
import Foundation
import Pixels
import Rasters

extension FigureGrid {
    /// The figures for a page: as many beside each other as there is room for, in the colours of the reader's theme.
    func markup() throws -> Markup {
        let charts = try figures.map { "<figure>\(try $0.svg(.page))</figure>" as Markup }
        let items = keys.map { "<li>\(swatch($0.paint))\($0.name)</li>" as Markup }
        let list: Markup = items.isEmpty ? "" : "\n<ul class=\"keys\">\(items.joined())</ul>"
        return "<div class=\"charts\">\(charts.joined(separator: "\n"))</div>\(list)"
    }
}

/// A square of a colour, beside what it means.
func swatch(_ paint: Paint) -> Markup {
    """
    <svg viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="\(paint.css(.page))"/></svg>
    """
}

extension ContactSheet {
    /// Pictures of more pixels are JPEG.
    private static let losslessSide = 64

    /// The pictures for a page, each with its texts below it; as many in a row as there is room for.
    func markup() throws -> Markup {
        let figures = try entries.compactMap { entry -> Markup? in
            guard let picture = entry.picture else { return nil }
            let isSmall = max(picture.width, picture.height) <= Self.losslessSide
            let uri = isSmall ? try pngURI(picture) : try jpegURI(picture.shrunk(toSide: Self.largestSide))
            let lines = entry.lines.map { "\($0)" as Markup }.joined(separator: "<br>")
            return """
                <figure><img\(isSmall ? " class=\"pixels\"" : "") alt="\(entry.lines.joined(separator: ", "))" \
                src="\(uri)"><figcaption>\(lines)</figcaption></figure>
                """
        }
        return "<h3>\(title)</h3>\n<div class=\"cases\">\(figures.joined(separator: "\n"))</div>"
    }

    /// Twice as many pixels as a page has for it, for screens with small pixels.
    private static let largestSide = 224
}

extension Image {
    fileprivate func shrunk(toSide side: Int) -> Image {
        let size = bounds.sizeFitting(maxSide: side)
        return downscaled(width: min(width, size.width), height: min(height, size.height))
    }
}

func jpegURI(_ image: Image) throws -> String {
    try "data:image/jpeg;base64," + Data(image.jpegData(quality: 88)).base64EncodedString()
}

func pngURI(_ image: Image) throws -> String {
    try "data:image/png;base64," + Data(image.pngData()).base64EncodedString()
}
