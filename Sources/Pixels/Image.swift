/// An 8-bit RGB image in memory.
public struct Image: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// `[H, W, 3]`, row-major: red, green, blue of the top left pixel first.
    public var pixelsHWC: [UInt8] {
        // `willSet` would copy the whole array at each change of one byte.
        didSet { precondition(pixelsHWC.count == width * height * 3) }
    }

    /// A black image.
    public init(width: Int, height: Int) {
        self.init(width: width, height: height, pixelsHWC: [UInt8](repeating: 0, count: width * height * 3))
    }

    /// - Parameter pixelsHWC: `height * width * 3` bytes.
    public init(width: Int, height: Int, pixelsHWC: [UInt8]) {
        precondition(width > 0 && height > 0 && pixelsHWC.count == width * height * 3)
        (self.width, self.height, self.pixelsHWC) = (width, height, pixelsHWC)
    }

    public var bounds: PixelRect { PixelRect(x0: 0, y0: 0, x1: width, y1: height) }

    /// One pixel. O(1).
    public subscript(x: Int, y: Int) -> RGB {
        get {
            let i = offset(x, y)
            return RGB(pixelsHWC[i], pixelsHWC[i + 1], pixelsHWC[i + 2])
        }
        set {
            let i = offset(x, y)
            (pixelsHWC[i], pixelsHWC[i + 1], pixelsHWC[i + 2]) = (newValue.red, newValue.green, newValue.blue)
        }
    }

    /// A copy of `rect`, which must lie inside the image.
    public func cropped(to rect: PixelRect) -> Image {
        precondition(bounds.contains(rect) && rect.area > 0)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rect.area * 3)
        for y in rect.y0..<rect.y1 {
            let start = offset(rect.x0, y)
            bytes += pixelsHWC[start..<start + rect.width * 3]
        }
        return Image(width: rect.width, height: rect.height, pixelsHWC: bytes)
    }

    /// Copies `other` with its top left corner at `x`, `y`; what falls outside is cut off.
    public mutating func paste(_ other: Image, x: Int, y: Int) {
        let target = PixelRect(x: x, y: y, width: other.width, height: other.height)
        guard let visible = bounds.intersection(target) else { return }
        for row in visible.y0..<visible.y1 {
            let to = offset(visible.x0, row)
            let from = other.offset(visible.x0 - x, row - y)
            pixelsHWC.replaceSubrange(
                to..<to + visible.width * 3, with: other.pixelsHWC[from..<from + visible.width * 3])
        }
    }

    private func offset(_ x: Int, _ y: Int) -> Int { (y * width + x) * 3 }
}

/// One 8-bit colour.
public struct RGB: Hashable, Sendable, Codable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }
}
