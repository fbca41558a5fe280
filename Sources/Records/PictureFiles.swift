public import Files
public import Pixels
import Rasters

/// Pictures that lie in files of their own and belong to no class, cut for a network that looks at them.
///
/// A picture of exactly the network's size is taken as it is, like a tile of a pack. Any other is made smaller or
/// larger so that its shorter side has a given length, and the square is cut out of that, as records are for evaluation.
public final class PictureFiles: SampleSource {
    /// A picture, and where it is.
    public enum Picture: Hashable, Sendable {
        case file(Address)
        case memory([UInt8], name: String)

        /// For people.
        public var name: String {
            switch self {
            case .file(let address): address.description
            case .memory(_, let name): name
            }
        }
    }

    /// Which square of a resized picture is looked at.
    public struct View: Hashable, Sendable {
        /// Where between left and right, and between top and bottom, in `0...1`; `nil` for the centre, rounded as
        /// torchvision does.
        fileprivate var x: Double?
        fileprivate var y: Double?
        fileprivate var isMirrored = false

        public static let centre = View()
        /// The four corners and the centre.
        public static let five = [
            View(x: 0, y: 0), View(x: 1, y: 0), View(x: 0, y: 1), View(x: 1, y: 1), .centre,
        ]

        /// With left and right changed.
        public var mirrored: View {
            var view = self
            view.isMirrored.toggle()
            return view
        }
    }

    public let pictures: [Picture]
    /// Samples of each picture, in a row.
    public let views: [View]
    private let framing: Framing?
    private let shorterSide: Int?
    private let turnsUpright: Bool
    private let cutter = PictureCutter()

    /// - Parameter views: at least one.
    /// - Parameter framing: what the model asks for; by default the shorter side becomes 256 of 224 of the square's.
    /// - Parameter shorterSide: of the resized pictures, instead, and of those of the square's size, too.
    /// - Parameter turnsUpright: whether the EXIF orientation is followed. Trainings do not look at it.
    public init(
        _ pictures: [Picture], views: [View] = [.centre], framing: Framing? = nil, shorterSide: Int? = nil,
        turnsUpright: Bool = true
    ) {
        precondition(!views.isEmpty)
        (self.pictures, self.views) = (pictures, views)
        (self.framing, self.shorterSide, self.turnsUpright) = (framing, shorterSide, turnsUpright)
    }

    public var path: String { pictures.first?.name ?? "" }
    /// As many as there are views of all pictures.
    public var count: Int { pictures.count * views.count }
    public var classNames: [String] { [] }
    public var squareSide: Int? { nil }
    public var evaluation: Augmentation {
        shorterSide == nil ? .scoring(framing) : Augmentation(.centre(shorterSide: shorterSide))
    }
    public func label(of sample: Int) -> Int { 0 }
    public func objection(toSide side: Int) -> String? { nil }

    public func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        let picture = pictures[sample / views.count]
        let view = views[sample % views.count]
        do throws(RasterError) {
            let bytes = try bytes(of: picture)
            let orientation = turnsUpright ? Orientation(of: bytes.span.bytes) : .upright
            try cutter.cut(
                bytes.span.bytes, path: picture.name, side: side, orientation: orientation, into: &pixelsHWC,
                cancellation: cancellation
            ) { frame(view, width: $0, height: $1, side: side) }
        } catch {
            throw RecordsError(
                code: .cannotRead, operation: error.operation, path: picture.name, cause: error.cause)
        }
        // After the turn: left and right are those of the upright picture.
        if view.isMirrored { mirror(&pixelsHWC, side: side) }
    }

    private func frame(_ view: View, width: Int, height: Int, side: Int) -> Frame {
        let picture = ResizedPicture(
            scoring: side, width: width, height: height, framing: framing, shorterSide: shorterSide)
        func place(_ share: Double?, of length: Int) -> Int {
            guard let share, length > side else { return ResizedPicture.centre(side, of: length) }
            return Int((Double(length - side) * share).rounded())
        }
        return picture.frame(
            x: place(view.x, of: picture.width), y: place(view.y, of: picture.height), side: side,
            framing: framing)
    }

    private func bytes(of picture: Picture) throws(RasterError) -> [UInt8] {
        switch picture {
        case .file(let address):
            do {
                return try StoredFile.bytes(of: address, limit: ImageDecoder.byteCountLimit)
            } catch {
                throw RasterError(error)
            }
        case .memory(let bytes, _): return bytes
        }
    }

    private func mirror(_ pixelsHWC: inout MutableSpan<UInt8>, side: Int) {
        for row in 0..<side {
            for column in 0..<side / 2 {
                let (left, right) = ((row * side + column) * 3, (row * side + side - 1 - column) * 3)
                for channel in 0..<3 {
                    (pixelsHWC[left + channel], pixelsHWC[right + channel]) = (
                        pixelsHWC[right + channel], pixelsHWC[left + channel]
                    )
                }
            }
        }
    }
}
