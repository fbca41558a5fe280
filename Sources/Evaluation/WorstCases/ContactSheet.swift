package import Figures
package import Pixels

/// Small pictures in rows, each with some lines of text below it.
package struct ContactSheet {
    package struct Entry {
        /// `nil` leaves the place empty.
        package var picture: Image?
        /// From top to bottom.
        package var lines: [String]

        package init(picture: Image?, lines: [String]) { (self.picture, self.lines) = (picture, lines) }
    }

    package let title: String
    package let entries: [Entry]

    package static let columnCount = 8
    /// Pixels of the side of a picture on the sheet, about.
    private static let side = 112
    private static let gap = 14
    /// Pixels of the font and of a line.
    private static let (fontSize, lineHeight) = (12, 15)

    /// - Parameter entries: all pictures have the same size.
    package init(title: String, entries: [Entry]) {
        (self.title, self.entries) = (title, entries)
    }

    package var figure: Figure {
        let (width, height) = (entries.first?.picture?.width ?? 1, entries.first?.picture?.height ?? 1)
        let scale = max(1, Self.side / max(width, height))
        let small = PixelRect(x: 0, y: 0, width: width, height: height).sizeFitting(maxSide: 2 * Self.side)
        let lineCount = entries.map(\.lines.count).max() ?? 0
        let (cellWidth, cellHeight) = (
            max(small.width * scale, 140) + Self.gap,
            small.height * scale + Self.lineHeight * lineCount + 8 + Self.gap
        )
        let rowCount = max(1, (entries.count + Self.columnCount - 1) / Self.columnCount)
        var figure = Figure(
            width: Self.gap + Self.columnCount * cellWidth, height: 52 + rowCount * cellHeight,
            summary: title)
        figure.write(title, x: Self.gap, y: 24, size: 17, .ink)
        for (index, entry) in entries.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: Self.columnCount)
            let (x, y) = (Self.gap + column * cellWidth, 48 + row * cellHeight)
            if let picture = entry.picture?.downscaled(width: small.width, height: small.height) {
                figure.add(.image(picture, x: x, y: y, scale: scale))
            }
            for (line, text) in entry.lines.enumerated() {
                figure.write(
                    fitted(text, width: cellWidth - 4), x: x,
                    y: y + small.height * scale + 10 + Self.lineHeight * line, size: Self.fontSize, .ink)
            }
        }
        return figure
    }

    /// As much of a text as so many pixels hold.
    private func fitted(_ text: String, width: Int) -> String {
        var count = text.count
        while count > 1, textWidth(shortened(text, to: count), size: Self.fontSize) > width { count -= 1 }
        return shortened(text, to: count)
    }
}
