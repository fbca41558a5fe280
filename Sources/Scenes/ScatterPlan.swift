import Files
import Records

/// How a pack's tiles are scattered on canvases and cut out again.
public struct ScatterPlan: Hashable, Sendable {
    /// What lies on a canvas.
    public enum Canvases: Hashable, Sendable {
        /// Each group has a canvas of its own, and all its windows are of that group.
        case single
        /// All groups lie on each canvas.
        case mixed(MixedCanvases)
    }

    /// The classes of the pack that is made.
    public var groups: ClassGroups
    public var canvases: Canvases
    /// From one window to the next, in pixels.
    public var stride: Int
    /// About how many windows are cut from all canvases together; each canvas has about an equal share.
    public var windowCount: Int
    /// The share of tiles as they are, beside the windows, in `0..<1`. Each group has as many: those of a small group come again and
    /// again.
    public var originalShare: Double
    public var seed: UInt64
    /// How many bytes all canvases together may take.
    public static let byteCountLimit = 16_000_000_000
    /// More originals are not made.
    static let originalCountLimit = 1 << 30

    /// - Parameter originalShare: the default is the share that trains best; docs/benchmarks.md has others.
    public init(
        groups: ClassGroups, canvases: Canvases = .single, stride: Int, windowCount: Int,
        originalShare: Double = 0.4, seed: UInt64
    ) {
        precondition(stride > 0 && windowCount > 0)
        precondition((0..<1).contains(originalShare))
        (self.groups, self.canvases) = (groups, canvases)
        (self.stride, self.windowCount, self.seed) = (stride, windowCount, seed)
        self.originalShare = originalShare
    }
}

/// Canvases with tiles of all groups.
public struct MixedCanvases: Hashable, Sendable {
    /// One for each canvas: how many times over it is covered by tiles at random places, above a layer without gaps.
    public var layers: [Int]
    /// How often a tile is of each group, one number for each, in any unit; `nil` for half of all of the background, where it has
    /// tiles, and equal shares of the others.
    public var shares: [Double]?
    /// The stride of the later scan: a window has the class of a tile whose centre lies at most three quarters of it from the
    /// window's, in both directions. Of the windows around an object the scan then has some that know it on both sides, which puts
    /// boxes in their place; docs/benchmarks.md has other radii.
    public var scanStride: Int
    /// A tile that is less visible than this gives no window its class, nor does one that is hidden; in `0...1`.
    public var leastVisible: Double
    /// The class of all other windows: a group, or a class of its own. `nil` for the group that takes the rest of the classes.
    public var background: String?

    /// What the class of windows without a tile at their centre is called where no group takes the rest.
    public static let usualBackground = "background"

    /// The defaults are those that docs/benchmarks.md has figures of.
    public init(
        layers: [Int] = [0, 1, 1], shares: [Double]? = nil, scanStride: Int = 16, leastVisible: Double = 0.5,
        background: String? = nil
    ) {
        precondition(!layers.isEmpty && layers.allSatisfy { $0 >= 0 } && scanStride > 0)
        precondition((0...1).contains(leastVisible))
        (self.layers, self.shares, self.scanStride) = (layers, shares, scanStride)
        (self.leastVisible, self.background) = (leastVisible, background)
    }
}

extension ScatterPlan {
    /// The classes of the pack that is made: the groups, and the background where it is none of them.
    var classNames: [String] {
        guard let background, !groups.names.contains(background) else { return groups.names }
        return groups.names + [background]
    }

    /// The class of windows that show none of the others at their centre; `nil` where there is none.
    var background: String? {
        switch canvases {
        case .single: groups.rest.map { groups.names[$0] }
        case .mixed(let mixed):
            mixed.background ?? groups.rest.map { groups.names[$0] } ?? MixedCanvases.usualBackground
        }
    }

    public var canvasCount: Int {
        switch canvases {
        case .single: groups.names.count
        case .mixed(let mixed): mixed.layers.count
        }
    }

