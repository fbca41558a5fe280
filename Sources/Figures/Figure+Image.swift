import Files
package import Pixels

extension Figure {
    /// The figure in pixels, drawn by librsvg.
    ///
    /// Texts are left out where this machine has no font at all; letters that no font has become boxes. `Lettering.shortcoming`
    /// says so then.
    ///
    /// - Throws: `FigureError`, and `RasterError` for a picture inside that cannot be encoded.
    package func image() throws -> Image {
        for text in texts { Lettering.look(at: text) }
        let markup = try svg(.paper) { Lettering.hasFonts ? $0 : nil }
        return try SVGDrawing(markup.text).image(width: width, height: height)
    }
}
