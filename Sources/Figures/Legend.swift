import Files
package import Pixels

/// What the marks on a picture mean: rows of marks, each with a text beside it.
package struct Legend: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        /// `nil` for a text alone.
        package var mark: BoxMark?
        /// In a picture, the middle of a long one is left out.
        package var name: String
        /// Follows the name, and is shown whole.
        package var count: String

        package init(mark: BoxMark?, name: String, count: String) {
            self.mark = mark
            self.name = name
            self.count = count
        }

        package init(mark: BoxMark?, text: String) { self.init(mark: mark, name: text, count: "") }

        /// The whole text.
        package var text: String { name + count }
    }
    /// Entries with the same place in their rows stand below each other.
    package var rows: [[Entry]]
    /// All sizes grow with it; positive.
    package var scale: Int

    package init(rows: [[Entry]], scale: Int = 1) {
        precondition(scale > 0)
        (self.rows, self.scale) = (rows, scale)
    }

    /// The same in words: `"car: 12, 3 hits; boat: 4, 1 hit"`.
    package var text: String {
        rows.map { $0.map(\.text).joined(separator: ", ") }.joined(separator: "; ")
    }

    /// The legend in a frame on white; of one without rows there is only the frame.
    package var figure: Figure {
        let widths = columnWidths
        let width = 2 * padding + widths.reduce(0, +) + max(0, widths.count - 1) * columnGap
        let height = 2 * padding + max(0, rows.count * rowAdvance - rowGap)
        var figure = Figure(
            width: width, height: height, ground: .fixed(RGB(40, 40, 40)), summary: text)
        figure.fill(x0: scale, y0: scale, x1: width - scale, y1: height - scale, .fixed(RGB(255, 255, 255)))
        for (index, row) in rows.enumerated() {
            var x = padding
            let y = padding + index * rowAdvance
            for (entry, width) in zip(row, widths) {
                add(entry, to: &figure, x: x, y: y)
                x += width + columnGap
            }
        }
        return figure
    }

    private func add(_ entry: Entry, to figure: inout Figure, x: Int, y: Int) {
        let swatch = PixelRect(x: x, y: y, width: swatchSide, height: swatchSide)
        if let mark = entry.mark {
            let box = swatch.inset(by: BoxMark.casingWidth(lineWidth: scale))
            figure.add(.mark(mark, around: box, lineWidth: scale))
        }
        figure.write(
            Self.shown(entry), x: x + textOffset, y: y + swatchSide / 2, size: fontSize,
            .fixed(RGB(20, 20, 20)))
    }

    /// Longer texts would make a picture wider than its scene.
    private static let longestText = 80

    private static func shown(_ entry: Entry) -> String {
        shortName(entry.name, limit: max(longestText / 2, longestText - entry.count.count)) + entry.count
    }

    private var fontSize: Int { 11 * scale }
    private var padding: Int { 6 * scale }
    private var columnGap: Int { 14 * scale }
    private var rowGap: Int { 6 * scale }
    private var rowAdvance: Int { swatchSide + rowGap }
    /// The side of the square in which a mark stands.
    private var swatchSide: Int { 11 * scale }
    /// From the left side of a mark to its text.
    private var textOffset: Int { swatchSide + 5 * scale }

    private var columnWidths: [Int] {
        (0..<(rows.map(\.count).max() ?? 0)).map { column in
            let texts = rows.lazy.filter { column < $0.count }.map { Self.shown($0[column]) }
            return textOffset + (texts.map { textWidth($0, size: fontSize) }.max() ?? 0)
        }
    }
}
