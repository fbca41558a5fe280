package import Records

/// What the windows of a part of a scene show, by the objects near their centres.
package struct CanvasLabels {
    /// An object, in pixels of the scene as it is seen.
    package struct Mark: Hashable {
        package var x: Double
        package var y: Double
        /// `nil` for an object whose windows are left out.
        package var label: Int?

        package init(x: Double, y: Double, label: Int?) { (self.x, self.y, self.label) = (x, y, label) }
    }

    package let columns: Int
    package let rows: Int
    /// Row by row; `nil` for windows that are left out.
    package private(set) var labels: [Int?]
    /// Windows that show an object, or a false alarm.
    package private(set) var isMarked: [Bool]

    /// - Parameter x0: the left edge of the first window, in pixels that are seen; as `y0`.
    /// - Parameter marks: of equal distance, a later one counts. Those of the background are false alarms, and take no window from an
    ///   object.
    /// - Parameter radius: a window has the class of the nearest mark that is at most so far from its centre in both directions.
    package init(
        x0: Int, y0: Int, columns: Int, rows: Int, stride: Int, windowSize: Int, marks: [Mark],
        radius: Double,
        background: Int
    ) {
        (self.columns, self.rows) = (columns, rows)
        labels = Array(repeating: background, count: columns * rows)
        isMarked = Array(repeating: false, count: columns * rows)
        var distances = [Double](repeating: .infinity, count: columns * rows)
        let half = Double(windowSize) / 2
        func indices(_ centre: Double, _ start: Int, _ count: Int) -> Range<Int> {
            let first = (centre - radius - half - Double(start)) / Double(stride)
            let last = (centre + radius - half - Double(start)) / Double(stride)
            guard last >= 0, first <= Double(count - 1) else { return 0..<0 }
            let begin = Int(max(0, first.rounded(.up)))
            return begin..<max(begin, Int(min(Double(count - 1), last.rounded(.down))) + 1)
        }
        func forEachWindow(near mark: Mark, _ body: (_ window: Int, _ distance: Double) -> Void) {
            for row in indices(mark.y, y0, rows) {
                for column in indices(mark.x, x0, columns) {
                    body(
                        row * columns + column,
                        max(
                            abs(Double(x0 + column * stride) + half - mark.x),
                            abs(Double(y0 + row * stride) + half - mark.y)))
                }
            }
        }
        for mark in marks where mark.label != background {
            forEachWindow(near: mark) { window, distance in
                guard distance <= distances[window] else { return }
                (distances[window], labels[window]) = (distance, mark.label)
                isMarked[window] = mark.label != nil
            }
        }
        for mark in marks where mark.label == background {
            forEachWindow(near: mark) { window, _ in
                if labels[window] == background { isMarked[window] = true }
            }
        }
    }

    /// Leaves a window out.
    package mutating func leaveOut(_ window: Int) {
        labels[window] = nil
        isMarked[window] = false
    }

    /// All windows that are not left out, as grids of a canvas that begins at the first window; then those with a mark again.
    ///
    /// - Parameter repeats: how often windows with a mark stand there.
    package func grids(stride: Int, repeats: Int) -> [WindowGrid] {
        let all = rectangles { labels[$0] != nil }.map { rectangle in
            let each = rectangle.rows.flatMap { row in
                rectangle.columns.map { UInt16(labels[row * columns + $0] ?? 0) }
            }
            return grid(rectangle, stride, .each(each))
        }
        guard repeats > 1 else { return all }
        let marked = Set(labels.indices.filter { isMarked[$0] }.compactMap { labels[$0] }).sorted().flatMap {
            label in
            rectangles { isMarked[$0] && labels[$0] == label }.map { grid($0, stride, .all(label)) }
        }
        return all + (1..<repeats).flatMap { _ in marked }
    }

    private struct Rectangle {
        var columns: Range<Int>
        var rows: Range<Int>
    }

    private func grid(_ rectangle: Rectangle, _ stride: Int, _ labels: WindowGrid.Labels) -> WindowGrid {
        WindowGrid(
            x0: rectangle.columns.lowerBound * stride, y0: rectangle.rows.lowerBound * stride, stride: stride,
            columns: rectangle.columns.count, rows: rectangle.rows.count, labels: labels)
    }

    /// Rectangles that hold all wanted windows, each once: equal runs of rows that follow each other.
    private func rectangles(_ isWanted: (Int) -> Bool) -> [Rectangle] {
        var done: [Rectangle] = []
        var open: [Rectangle] = []
        for row in 0..<rows {
            var runs: [Range<Int>] = []
            var start: Int?
            for column in 0...columns {
                let wanted = column < columns && isWanted(row * columns + column)
                if wanted, start == nil { start = column }
                if !wanted, let first = start {
                    runs.append(first..<column)
                    start = nil
                }
            }
            var next: [Rectangle] = []
            for run in runs {
                let above = open.firstIndex { $0.columns == run }
                next.append(
                    Rectangle(
                        columns: run,
                        rows: above.map { open[$0].rows.lowerBound..<row + 1 } ?? row..<row + 1))
                if let above { open.remove(at: above) }
            }
            done += open
            open = next
        }
        return done + open
    }
}
