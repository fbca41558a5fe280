import Figures

/// What stands beside the rows of a matrix and below its columns: the names of the classes where they fit, else those of
/// kinds of classes, else numbers.
struct AxisLabelling {
    private enum Content {
        case classes(names: [String], size: Int)
        /// From large kinds to small ones.
        case groups([[ClassGroup]])
        /// Of some classes, evenly spaced, where classes do not stand by label.
        case someNames([String])
        case numbers
    }

    private let content: Content
    private let cell: Int
    private let classesPerRow: Int
    private let classCount: Int
    /// Pixels that it takes.
    let width: Int

    private static let longestName = 24
    /// Pixels of large kinds, whose names run along them.
    private static let outerWidth = 36
    /// Pixels between two of `someNames`.
    private static let nameSpacing = 15
    /// Pixels of the small kinds.
    private let innerWidth: Int

    init(style: MatrixStyle, cell: Int, classesPerRow: Int, classCount: Int) {
        (self.cell, self.classesPerRow, self.classCount) = (cell, classesPerRow, classCount)
        if cell >= 9 {
            let size = cell >= 18 ? Self.fontSize : cell
            let names = style.order.map { shortened(style.names[$0], to: Self.longestName) }
            content = .classes(names: names, size: size)
            width = (names.map { textWidth($0, size: size) }.max() ?? 0) + 12
            innerWidth = 0
        } else if let inner = style.groups.last {
            content = .groups(style.groups)
            let widths = inner.map { group in
                let side = (group.places.count + classesPerRow - 1) / classesPerRow * cell
                let name = shortened(group.name, to: Self.longestName)
                return side < Self.smallestGroup
                    ? 0 : textWidth(name, size: Self.size(ofSide: side))
            }
            innerWidth = (widths.max() ?? 0) + 20
            width = innerWidth + (style.groups.count - 1) * Self.outerWidth
        } else if style.order != Array(0..<classCount) {
            let names = style.order.map { shortened(style.names[$0], to: Self.longestName) }
            content = .someNames(names)
            width = (names.map { textWidth($0, size: Self.smallSize) }.max() ?? 0) + 16
            innerWidth = 0
        } else {
            content = .numbers
            width = textWidth("\(classCount)", size: Self.fontSize) + 12
            innerWidth = 0
        }
    }

    /// Pixels below which a kind gets no name.
    private static let smallestGroup = 10

    /// Sizes of the font in pixels.
    private static let (fontSize, smallSize) = (15, 11)

    private static func size(ofSide side: Int) -> Int { side >= 18 ? fontSize : smallSize }

    func draw(on figure: inout Figure, left: Int, top: Int, side: Int, ramp: ColourRamp) {
        let bottom = top + side
        switch content {
        case .classes(let names, let size):
            for (place, name) in names.enumerated() {
                let middle = place * cell + cell / 2
                figure.write(name, x: left - 8, y: top + middle, size: size, anchor: .end, .fixed(ramp.ink))
                figure.write(
                    name, x: left + middle, y: bottom + 8, size: size, anchor: .end, direction: .upwards,
                    .fixed(ramp.ink))
            }
        case .groups(let levels):
            for (level, groups) in levels.reversed().enumerated() {
                let offset = level == 0 ? 6 : innerWidth + (level - 1) * Self.outerWidth
                for group in groups {
                    draw(
                        group, at: offset, isOuter: level > 0, on: &figure, left: left, top: top, side: side,
                        ramp: ramp)
                }
            }
        case .someNames(let names):
            for middle in stride(from: Self.nameSpacing / 2, to: side, by: Self.nameSpacing) {
                let name = names[min(names.count - 1, middle / cell * classesPerRow)]
                figure.fill(
                    x0: left - 6, y0: top + middle, x1: left - 1, y1: top + middle + 1, .fixed(ramp.faintInk))
                figure.fill(
                    x0: left + middle, y0: bottom + 1, x1: left + middle + 1, y1: bottom + 6,
                    .fixed(ramp.faintInk))
                figure.write(
                    name, x: left - 9, y: top + middle, size: Self.smallSize, anchor: .end, .fixed(ramp.ink))
                figure.write(
                    name, x: left + middle, y: bottom + 9, size: Self.smallSize, anchor: .end,
                    direction: .upwards, .fixed(ramp.ink))
            }
        case .numbers:
            let spacing = Axis.roundSpacing(of: classCount)
            for place in stride(from: 0, to: classCount, by: spacing) {
                let middle = place / classesPerRow * cell + cell / 2
                figure.fill(
                    x0: left - 6, y0: top + middle, x1: left - 1, y1: top + middle + 1, .fixed(ramp.faintInk))
                figure.fill(
                    x0: left + middle, y0: bottom + 1, x1: left + middle + 1, y1: bottom + 6,
                    .fixed(ramp.faintInk))
                figure.write(
                    "\(place)", x: left - 10, y: top + middle, size: Self.fontSize, anchor: .end,
                    .fixed(ramp.ink))
                figure.write(
                    "\(place)", x: left + middle, y: bottom + 18, size: Self.fontSize, anchor: .middle,
                    .fixed(ramp.ink))
            }
        }
    }

    /// A bracket over the group's rows, and one under its columns.
    private func draw(
        _ group: ClassGroup, at offset: Int, isOuter: Bool, on figure: inout Figure, left: Int, top: Int,
        side: Int, ramp: ColourRamp
    ) {
        let start = group.places.lowerBound / classesPerRow * cell
        let end = (group.places.upperBound - 1) / classesPerRow * cell + cell
        guard end - start >= Self.smallestGroup else { return }
        let middle = (start + end) / 2
        let (x, y) = (left - offset, top + side + offset)
        for (x0, y0, x1, y1) in [
            (x - 1, top + start + 1, x, top + end - 1), (x, top + start + 1, x + 4, top + start + 2),
            (x, top + end - 2, x + 4, top + end - 1), (left + start + 1, y, left + end - 1, y + 1),
            (left + start + 1, y - 4, left + start + 2, y), (left + end - 2, y - 4, left + end - 1, y),
        ] { figure.fill(x0: x0, y0: y0, x1: x1, y1: y1, .fixed(ramp.faintInk)) }
        // Outer groups are long: their names run along them.
        let size = isOuter ? Self.fontSize : Self.size(ofSide: end - start)
        let room = isOuter ? 3 * (end - start) / (2 * size) : Self.longestName
        let name = shortened(group.name, to: room)
        figure.write(
            name, x: isOuter ? x - 17 : x - 6, y: top + middle, size: size,
            anchor: isOuter ? .middle : .end, direction: isOuter ? .upwards : .across, .fixed(ramp.ink))
        figure.write(
            name, x: left + middle, y: isOuter ? y + 15 : y + 6, size: size,
            anchor: isOuter ? .middle : .end, direction: isOuter ? .across : .upwards, .fixed(ramp.ink))
    }
}
