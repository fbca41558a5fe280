public import Pixels

/// How a training sample is cut and varied each time it is seen.
public struct Augmentation: Hashable, Sendable, Codable {
    /// How a square is cut from a sample. All but `moved` are for pictures of any size, and do for tiles as well.
    public enum Cut: Hashable, Sendable, Codable {
        /// The tile is moved by up to `padding` pixels in each direction. A picture is first made to fit: its shorter
        /// side becomes that of the square, and the centre is taken.
        case moved(padding: Int, border: Border)
        /// A rectangle with a share of the area in `scale` and a width by height in `ratio`, anywhere, becomes the
        /// square.
        ///
        /// - Source: `RandomResizedCrop` of torchvision: sizes that do not fit are drawn anew, ten times at most; then it
        ///   is the largest rectangle in the centre that keeps `ratio`.
        case randomResized(scale: ClosedRange<Double>, ratio: ClosedRange<Double>)
        /// The shorter side becomes `shorterSide` pixels, or 256 of 224 of the square's; then a square anywhere.
        case random(shorterSide: Int?)
        /// The shorter side becomes `shorterSide` pixels, or 256 of 224 of the square's; then the square in the centre. Where nothing is asked
        /// for, a picture of exactly the square's size is taken as it is.
        case centre(shorterSide: Int?)
        /// As a model asks for it, for scoring.
        case framed(Framing)
    }

    /// What moves in from beyond the edge of a tile.
    public enum Border: String, Hashable, Sendable, Codable {
        /// 0 bytes *before* the preprocessing: what `RandomCrop(32, padding=4)` of torchvision does when it stands, as
        /// usual, before `ToTensor` and `Normalize`.
        case black
        /// What lies as far inside; the edge itself is not repeated, as with `mode="reflect"` of numpy.
        case reflect
    }

    /// When left and right change places.
    public enum Mirror: String, Hashable, Sendable, Codable {
        case none
        /// One time in two.
        case random
        /// In every second epoch, in which half of the samples begin: each is seen both ways equally often.
        case alternating
    }

    public var cut: Cut
    public var mirror: Mirror
    /// Whether the square is turned by 0, 90, 180 or 270 degrees, each as likely: for pictures from above. After the mirror.
    public var turns: Bool
    /// After the cut, on the bytes that go on to the preprocessing.
    public var jitter: ColourJitter?
    /// After all else.
    public var automatic: AutomaticAugmentation?

    /// A way to cut, and by default nothing else.
    public init(
        _ cut: Cut, mirror: Mirror = .none, turns: Bool = false, jitter: ColourJitter? = nil,
        automatic: AutomaticAugmentation? = nil
    ) {
        (self.cut, self.jitter, self.automatic) = (cut, jitter, automatic)
        (self.mirror, self.turns) = (mirror, turns)
    }

    /// Tiles moved over black, one in two mirrored.
    ///
    /// - Parameter padding: 0 or more.
    public init(padding: Int, mirror: Bool) {
        precondition(padding >= 0)
        self.init(.moved(padding: padding, border: .black), mirror: mirror ? .random : .none)
    }

    public static let none = Augmentation(padding: 0, mirror: false)
    /// He et al. 2015, section 4.2: 4 pixels on each side, and mirror.
    public static let cifar = Augmentation(padding: 4, mirror: true)
    /// Szegedy et al. 2014, as torchvision has it: 8 to 100 % of the area, 3:4 to 4:3, and mirror.
    public static let imageNet = Augmentation(
        .randomResized(scale: 0.08...1, ratio: 3.0 / 4...4.0 / 3), mirror: .random)
    /// The usual way to look at pictures without training on them: 224 of 256, in the centre.
    public static let centre = Augmentation(.centre(shorterSide: nil))

    /// How pictures are cut for a model's scores.
    ///
    /// - Parameter framing: what the model asks for; `nil` for the usual way.
    package static func scoring(_ framing: Framing?) -> Augmentation {
        framing.map { Augmentation(.framed($0)) } ?? .centre
    }

    /// How far tiles are moved and over what, where they are only moved and mirrored; `nil` where more happens to them.
    package var move: (padding: Int, border: Border)? {
        guard case .moved(let padding, let border) = cut, !turns, jitter == nil, automatic == nil else {
            return nil
        }
        return (padding, border)
    }

    /// Why squares of this side cannot be cut so; `nil` where they can.
    public func objection(toSide side: Int) -> String? {
        if let objection = automatic?.objection { return objection }
        switch cut {
        case .moved(let padding, _):
            return (0...1024).contains(padding) ? nil : "padding must lie in 0...1024: \(padding)"
        case .randomResized(let scale, let ratio):
            guard scale.lowerBound > 0, scale.upperBound <= 1 else {
                return
                    "the scale of a random crop must be a share of the area, above 0 and at most 1: \(scale)"
            }
            // Beyond them a side is no number of pixels.
            return (0.001...1000).contains(ratio)
                ? nil : "the ratio of a random crop must lie in 0.001...1000: \(ratio)"
        case .random(let shorterSide?), .centre(let shorterSide?):
            return Framing(.centre, length: shorterSide, filter: .bilinear).objection(toSide: side)
        case .framed(let framing): return framing.objection(toSide: side)
        case .random(nil), .centre(nil): return nil
        }
    }
}

extension Augmentation {
    /// Takes no turns where none are named, as in plans of versions that had none.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try values.decode(Cut.self, forKey: .cut),
            mirror: try values.decode(Mirror.self, forKey: .mirror),
            turns: try values.decodeIfPresent(Bool.self, forKey: .turns) ?? false,
            jitter: try values.decodeIfPresent(ColourJitter.self, forKey: .jitter),
            automatic: try values.decodeIfPresent(AutomaticAugmentation.self, forKey: .automatic))
    }
}
