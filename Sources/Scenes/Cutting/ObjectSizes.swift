import Rasters
import Records

/// Collects how large objects are in scenes and in tiles.
struct ObjectSizes {
    private let classes: [String]
    /// By label, of each object once, in pixels of the scene.
    private var lengths: [[Double]]
    /// Of each tile with an object.
    private var lengthsInTiles: [Double] = []
    /// Of each tile with an object, in metres.
    private var pixelSizes: [Double] = []
    /// Of each object's scene, in metres.
    private var scenePixelSizes: [Double] = []
    /// The objects that came before, by scene.
    private var known: [String: Set<Int>] = [:]

    init(classes: [String]) {
        self.classes = classes
        lengths = classes.map { _ in [] }
    }

    /// Takes in a tile with an object.
    mutating func add(_ place: TilePlacer.Place, of scene: CutScene) {
        guard let number = place.object else { return }
        add(number, of: scene, scale: place.scale)
    }

    /// The same of a scale at which an object is seen.
    mutating func add(_ number: Int, of scene: CutScene, scale: SceneScale) {
        let object = scene.objects[number]
        let side = scene.pixelSize.map { ($0.x * $0.y).squareRoot() }
        if let side { pixelSizes.append(side / (scale.x * scale.y).squareRoot()) }
        if let size = object.size { lengthsInTiles.append(size * (scale.x * scale.y).squareRoot()) }
        guard known[scene.name, default: []].insert(number).inserted else { return }
        if let label = object.label, let size = object.size { lengths[label].append(size) }
        if let side { scenePixelSizes.append(side) }
    }

    /// What a pack says of itself.
    func origin(background: String, ranges: [SampleRange]?, _ plan: CutPlan) -> TilePackOrigin {
        TilePackOrigin(
            canvases: .mixed, background: background, labelRadius: plan.labelRadius,
            scanStride: plan.scanStride,
            leastVisible: Double(plan.leastVisible), pixelSize: Self.percentile(50, of: pixelSizes),
            ranges: ranges,
            objects: objects)
    }

    private var objects: TileObjects? {
        guard let least = Self.percentile(5, of: lengthsInTiles),
            let most = Self.percentile(95, of: lengthsInTiles)
        else { return nil }
        var sizes: [String: [Double]] = [:]
        for (name, lengths) in zip(classes, lengths) where !lengths.isEmpty {
            sizes[name] = [5, 50, 95].compactMap { Self.percentile($0, of: lengths) }
        }
        return TileObjects(
            sizes: sizes, sizesInTiles: [least, most],
            scenePixelSize: Self.percentile(50, of: scenePixelSizes))
    }

    /// One of the numbers: that whose place is nearest.
    ///
    /// - Returns: `nil` for none.
    static func percentile(_ percent: Double, of numbers: [Double]) -> Double? {
        guard !numbers.isEmpty else { return nil }
        let sorted = numbers.sorted()
        let place = Int((percent / 100 * Double(sorted.count - 1)).rounded())
        return sorted[place]
    }
}
