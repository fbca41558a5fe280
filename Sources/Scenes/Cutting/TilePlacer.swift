import Bytes
package import Files
import Foundation
import Pixels
package import Rasters

/// Says where the tiles of one scene lie, without a look at its pixels. A function of the scene's name and size, of what is known
/// of it, and of the plan; it does not depend on other scenes.
package struct TilePlacer {
    /// A tile before it is cut.
    package struct Place: Hashable {
        /// At which the scene is seen.
        package var scale: SceneScale
        /// The left edge, in pixels that are seen.
        package var x: Int
        /// The top edge, in pixels that are seen.
        package var y: Int
        package var label: Int
        /// The object that it shows; `nil` for the background.
        package var object: Int?

        /// By scale and place: scenes are read so.
        package static func isBefore(_ a: Place, _ b: Place) -> Bool {
            if a.scale.x != b.scale.x { return a.scale.x < b.scale.x }
            return (a.scale.y, Double(a.y), Double(a.x), Double(a.label))
                < (b.scale.y, Double(b.y), Double(b.x), Double(b.label))
        }

        /// Some places in the order in which they are read.
        static func sorted(_ places: [Place], _ cancellation: Cancellation) throws -> [Place] {
            try places.sorted(until: cancellation, by: isBefore)
        }
    }

    /// What random numbers are for.
    private enum Stream: Int { case positives, negatives }

    package let objects: [CutObject]
    private let plan: CutPlan
    private let background: Int
    private let width: Int
    private let height: Int
    private let pixelSize: PixelSize?
    private let falseAlarms: [PixelRect]
    private let area: PolygonIndex?
    private let index: ObjectIndex
    /// Tells the scene's random numbers from those of others.
    private let nameHash: Int
    private var negativeRandom: SplitMix64
    /// Negatives that were given, so that none comes twice.
    private var given: Set<Place> = []

    package init(_ scene: CutScene, _ plan: CutPlan, background: Int) {
        objects = scene.objects
        (self.plan, self.background) = (plan, background)
        (width, height) = (scene.scene.width, scene.scene.height)
        (pixelSize, falseAlarms) = (scene.pixelSize, scene.falseAlarms)
        area = scene.area
        index = ObjectIndex(scene.objects)
        nameHash = Int(CRC32C.checksum(Array(scene.name.utf8).span.bytes))
        negativeRandom = SplitMix64(seed: plan.seed, stream: nameHash, Stream.negatives.rawValue)
    }

    // MARK: - Scales

    /// The one scale of all tiles; `nil` where each object has its own.
    ///
    /// - Throws: `unsuitable` for a scene that does not say how large its pixels are.
    package func fixedScale() throws(ScenesError) -> SceneScale? {
        switch plan.scale {
        case .fill: return nil
        case .factor(let factor): return try checked(scale(factor), "--scale")
        case .pixelSize(let metres):
            guard let pixelSize else {
                throw ScenesError(
                    code: .unsuitable, operation: "read the scene with pixels of \(metres) m",
                    place: "--resolution",
                    cause: "the scene does not state its pixel size; give --scale or --fill")
            }
            return try checked(
                SceneScale(
                    x: pixelSize.x / metres, y: pixelSize.y / metres, fullWidth: width, fullHeight: height),
                "--resolution")
        }
    }

    private func checked(_ scale: SceneScale, _ place: String) throws(ScenesError) -> SceneScale {
        guard scale.isPossible else {
            throw ScenesError(
                code: .unsuitable, operation: "read the scene at a scale of \(scale.x)", place: place,
                cause: "a scale must lie between 1/1024 and 64")
        }
        return scale
    }

    func scale(_ factor: Double) -> SceneScale {
        // As scans take it: less than a thousandth is less than a pixel of any window.
        let factor = abs(factor - 1) < 1e-3 ? 1 : factor
        return SceneScale(x: factor, y: factor, fullWidth: width, fullHeight: height)
    }

    /// Steps of scales in which an object is seen, as an exponent of two: no object is more than 2.2 % smaller or larger than asked,
    /// and objects of about one size are read together.
    private static let scaleStep = 1.0 / 16

    /// The factor at which a length of the scene has a length of a tile.
    static func factor(showing length: Double, as seen: Double) -> Double {
        exp2((log2(seen / length) / scaleStep).rounded() * scaleStep)
    }

    // MARK: - Objects

    /// For each copy: a place may come twice, or be nearer to another object.
    private static let attemptCount = 4

    /// The tiles of each object.
    ///
    /// - Returns: also how many objects have none.
    /// - Throws: `ScenesError` where the scene has no such scale; `Cancelled`.
    package func positives(
        _ cancellation: Cancellation = Cancellation()
    ) throws -> (places: [Place], unfitCount: Int) {
        guard case .tiles(let copies) = plan.form else { preconditionFailure("canvases have no places") }
        let fixed = try fixedScale()
        var places: [Place] = []
        var unfitCount = 0
        var point = CancellationPoint(cancellation)
        for (number, object) in objects.enumerated() {
            try point.pass()
            guard let label = object.label, area?.contains(x: object.centreX, y: object.centreY) ?? true
            else {
                continue
            }
            var random = SplitMix64(
                seed: plan.seed, stream: nameHash, Stream.positives.rawValue, number)
            var own: Set<Place> = []
            for attempt in 0..<Self.attemptCount * copies where own.count < copies {
                let zoom = attempt == 0 ? 1 : self.zoom(&random)
                guard let scale = fixed ?? scale(of: object, zoom: zoom),
                    let corner = corner(
                        of: object, scale, within: plan.placeRadius, isShifted: attempt > 0, &random)
                else { continue }
                let place = Place(scale: scale, x: corner.x, y: corner.y, label: label, object: number)
                if !isNearerToAnother(place), own.insert(place).inserted { places.append(place) }
            }
            if own.isEmpty { unfitCount += 1 }
        }
        return (places, unfitCount)
    }

    /// In `1/zoom...zoom`.
    private func zoom(_ random: inout SplitMix64) -> Double {
        plan.zoom > 1 ? exp(Double.random(in: -log(plan.zoom)...log(plan.zoom), using: &random)) : 1
    }

    /// The scale at which an object fills its tile as asked; `nil` where there is none.
    private func scale(of object: CutObject, zoom: Double = 1) -> SceneScale? {
        guard case .fill(let fill) = plan.scale, let size = object.size, size > 0 else { return nil }
        let scale = scale(
            Self.factor(showing: size, as: fill * Double(plan.windowSize) * zoom))
        return scale.isPossible ? scale : nil
    }

    /// Where a tile of an object begins.
    ///
    /// - Parameter radius: how far the tile's centre may be from the object's.
    /// - Parameter isShifted: by chance; else its centre is as near to the object's as it can be.
    /// - Returns: `nil` where no tile in the scene has the object at its centre.
    private func corner(
        of object: CutObject, _ scale: SceneScale, within radius: Double, isShifted: Bool,
        _ random: inout SplitMix64
    ) -> (x: Int, y: Int)? {
        func start(_ centre: Double, _ length: Int) -> Int? {
            let ideal = centre - Double(plan.windowSize) / 2
            let first = max(0, (ideal - radius).rounded(.up))
            let last = min(Double(max(0, length - plan.windowSize)), (ideal + radius).rounded(.down))
            guard first <= last else { return nil }
            return isShifted
                ? Int.random(in: Int(first)...Int(last), using: &random)
                : Int(min(max(ideal.rounded(), first), last))
        }
        guard let x = start(object.centreX * scale.x, scale.width),
            let y = start(object.centreY * scale.y, scale.height)
        else { return nil }
        return (x, y)
    }

    /// Whether an object of another class is nearer to the tile's centre than its own.
    private func isNearerToAnother(_ place: Place) -> Bool {
        guard let own = place.object else { return false }
        let distance = centreDistance(place, objects[own])
        return near(place, by: distance).contains { number in
            objects[number].label != place.label && centreDistance(place, objects[number]) < distance
        }
    }

    // MARK: - Background

    /// Tiles at false alarms that show no object.
    ///
    /// A false alarm of an earlier scan is as large as the window that saw it, and so is its tile.
    ///
    /// - Throws: as `positives`.
    package func falseAlarmPlaces(_ cancellation: Cancellation = Cancellation()) throws -> [Place] {
        guard case .tiles(let copies) = plan.form else { preconditionFailure("canvases have no places") }
        let fixed = try fixedScale()
        var places: [Place] = []
        var point = CancellationPoint(cancellation)
        for (number, alarm) in falseAlarms.enumerated() {
            try point.pass()
            let object = CutObject(
                x0: Double(alarm.x0), y0: Double(alarm.y0), x1: Double(alarm.x1), y1: Double(alarm.y1),
                label: nil)
            guard area?.contains(x: object.centreX, y: object.centreY) ?? true else { continue }
            let scale =
                fixed
                ?? self.scale(
                    Self.factor(
                        showing: max(1, Double(max(alarm.width, alarm.height))), as: Double(plan.windowSize)))
            guard scale.isPossible else { continue }
            var random = SplitMix64(
                seed: plan.seed, stream: nameHash, Stream.negatives.rawValue, number)
            var own: Set<Place> = []
            for attempt in 0..<Self.attemptCount * copies where own.count < copies {
                guard
                    let corner = corner(
                        of: object, scale, within: plan.backgroundPlaceRadius, isShifted: attempt > 0, &random
                    )
                else { continue }
                let place = Place(scale: scale, x: corner.x, y: corner.y, label: background)
                if isFarFromObjects(place), own.insert(place).inserted { places.append(place) }
            }
        }
        return places
    }

    /// Some tiles of the background at random places that were not given before.
    ///
    /// - Parameter factors: at which scales; each is as likely as it is frequent.
    /// - Returns: fewer where the scene has hardly a place without an object.
    /// - Throws: as `positives`.
    package mutating func negatives(
        _ count: Int, factors: [Double], cancellation: Cancellation = Cancellation()
    ) throws -> [Place] {
        let fixed = try fixedScale()
        guard fixed != nil || !factors.isEmpty else { return [] }
        var places: [Place] = []
        var attempts = 0
        var point = CancellationPoint(cancellation)
        while places.count < count, attempts < 50 * count + 1000 {
            try point.pass()
            attempts += 1
            let factor = factors.randomElement(using: &negativeRandom) ?? 1
            let scale = fixed ?? self.scale(factor)
            guard scale.isPossible else { continue }
            let place = Place(
                scale: scale,
                x: .random(in: 0...max(0, scale.width - plan.windowSize), using: &negativeRandom),
                y: .random(in: 0...max(0, scale.height - plan.windowSize), using: &negativeRandom),
                label: background)
            let centre = centre(of: place)
            guard area?.contains(x: centre.x / scale.x, y: centre.y / scale.y) ?? true,
                isFarFromObjects(place),
                given.insert(place).inserted
            else { continue }
            places.append(place)
        }
        return places
    }

    /// Whether the centre of a tile is at least `distance` outside every box, and no object's centre is within the label radius.
    func isFarFromObjects(_ place: Place) -> Bool {
        let centre = centre(of: place)
        let reach = max(plan.distance, plan.labelRadius)
        return near(place, by: reach).allSatisfy { number in
            let object = objects[number]
            let x = max(0, object.x0 * place.scale.x - centre.x, centre.x - object.x1 * place.scale.x)
            let y = max(0, object.y0 * place.scale.y - centre.y, centre.y - object.y1 * place.scale.y)
            return max(x, y) >= plan.distance && centreDistance(place, object) > plan.labelRadius
        }
    }

    // MARK: - Distances

    /// In pixels that are seen.
    private func centre(of place: Place) -> (x: Double, y: Double) {
        (Double(place.x) + Double(plan.windowSize) / 2, Double(place.y) + Double(plan.windowSize) / 2)
    }

    /// From a tile's centre to an object's, in the direction in which it is longer, in pixels that are seen.
    private func centreDistance(_ place: Place, _ object: CutObject) -> Double {
        let centre = centre(of: place)
        return max(
            abs(object.centreX * place.scale.x - centre.x), abs(object.centreY * place.scale.y - centre.y))
    }

    /// The objects whose boxes are at most so far from a tile's centre, in pixels that are seen.
    private func near(_ place: Place, by distance: Double) -> [Int] {
        let centre = centre(of: place)
        return index.touching(
            x0: (centre.x - distance) / place.scale.x, y0: (centre.y - distance) / place.scale.y,
            x1: (centre.x + distance) / place.scale.x, y1: (centre.y + distance) / place.scale.y)
    }
}