    /// What the pack says of itself.
    ///
    /// - Parameter tiles: what the pack of the tiles says; their pixels are the canvases' pixels.
    func origin(of tiles: TilePackOrigin?) -> TilePackOrigin {
        // Sizes of objects go by class, and groups may have other names.
        var origin = TilePackOrigin(
            background: background, pixelSize: tiles?.pixelSize, ranges: tiles?.ranges)
        switch canvases {
        case .single: origin.canvases = .single
        case .mixed(let mixed):
            origin.canvases = .mixed
            (origin.labelRadius, origin.scanStride) = (mixed.labelRadius, mixed.scanStride)
            origin.leastVisible = mixed.leastVisible
        }
        return origin
    }

    /// The places of each canvas's windows, in about a square, all of label 0.
    var grids: [WindowGrid] {
        let count = max(1, windowCount / canvasCount)
        let columns = max(1, Int(Double(count).squareRoot().rounded()))
        let grid = WindowGrid(
            stride: stride, columns: columns, rows: max(1, count / columns), labels: .all(0))
        return Array(repeating: grid, count: canvasCount)
    }

    /// - Throws: `unsuitable` when the canvases would take more than `byteCountLimit`.
    func checkSize(tileWidth: Int, tileHeight: Int) throws(ScenesError) {
        // In floating point, because the product of large sides and strides is no Int.
        func side(_ windowCount: Int, _ tileSide: Int) -> Double {
            Double(windowCount - 1) * Double(stride) + Double(tileSide)
        }
        let byteCount = grids.reduce(0) {
            $0 + 3 * side($1.columns, tileWidth) * side($1.rows, tileHeight)
        }
        guard byteCount <= Double(Self.byteCountLimit) else {
            let gigabytes = Int(min(byteCount / 1e9, 1e18).rounded(.up))
            throw ScenesError(
                code: .unsuitable,
                operation: "scatter \(counted(windowCount, "window")) at a stride of \(stride)",
                place: "--windows, --stride",
                cause: "the canvases would take \(gigabytes) GB, more than "
                    + "\(Self.byteCountLimit / 1_000_000_000) GB; give fewer --windows or a smaller --stride")
        }
    }

    /// How many originals each group has beside so many windows.
    func originalCount(beside windowCount: Int) throws(ScenesError) -> Int {
        let all = Double(windowCount) * originalShare / (1 - originalShare)
        guard all < Double(Self.originalCountLimit) else {
            throw ScenesError(
                code: .unsuitable, operation: "add tiles as they are", place: "--originals \(originalShare)",
                cause:
                    "beside \(counted(windowCount, "window")) that is more than \(Self.originalCountLimit); give less"
            )
        }
        return Int((all / Double(groups.names.count)).rounded())
    }
}

extension MixedCanvases {
    /// In pixels, from centre to centre, in both directions.
    public var labelRadius: Double { 0.75 * Double(scanStride) }

    /// How often a tile is of each group; they add up to 1.
    ///
    /// - Parameter background: among the groups; `nil` where it has no tiles.
    /// - Throws: `unsuitable` for numbers that are no shares.
    func resolvedShares(groupCount: Int, background: Int?) throws(ScenesError) -> [Double] {
        guard let shares else {
            guard let background, groupCount > 1 else {
                return Array(repeating: 1 / Double(groupCount), count: groupCount)
            }
            return (0..<groupCount).map { $0 == background ? 0.5 : 0.5 / Double(groupCount - 1) }
        }
        let sum = shares.reduce(0, +)
        guard shares.count == groupCount, shares.allSatisfy({ $0 >= 0 }), sum > 0, sum.isFinite else {
            throw ScenesError(
                code: .unsuitable, operation: "mix the groups", place: "--shares",
                cause:
                    "there must be a number for each of the \(groupCount) groups, none below 0 and not all 0")
        }
        return shares.map { $0 / sum }
    }
}
