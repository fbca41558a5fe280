/// A mirror image, a quarter turn, or both: one of the eight ways to lay a square onto itself.
public struct Symmetry: Hashable, Sendable {
    /// Whether left and right change places, before the turn.
    public let isMirrored: Bool
    /// Clockwise, in `0...3`.
    public let quarterTurns: Int

    public init(isMirrored: Bool = false, quarterTurns: Int = 0) {
        precondition((0...3).contains(quarterTurns))
        self.isMirrored = isMirrored
        self.quarterTurns = quarterTurns
    }

    /// Leaves a picture as it is.
    public static let identity = Symmetry()

    /// All eight: the four turns, then those of the mirror image.
    public static let all = [false, true].flatMap { isMirrored in
        (0..<4).map { Symmetry(isMirrored: isMirrored, quarterTurns: $0) }
    }

    /// Whether width and height change places.
    public var swapsSides: Bool { !quarterTurns.isMultiple(of: 2) }

    /// Where the pixels of a picture go. O(1).
    ///
    /// - Parameter width: of the picture, before.
    public func steps(width: Int, height: Int) -> PixelSteps {
        var steps =
            switch quarterTurns {
            case 0: PixelSteps(first: 0, column: 1, row: width)
            case 1: PixelSteps(first: height - 1, column: height, row: -1)
            case 2: PixelSteps(first: width * height - 1, column: -1, row: -width)
            default: PixelSteps(first: (width - 1) * height, column: -height, row: 1)
            }
        if isMirrored {
            steps.first += (width - 1) * steps.column
            steps.column = -steps.column
        }
        return steps
    }

    /// Where a part of a picture goes.
    ///
    /// - Parameter width: of the picture, before.
    public func place(of rect: PixelRect, width: Int, height: Int) -> PixelRect {
        let left = isMirrored ? width - rect.x1 : rect.x0
        let right = left + rect.width
        return switch quarterTurns {
        case 0: PixelRect(x0: left, y0: rect.y0, x1: right, y1: rect.y1)
        case 1: PixelRect(x0: height - rect.y1, y0: left, x1: height - rect.y0, y1: right)
        case 2:
            PixelRect(x0: width - right, y0: height - rect.y1, x1: width - left, y1: height - rect.y0)
        default: PixelRect(x0: rect.y0, y0: width - right, x1: rect.y1, y1: width - left)
        }
    }
}

/// Where a symmetry puts pixels, as distances in pixels from the first of the result: the one in column `x` and row `y` goes to
/// `first + x * column + y * row`.
public struct PixelSteps: Hashable, Sendable {
    public var first: Int
    public var column: Int
    public var row: Int
}

extension Image {
    /// The image mirrored and turned. O(pixels).
    public func transformed(by symmetry: Symmetry) -> Image {
        guard symmetry != .identity else { return self }
        let steps = symmetry.steps(width: width, height: height)
        let pixels = [UInt8](unsafeUninitializedCapacity: pixelsHWC.count) { target, count in
            pixelsHWC.withUnsafeBufferPointer { source in
                var from = 0
                for row in 0..<height {
                    var to = (steps.first + row * steps.row) * 3
                    for _ in 0..<width {
                        target[to] = source[from]
                        target[to + 1] = source[from + 1]
                        target[to + 2] = source[from + 2]
                        from += 3
                        to += steps.column * 3
                    }
                }
            }
            count = width * height * 3
        }
        return symmetry.swapsSides
            ? Image(width: height, height: width, pixelsHWC: pixels)
            : Image(width: width, height: height, pixelsHWC: pixels)
    }
}
