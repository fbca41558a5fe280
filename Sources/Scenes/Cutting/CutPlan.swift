public import Pixels
public import Rasters
public import Records

/// How training tiles are cut from scenes.
public struct CutPlan: Hashable, Sendable {
    /// At which scale a tile shows a scene.
    public enum Scale: Hashable, Sendable {
        /// The object's longer side is this share of the tile's side, each object at a scale of its own.
        case fill(Double)
        /// Pixels of a tile for one of the scene.
        case factor(Double)
        /// The side of a tile's pixel, in metres.
        case pixelSize(Double)
    }

    /// What becomes of a scene.
    public enum Form: Hashable, Sendable {
        /// Single tiles: so many of each object, of which all but the first are shifted.
        case tiles(copies: Int)
        /// Canvases: parts of the scene with a window at every stride.
        case canvases(stride: Int)
    }

    /// Side of a tile, in pixels.
    public var windowSize: Int
    public var scale: Scale
    public var form: Form
    /// The stride of the later scan, in pixels of tiles. A tile shows an object whose centre is at most `labelRadius` from its own.
    public var scanStride: Int
    /// How far the centre of an object may lie from that of a tile of its class, in both directions, in pixels of tiles.
    public var labelRadius: Double
    /// Tiles are shifted by so much at most, in both directions; not more than `labelRadius`.
    public var jitter: Double
    /// The same for boxes that show no object; `nil`: `jitter`. Where nobody has looked beside such a box, a tile that is shifted
    /// further may show an object.
    public var backgroundJitter: Double?
    /// Shifted tiles show the object up to so many times smaller or larger; 1 for none.
    public var zoom: Double
    /// About this share of the pack is tiles of the background, in `0..<1`.
    public var negativeShare: Double
    /// The centre of a background tile is at least so far outside every box, in pixels of tiles.
    public var distance: Double
    /// Objects that are less visible make no tiles, neither of their class nor of the background.
    public var leastVisible: Float
    /// Tiles whose brightness (0 to 255) has a smaller standard deviation are not taken; `nil` for none.
    public var plainDeviation: Double?
    public var seed: UInt64

    /// - Parameter scanStride: as `MixedCanvases` has it.
    public init(
        windowSize: Int = 32, scale: Scale = .fill(0.6), form: Form = .tiles(copies: 8), scanStride: Int = 16,
        seed: UInt64 = 1
    ) {
        precondition(windowSize > 0 && scanStride > 0)
        self.windowSize = windowSize
        self.scale = scale
        self.form = form
        (self.scanStride, self.seed) = (scanStride, seed)
        labelRadius = MixedCanvases(scanStride: scanStride).labelRadius
        jitter = labelRadius
        zoom = 1
        negativeShare = 0.5
        leastVisible = 0.5
        distance = Double(scanStride) / 2
    }

    /// Half a pixel at least, because tiles begin at whole pixels.
    var placeRadius: Double { max(0.5, min(jitter, labelRadius)) }
    var backgroundPlaceRadius: Double { max(0.5, min(backgroundJitter ?? jitter, labelRadius)) }
}

/// One object of a scene, in pixels of the whole upright scene.
public struct CutObject: Hashable, Sendable {
    /// Its edges.
    public var x0: Double
    public var y0: Double
    public var x1: Double
    public var y1: Double
    /// `nil` for one that makes no tiles, and which background tiles keep away from.
    public var label: Int?
    /// Whether its box says how large it is; else only its centre counts.
    public var hasSize: Bool

    public init(x0: Double, y0: Double, x1: Double, y1: Double, label: Int?, hasSize: Bool = true) {
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
        (self.label, self.hasSize) = (label, hasSize)
    }

    var centreX: Double { (x0 + x1) / 2 }
    var centreY: Double { (y0 + y1) / 2 }
    /// The longer side; `nil` where nobody knows.
    var size: Double? { hasSize ? max(x1 - x0, y1 - y0) : nil }
}

/// A scene with what somebody knows of it.
public struct CutScene: Sendable {
    /// At full size.
    public var scene: Scene
    /// What it is called in tables; scenes are taken in the order of their names, whichever way they were given.
    public var name: String
    /// How large its pixels are; `nil` where it does not say.
    public var pixelSize: PixelSize?
    /// Whether a tile needs this share of valid pixels; `nil` where all are.
    public var leastValid: Double?
    public var objects: [CutObject]
    /// Windows in which something was taken for an object that is none.
    public var falseAlarms: [PixelRect]
    /// Where the centres of all tiles lie; `nil` for the whole scene.
    package var area: PolygonIndex?

    /// - Parameter area: polygons as `polygons(ofVectorFile:)` gives them.
    public init(
        scene: Scene, name: String, pixelSize: PixelSize? = nil, leastValid: Double? = nil,
        objects: [CutObject], falseAlarms: [PixelRect] = [], area: PixelPolygons? = nil
    ) {
        precondition(scene.view?.scale == nil && scene.view?.stack == nil)
        self.scene = scene
        self.name = name
        self.pixelSize = pixelSize
        self.leastValid = leastValid
        self.objects = objects
        self.falseAlarms = falseAlarms
        self.area = area.map { PolygonIndex($0) }
    }
}

/// What was cut of one scene.
public struct CutCounts: Hashable, Sendable {
    public var name: String
    /// Objects inside the scene with a class of the pack.
    public var objectCount = 0
    /// By label.
    public var tileCounts: [Int]
    /// Background tiles at false alarms; they are among `tileCounts`.
    public var falseAlarmCount = 0
    /// Objects for which no tile lies in the scene: too near its edge, too small or too large.
    public var unfitCount = 0
    /// Tiles that were not taken because parts of them cannot be read.
    public var lostCount = 0
    /// Tiles that were not taken because too few of their pixels are valid.
    public var emptyCount = 0
    /// Tiles that were not taken because they hardly vary.
    public var plainCount = 0
    /// Why it ended early, for people; `nil` where it did not.
    public var error: String?

    init(name: String, classCount: Int) {
        self.name = name
        tileCounts = Array(repeating: 0, count: classCount)
    }
}

/// What a cut has made.
public struct CutPack: Hashable, Sendable {
    /// In the order of names.
    public var scenes: [CutCounts]
    public var origin: TilePackOrigin
    /// How often windows with an object stand in a pack of canvases; 1 for each once.
    public var repeatCount = 1

    public var tileCount: Int { scenes.reduce(0) { $0 + $1.tileCounts.reduce(0, +) } }
}
