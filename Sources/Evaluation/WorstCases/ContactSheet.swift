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

    private let title: String
    private let entries: [Entry]

    package static let columnCount = 8
    /// Pixels of the side of a picture on the sheet, about.
    private static let side = 112
    private static let gap = 14

    /// - Parameter entries: all pictures have the same size.
    package init(title: String, entries: [Entry]) {
        (self.title, self.entries) = (title, entries)
    }

    package var figure: Figure {
        let ink = RGB(30, 30, 30)
        let (width, height) = (entries.first?.picture?.width ?? 1, entries.first?.picture?.height ?? 1)
        let scale = max(1, Self.side / max(width, height))
        let small = PixelRect(x: 0, y: 0, width: width, height: height).sizeFitting(maxSide: 2 * Self.side)
        let lineCount = entries.map(\.lines.count).max() ?? 0
        let (cellWidth, cellHeight) = (
            max(small.width * scale, 126) + Self.gap, small.height * scale + 12 * lineCount + 8 + Self.gap
        )
        let rowCount = max(1, (entries.count + Self.columnCount - 1) / Self.columnCount)
        var figure = Figure(
            width: Self.gap + Self.columnCount * cellWidth, height: 52 + rowCount * cellHeight,
            ground: RGB(255, 255, 255))
        figure.write(title, x: Self.gap, y: 24, scale: 2, ink)
        for (index, entry) in entries.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: Self.columnCount)
            let (x, y) = (Self.gap + column * cellWidth, 48 + row * cellHeight)
            if let picture = entry.picture?.downscaled(width: small.width, height: small.height) {
                figure.add(.image(picture, x: x, y: y, scale: scale))
            }
            for (line, text) in entry.lines.enumerated() {
                figure.write(
                    shortened(text, to: (cellWidth - 6) / 6), x: x,
                    y: y + small.height * scale + 10 + 12 * line,
                    ink)
            }
        }
        return figure
    }
}
