public import Pixels

/// How a scene is seen: what makes colours of its samples, which way is up, and at which scale. It decides every pixel that is
/// scored, so it is part of a scan's task; all that depends on the file stands in it as numbers.
///
/// Where there is none, a scene is seen as `Raster.read` describes it: as it is stored.
public struct SceneView: Hashable, Sendable, Codable {
    /// Which bands are red, green and blue, from 1; one for grey. `nil` for what the file says.
    public var bands: [Int]?
    /// Which samples are black and white: for all bands, or for each. `nil` for the whole range of their bits.
    public var ranges: [SampleRange]?
    /// What invalid pixels look like; `nil` where they are shown as they are stored.
    public var fill: RGB?
    /// The EXIF tag of the same name; `nil` for upright.
    public var orientation: Int?
    /// `nil` for full size, and where there are several.
    public var scale: SceneScale?
    /// Several scales; `nil` for one.
    public var stack: ScaleStack?

    public init(
        bands: [Int]? = nil, ranges: [SampleRange]? = nil, fill: RGB? = nil, orientation: Int? = nil,
        scale: SceneScale? = nil, stack: ScaleStack? = nil
    ) {
        (self.bands, self.ranges, self.fill) = (bands, ranges, fill)
        (self.orientation, self.scale, self.stack) = (orientation, scale, stack)
    }

    /// The same, but for the scale.
    public var atFullSize: SceneView {
        var view = self
        (view.scale, view.stack) = (nil, nil)
        return view
    }

    /// Where a part of what is seen lies in the whole upright scene.
    public func full(_ rect: PixelRect) -> PixelRect { stack?.levels.full(rect) ?? scale?.full(rect) ?? rect }

    /// The size of the whole upright scene, in its own pixels; `nil` where that is what is seen.
    public var fullSize: (width: Int, height: Int)? {
        (scale ?? stack?.scales.first).map { ($0.fullWidth, $0.fullHeight) }
    }

    /// The size of what is seen, in pixels; `nil` for full size.
    public var seenSize: (width: Int, height: Int)? {
        scale.map { ($0.width, $0.height) } ?? stack.map { ($0.width, $0.height) }
    }

    /// Whether it is one that there can be; for what was read from a file.
    public var isPossible: Bool {
        let bandsArePossible = bands.map { [1, 3].contains($0.count) && $0.allSatisfy { $0 > 0 } } ?? true
        let rangesArePossible =
            ranges.map { [1, 3].contains($0.count) && $0.allSatisfy(\.isPossible) } ?? true
        return bandsArePossible && rangesArePossible && (1...8).contains(orientation ?? 1)
            && scale?.isPossible ?? true && stack?.isPossible ?? true && (scale == nil || stack == nil)
    }
}

/// The samples that are black and white; between them, light grows evenly.
public struct SampleRange: Hashable, Sendable, Codable {
    /// Black, as all samples below.
    public var lower: Double
    /// White, as all samples above.
    public var upper: Double

    public init(_ lower: Double, _ upper: Double) { (self.lower, self.upper) = (lower, upper) }

    public var isPossible: Bool { lower.isFinite && upper.isFinite && lower < upper }

    /// 0 to 255, rounded to nearest; 0 for what is no number.
    func light(_ sample: Double) -> UInt8 {
        let light = (sample - lower) / (upper - lower) * 255
        return light > 0 ? UInt8(min(255, light + 0.5)) : 0
    }
}

/// How much smaller, or larger, a scene is seen.
public struct SceneScale: Hashable, Sendable, Codable {
    /// Columns that are seen for one column of the scene.
    public var x: Double
    /// Rows that are seen for one row of the scene.
    public var y: Double
    /// The width of the whole upright scene, in its own pixels.
    public var fullWidth: Int
    /// The height of the whole upright scene, in its own pixels.
    public var fullHeight: Int

    /// Factors that make sense.
    public static let factors = 1.0 / 1024...64

    public init(x: Double, y: Double, fullWidth: Int, fullHeight: Int) {
        (self.x, self.y, self.fullWidth, self.fullHeight) = (x, y, fullWidth, fullHeight)
    }

    package var isPossible: Bool {
        let sides = 1...Int(Int32.max)
        return Self.factors.contains(x) && Self.factors.contains(y) && sides.contains(fullWidth)
            && sides.contains(fullHeight) && sides.contains(width) && sides.contains(height)
    }

    var isFullSize: Bool { x == 1 && y == 1 }

    /// Whether less than a pixel is left.
    var isEmpty: Bool { width < 1 || height < 1 }

