import Files
import Foundation
public import Rasters

/// How a pack was made, as far as it decides how a model that learnt from it is best used: how its windows came about, and what its
/// pixels are.
///
/// A pack of windows carries it as JSON, and one of tiles whose pixels are known; other packs have none.
public struct TilePackOrigin: Hashable, Sendable, Codable {
    /// What lies on a canvas. A scene that windows are cut from is a mixed canvas: it has objects of all classes.
    public enum Canvases: String, Hashable, Sendable, Codable {
        /// Tiles of one class, which all windows of the canvas have as their label.
        case single
        /// Tiles of all classes; each window has the class of the tile at its centre.
        case mixed
    }

    /// `nil` for tiles that lie on none.
    public var canvases: Canvases?
    /// The class of windows that show nothing that is looked for; `nil` where there is none.
    public var background: String?
    /// How far the centre of a tile may lie from that of a window of its class, in both directions, in pixels; `nil` where labels
    /// do not follow from places.
    public var labelRadius: Double?
    /// The stride of the scan that the labels are made for, in pixels.
    public var scanStride: Int?
    /// A tile that is less visible gives no window its class, in `0...1`.
    public var leastVisible: Double?
    /// The side of a pixel in metres; `nil` where nobody knows.
    public var pixelSize: Double?
    /// Which samples are black and white: for all bands, or for each of three; `nil` for pictures of 8 bits.
    public var ranges: [SampleRange]?
    /// How large the objects are; `nil` where nobody knows.
    public var objects: TileObjects?

    public init(
        canvases: Canvases? = nil, background: String? = nil, labelRadius: Double? = nil,
        scanStride: Int? = nil,
        leastVisible: Double? = nil, pixelSize: Double? = nil, ranges: [SampleRange]? = nil,
        objects: TileObjects? = nil
    ) {
        (self.canvases, self.background) = (canvases, background)
        (self.pixelSize, self.ranges) = (pixelSize, ranges)
        self.objects = objects
        (self.labelRadius, self.scanStride, self.leastVisible) = (labelRadius, scanStride, leastVisible)
    }
}

extension TilePackOrigin {
    /// What a pack may have of it.
    static let byteLimit = 1 << 20

    /// Equal ones are equal bytes.
    var encoded: [UInt8] {
        guard let text = try? JSONText(self) else { preconditionFailure("a number that JSON cannot say") }
        return Array(text.text.utf8)
    }

    /// - Throws: with words for a person.
    init(decoding bytes: [UInt8], classNames: [String]) throws(Malformed) {
        let origin: Self
        do {
            origin = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw Malformed("its record of how it was made cannot be read: \(words(onDecoding: error))")
        }
        guard origin.background.map(classNames.contains) ?? true,
            (0...Double(1 << 20)).contains(origin.labelRadius ?? 0),
            (1...1 << 20).contains(origin.scanStride ?? 1), (0...1).contains(origin.leastVisible ?? 0),
            (1e-12...1e9).contains(origin.pixelSize ?? 1),
            origin.ranges.map({ [1, 3].contains($0.count) && $0.allSatisfy(\.isPossible) }) ?? true,
            origin.objects?.isPossible(classNames: classNames) ?? true
        else {
            throw Malformed(
                "its record of how it was made is impossible: \(String(decoding: bytes, as: UTF8.self))")
        }
        self = origin
    }
}
