/// What the marks on a picture mean: rows of marks, each with a text beside it.
public struct Legend: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        /// `nil` for a text alone.
        public var mark: BoxMark?
        public var text: String

        public init(mark: BoxMark?, text: String) { (self.mark, self.text) = (mark, text) }
    }
    /// Entries with the same place in their rows stand below each other.
    public var rows: [[Entry]]
    /// Side of one dot of the font, in pixels; positive. All else grows with it.
    public var scale: Int

    public init(rows: [[Entry]], scale: Int = 1) {
        precondition(scale > 0)
        (self.rows, self.scale) = (rows, scale)
    }

    /// Width and height in pixels.
    public var size: (width: Int, height: Int) {
        (
            width: 2 * padding + columnWidths.reduce(0, +) + max(0, columnWidths.count - 1) * columnGap,
            height: 2 * padding + max(0, rows.count * rowAdvance - rowGap)
        )
    }

    fileprivate var padding: Int { 5 * scale }
    fileprivate var columnGap: Int { 12 * scale }
    fileprivate var rowGap: Int { 4 * scale }
    fileprivate var rowAdvance: Int { swatchSide + rowGap }
    /// The side of the square in which a mark stands.
    fileprivate var swatchSide: Int { 11 * scale }
    /// From a mark to its text.
    fileprivate var textOffset: Int { swatchSide + 4 * scale }

    fileprivate var columnWidths: [Int] {
        (0..<(rows.map(\.count).max() ?? 0)).map { column in
            let texts = rows.lazy.filter { column < $0.count }.map { $0[column].text }
            return textOffset + (texts.map { Image.textSize($0, scale: scale).width }.max() ?? 0)
        }
    }
}

extension Image {
    /// Draws a legend on a white ground with its top left corner at `x`, `y`; one without rows is not drawn.
    public mutating func draw(_ legend: Legend, x: Int, y: Int) {
        guard !legend.rows.isEmpty else { return }
        let ground = PixelRect(x: x, y: y, width: legend.size.width, height: legend.size.height)
        fill(ground, color: RGB(255, 255, 255))
        stroke(ground, lineWidth: legend.scale, color: RGB(40, 40, 40))
        let widths = legend.columnWidths
        for (index, row) in legend.rows.enumerated() {
            var left = x + legend.padding
            let top = y + legend.padding + index * legend.rowAdvance
            for (entry, width) in zip(row, widths) {
                draw(entry, of: legend, x: left, y: top)
                left += width + legend.columnGap
            }
        }
    }

    private mutating func draw(_ entry: Legend.Entry, of legend: Legend, x: Int, y: Int) {
        let swatch = PixelRect(x: x, y: y, width: legend.swatchSide, height: legend.swatchSide)
        entry.mark.map { mark in
            draw(
                mark, around: swatch.inset(by: BoxMark.casingWidth(lineWidth: legend.scale)),
                lineWidth: legend.scale)
        }
        // The seven rows of capital letters beside the middle of the mark.
        draw(
            entry.text, x: x + legend.textOffset, y: y + 2 * legend.scale, scale: legend.scale,
            color: RGB(20, 20, 20))
    }
}
