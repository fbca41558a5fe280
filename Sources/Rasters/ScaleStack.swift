public import Pixels

/// A scene at several scales, seen as one picture: the scenes stand one below another, each at the left edge, with room between
/// them, so that a single grid of windows goes over all.
///
/// Each scale has whole rows and columns of windows. Those that reach beyond its right or lower edge see the scene's mirror image
/// there: a colour in its place would be found as something. A scale that is smaller than a window is padded with the view's fill,
/// as such a scene is. Windows that would see two scales, or none, are no windows of the scan.
public struct ScaleStack: Hashable, Sendable, Codable {
    /// Scales, at most.
    public static let limit = 16

    /// In the order that was asked for, which is that from top to bottom; at least two.
    public let scales: [SceneScale]
    /// Side of a window, in pixels that are seen.
    public let windowSize: Int
    /// From one window to the next, in pixels that are seen.
    public let stride: Int

    public init(_ scales: [SceneScale], windowSize: Int, stride: Int) {
        (self.scales, self.windowSize, self.stride) = (scales, windowSize, stride)
    }

    /// Whether it is one that there can be; for what was read from a file.
    var isPossible: Bool {
        let sides = 1...1 << 20
        guard (2...Self.limit).contains(scales.count), sides.contains(windowSize), sides.contains(stride),
            scales.allSatisfy(\.isPossible), Set(scales).count == scales.count,
            Set(scales.map { [$0.fullWidth, $0.fullHeight] }).count == 1
        else { return false }
        return max(width, height) <= Int(Int32.max)
    }

    /// In pixels that are seen: the rows and columns of all windows.
    public var width: Int { levels.map { ($0.columns.count - 1) * stride + windowSize }.max() ?? 0 }
    /// In pixels that are seen.
    public var height: Int {
        levels.last.map { $0.place.y0 + ($0.rows.count - 1) * stride + windowSize } ?? 0
    }

    /// One of the scales.
    public struct Level: Hashable, Sendable {
        public var scale: SceneScale
        /// Where the scene stands, without what pads it.
        public var place: PixelRect
        /// Where pixels stand: the scene and its mirror images.
        var mirrored: PixelRect
        /// Its rows in the grid that goes over all scales.
        public var rows: Range<Int>
        /// Its columns in the grid that goes over all scales.
        public var columns: Range<Int>

        /// Where a part of what is seen lies in the whole scene, to the nearest pixels.
        public func full(_ rect: PixelRect) -> PixelRect {
            let seen = rect.intersection(place) ?? rect
            return scale.full(
                PixelRect(x0: seen.x0, y0: seen.y0 - place.y0, x1: seen.x1, y1: seen.y1 - place.y0))
        }
    }

    /// From top to bottom.
    public var levels: [Level] {
        var first = 0
        return scales.map { scale in
            let rows = first..<first + count(along: scale.height)
            // One row at least lies between the windows of two scales, so that none is next to another's.
            first = rows.upperBound + max(1, (windowSize - 1) / stride)
            let place = PixelRect(
                x: 0, y: rows.lowerBound * stride, width: scale.width, height: scale.height)
            let columns = 0..<count(along: scale.width)
            return Level(
                scale: scale, place: place,
                mirrored: PixelRect(
                    x: 0, y: place.y0, width: mirroredLength(scale.width, columns.count),
                    height: mirroredLength(scale.height, rows.count)),
                rows: rows, columns: columns)
        }
    }

    /// Up to the end of the last window, where a window fits into the scene.
    private func mirroredLength(_ length: Int, _ count: Int) -> Int {
        length < windowSize ? length : max(length, (count - 1) * stride + windowSize)
    }

    /// Windows in one direction, the last of which may reach beyond the edge; not where the stride leaves pixels out anyway.
    private func count(along length: Int) -> Int {
        let free = max(0, length - windowSize)
        return (stride > windowSize ? free : free + stride - 1) / stride + 1
    }
}

extension [ScaleStack.Level] {
    /// Where a part of what is seen lies in the whole scene, to the nearest pixels: the lowest scale has it that does not begin
    /// below it.
    public func full(_ rect: PixelRect) -> PixelRect {
        (last { $0.place.y0 <= rect.y0 } ?? self[0]).full(rect)
    }
}

extension SceneView {
    /// The view of each of its scales, as a scene is seen at that scale alone; only itself where there is one.
    var levels: [SceneView] {
        guard let stack else { return [self] }
        return stack.scales.map { scale in
            var view = self
            view.stack = nil
            view.scale = scale.isFullSize ? nil : scale
            return view
        }
    }
}
