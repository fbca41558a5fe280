/// How the square that a network looks at is made from a picture of any size: resized, then cut out of the centre.
///
/// A picture of exactly the square's size is not resized; it is taken as it is.
public struct Framing: Hashable, Sendable, Codable {
    /// What becomes of the picture's shape.
    ///
    /// - Source: `crop_mode` of timm's `transforms_imagenet_eval`.
    public enum Mode: String, Hashable, Sendable, Codable {
        /// The shape stays; the shorter side gets the length, and what is too long is cut off.
        case centre
        /// Both sides get the length, whatever the shape was.
        case squash
        /// The shape stays; the longer side gets the length, and what is missing of the square is filled with a colour.
        case border
    }

    public var mode: Mode
    /// Of a side of the resized picture, in pixels: the square's own where nothing is cut off.
    public var length: Int
    public var filter: ResizeFilter
    /// Red, green, blue of what is missing; only for `border`.
    public var fill: [UInt8]?

    public init(_ mode: Mode, length: Int, filter: ResizeFilter, fill: [UInt8]? = nil) {
        (self.mode, self.length) = (mode, length)
        (self.filter, self.fill) = (filter, fill)
    }

    /// What a model gets that says nothing else.
    ///
    /// - Source: `Resize(256)` and `CenterCrop(224)`, the pair that torchvision's and most others' results are measured with.
    public static func usual(toSide side: Int) -> Framing {
        Framing(.centre, length: (side * 256 + 112) / 224, filter: .bilinear)
    }

    /// To which a side of a picture is made: far above any use.
    public static let lengths = 1...1 << 14

    /// Why squares of this side cannot be made so; `nil` where they can. What was decoded may be anything.
    public func objection(toSide side: Int) -> String? {
        guard Self.lengths.contains(length) else {
            return "the side of a resized image must lie in 1...\(Self.lengths.upperBound): \(length)"
        }
        guard (mode == .border) == (fill != nil), fill.map({ $0.count == 3 }) ?? true else {
            return "images get a border of one colour, of red, green and blue, where none is cut off"
        }
        guard mode == .border || length >= side else {
            return
                "squares of \(side)x\(side) cannot be cut from images whose shorter side is made \(length)"
        }
        return nil
    }
}
