/// How large the objects are that a pack's tiles show: in the scenes of which they were cut, and in the tiles.
public struct TileObjects: Hashable, Sendable, Codable {
    /// By class: the lengths of the longer side, in pixels of the scene, below which 5, 50 and 95 percent of the objects stay.
    public var sizes: [String: [Double]]
    /// The same lengths as the tiles show them, in pixels of tiles, below which 5 and 95 percent of all tiles with an object stay.
    public var sizesInTiles: [Double]
    /// The side of a pixel of the scenes in metres: the median of those that say it; `nil` where none does.
    public var scenePixelSize: Double?

    public init(sizes: [String: [Double]], sizesInTiles: [Double], scenePixelSize: Double? = nil) {
        (self.sizes, self.sizesInTiles) = (sizes, sizesInTiles)
        self.scenePixelSize = scenePixelSize
    }

    /// Lengths that make sense, in pixels.
    public static let lengths = 1e-3...1e9

    /// Whether it is one that there can be, for a pack of these classes.
    func isPossible(classNames: [String]) -> Bool {
        func ascends(_ lengths: [Double], count: Int) -> Bool {
            lengths.count == count && lengths.allSatisfy(Self.lengths.contains)
                && zip(lengths, lengths.dropFirst()).allSatisfy { $0 <= $1 }
        }
        return ascends(sizesInTiles, count: 2) && (1e-12...1e9).contains(scenePixelSize ?? 1)
            && sizes.allSatisfy { classNames.contains($0.key) && ascends($0.value, count: 3) }
    }
}
