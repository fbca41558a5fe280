/// How a photomosaic is made.
public struct MosaicPlan: Hashable, Sendable {
    public enum Mode: String, CaseIterable, Sendable {
        /// Tiles side by side.
        case grid
        /// Over those, as many again at random places, overlapping.
        case collage
    }
    public var mode: Mode
    /// Tiles from left to right; by default one for each pixel of the guide.
    public var tilesAcross: Int?
    /// From one tile's edge to the next one's, in pixels, in both directions; by default a tile's sides. Smaller
    /// spacing makes tiles overlap; larger is not possible.
    public var tileSpacing: Int?
    /// How often one tile may be used in the whole scene; by default as often as it fits.
    public var maxRepeats: Int?
    /// A tile is not used again so many places around itself, unless the pack has too few.
    public var repeatDistance: Int
    public var seed: UInt64

    public init(
        mode: Mode = .grid, tilesAcross: Int? = nil, tileSpacing: Int? = nil, maxRepeats: Int? = nil,
        repeatDistance: Int = 6, seed: UInt64 = 1
    ) {
        (self.mode, self.tilesAcross, self.tileSpacing) = (mode, tilesAcross, tileSpacing)
        (self.maxRepeats, self.repeatDistance, self.seed) = (maxRepeats, repeatDistance, seed)
    }
}

/// Where the tiles of a mosaic lie.
struct MosaicLayout: Hashable, Sendable {
    var columns: Int
    var rows: Int
    var tileWidth: Int
    var tileHeight: Int
    /// From one column to the next.
    var stepX: Int
    /// From one row to the next.
    var stepY: Int
    /// More places are refused: those of a collage take 1.2 GB.
    static let placeCountLimit = 1 << 25

    /// - Throws: `unsuitable` when the plan asks for more tiles than the guide has pixels, or for gaps.
    init(
        _ plan: MosaicPlan, guideWidth: Int, guideHeight: Int, tileWidth: Int, tileHeight: Int
    ) throws(ScenesError) {
        (self.tileWidth, self.tileHeight) = (tileWidth, tileHeight)
        (stepX, stepY) = (plan.tileSpacing ?? tileWidth, plan.tileSpacing ?? tileHeight)
        columns = plan.tilesAcross ?? guideWidth
        guard (1...guideWidth).contains(columns) else {
            throw Self.error(
                "--tiles-across \(columns)",
                "it must be between 1 and \(guideWidth), the guide's width in pixels")
        }
        guard (1...min(tileWidth, tileHeight)).contains(stepX) || plan.tileSpacing == nil else {
            throw Self.error(
                "--tile-spacing \(stepX)",
                "it must be between 1 and \(min(tileWidth, tileHeight)), or there would be gaps between the tiles"
            )
        }
        let shape = Double(guideHeight * stepX) / Double(guideWidth * stepY)
        rows = min(guideHeight, max(1, Int((Double(columns) * shape).rounded())))
        guard placeCount <= Self.placeCountLimit else {
            throw Self.error(
                "--tiles-across \(columns)",
                "\(columns)x\(rows) places are too many: the limit is \(Self.placeCountLimit >> 20) million; give a smaller number"
            )
        }
    }

    private static func error(_ place: String, _ cause: String) -> ScenesError {
        ScenesError(code: .unsuitable, operation: "lay out the mosaic", place: place, cause: cause)
    }

    var width: Int { (columns - 1) * stepX + tileWidth }
    var height: Int { (rows - 1) * stepY + tileHeight }
    var placeCount: Int { columns * rows }
}
