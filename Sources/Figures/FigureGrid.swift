/// Figures of one size beside and below each other, with what their colours mean.
///
/// A file shows it as one figure; a page lays the figures out itself, as many beside each other as the window has room for.
package struct FigureGrid {
    /// What a colour means.
    package struct Key {
        package var name: String
        package var paint: Paint

        package init(name: String, paint: Paint) { (self.name, self.paint) = (name, paint) }
    }

    package var figures: [Figure]
    package var keys: [Key]
    /// Figures beside each other in a file, at most.
    package var columnLimit: Int

    package init(_ figures: [Figure], keys: [Key] = [], columnLimit: Int = 3) {
        (self.figures, self.keys, self.columnLimit) = (figures, keys, columnLimit)
    }

    private static let keyHeight = 24

    /// All in one.
    package var figure: Figure {
        let (width, height) = (figures.first?.width ?? 1, figures.first?.height ?? 1)
        let columnCount = max(1, min(columnLimit, figures.count))
        let rowCount = (figures.count + columnCount - 1) / columnCount
        let keyTop = rowCount * height
        var whole = Figure(
            width: columnCount * width,
            height: max(1, keyTop + (keys.isEmpty ? 0 : Self.keyHeight * keys.count + 16)),
            summary: figures.map(\.summary).joined(separator: "; "))
        for (index, figure) in figures.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: columnCount)
            whole.add(.figure(figure, x: column * width, y: row * height))
        }
        for (index, key) in keys.enumerated() {
            let y = keyTop + Self.keyHeight / 2 + Self.keyHeight * index
            whole.fill(x0: 24, y0: y - 1, x1: 52, y1: y + 2, key.paint)
            whole.write(key.name, x: 62, y: y, size: 14, .ink)
        }
        return whole
    }
}