    /// In pixels that are seen.
    public var width: Int { Self.length(fullWidth, x) }
    /// In pixels that are seen.
    public var height: Int { Self.length(fullHeight, y) }

    /// Whole pixels that lie in the scene; what a factor lacks for its rounding is none.
    private static func length(_ full: Int, _ factor: Double) -> Int { Int(Double(full) * factor + 1e-6) }

    /// Where a rectangle of what is seen lies in the whole scene, to the nearest pixels; inside the scene, and not empty.
    public func full(_ rect: PixelRect) -> PixelRect {
        func interval(_ start: Int, _ end: Int, _ factor: Double, _ length: Int) -> (Int, Int) {
            let first = min(length - 1, max(0, Int((Double(start) / factor).rounded())))
            return (first, min(length, max(first + 1, Int((Double(end) / factor).rounded()))))
        }
        let (x0, x1) = interval(rect.x0, rect.x1, x, fullWidth)
        let (y0, y1) = interval(rect.y0, rect.y1, y, fullHeight)
        return PixelRect(x0: x0, y0: y0, x1: x1, y1: y1)
    }
}

/// What is asked for of a scene's view, before the scene is known.
public struct SceneViewRequest: Hashable, Sendable {
    /// Which samples are black and white.
    public enum Range: Hashable, Sendable {
        /// For all bands, or for each of three.
        case samples([SampleRange])
        /// As many percent of each band's samples are black, and as many white; in `0..<50`.
        case percent(Double)
    }
    /// At which scale a scene is seen.
    public enum Scale: Hashable, Sendable {
        /// Pixels that are seen for one of the scene, in each direction.
        case factor(Double)
        /// The side of a pixel that is seen, in metres.
        case pixelSize(Double)
    }
    /// From 1; one for grey, three for red, green and blue. `nil` for what the file says.
    public var bands: [Int]?
    /// `nil` for the whole range of the samples' bits.
    public var range: Range?
    /// Empty for full size.
    public var scales: [Scale]
    /// What invalid pixels look like, and what pads a scene that is smaller than a window.
    public var fill: RGB
    /// Side of a window, in pixels.
    public var windowSize: Int
    /// From one window to the next, in pixels: several scales are put one below another by it.
    public var stride: Int
    /// Which samples were black and white in the pictures that the model learnt from: used where `range` says nothing and a scene
    /// has more than 8 bits.
    public var trainedRanges: [SampleRange]?
    /// The side of a pixel that the model learnt from, in metres: used where `scales` says nothing.
    public var trainedPixelSize: Double?
    /// Factors at which scenes such as those of the training show the model objects of the sizes that it learnt: used where `scales`
    /// says nothing. Empty where nobody knows.
    public var trainedFactors: [Double] = []
    /// The side of a pixel of the training's scenes, in metres, which are seen by `trainedFactors`.
    public var trainedScenePixelSize: Double?
    /// The coordinate system by hand, as WKT; `nil` for the scene's own.
    public var crs: String?

    public init(
        bands: [Int]? = nil, range: Range? = nil, scales: [Scale] = [], fill: RGB = Self.usualFill,
        windowSize: Int, stride: Int = 1
    ) {
        (self.bands, self.range, self.scales) = (bands, range, scales)
        (self.fill, self.windowSize, self.stride) = (fill, windowSize, stride)
    }

    /// Middle grey.
    public static let usualFill = RGB(128, 128, 128)
}

/// Pixels with what is known of their validity.
public struct MaskedImage: Hashable, Sendable {
    public var image: Image
    /// `[H, W]`, 1 for a pixel that shows something and 0 for one that does not; `nil` where all do.
    public var validHW: [UInt8]?

    public init(image: Image, validHW: [UInt8]? = nil) {
        precondition(validHW.map { $0.count == image.width * image.height } ?? true)
        (self.image, self.validHW) = (image, validHW)
    }

    /// Turned as an orientation says.
    func turned(by orientation: Orientation) -> MaskedImage {
        guard orientation != .upright else { return self }
        guard let validHW else { return MaskedImage(image: image.upright(orientation)) }
        var grey: [UInt8] = []
        grey.reserveCapacity(validHW.count * 3)
        for valid in validHW { grey += repeatElement(valid, count: 3) }
        let mask = Image(width: image.width, height: image.height, pixelsHWC: grey).upright(orientation)
        return MaskedImage(
            image: image.upright(orientation),
            validHW: stride(from: 0, to: mask.pixelsHWC.count, by: 3).map { mask.pixelsHWC[$0] })
    }
}
