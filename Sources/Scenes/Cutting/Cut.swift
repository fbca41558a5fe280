public import Files
import Pixels
public import Rasters
import Records

/// Cuts training tiles from scenes, and writes them as a pack.
///
/// Tiles are read as scans read windows: by the same scaled raster, upright, with the same rule for what is skipped. A function of the
/// scenes, their names and the plan: whichever order they are given in, the pack is the same to the last byte. What cannot be read
/// is counted with its scene, and keeps no other scene back.
///
/// - Parameter classes: by label; one of them is the background.
/// - Parameter background: its label.
/// - Parameter ranges: which samples are black and white in all scenes, for the pack to remember; `nil` for pictures of 8 bits.
/// - Parameter job: told how many tiles are cut, or canvases. Where it is cancelled, nothing is written.
/// - Throws: `ScenesError` where no object makes a tile; `RecordsError` where the pack cannot be written; `Cancelled`.
public func cut(
    _ scenes: [CutScene], to output: OutputFile, classes: [String], background: Int,
    ranges: [SampleRange]? = nil,
    plan: CutPlan, job: Job<CutProgress> = Job()
) throws -> CutPack {
    precondition(classes.indices.contains(background))
    let ordered = scenes.sorted {
        ($0.name, $0.scene.address.description) < ($1.name, $1.scene.address.description)
    }
    var maker = CutMaker(ordered, classes: classes, background: background, ranges: ranges, plan: plan)
    switch plan.form {
    case .tiles: return try maker.makeTiles(output, job)
    case .canvases(let stride): return try maker.makeCanvases(output, stride: stride, job)
    }
}

/// How far a cut is.
public struct CutProgress: Hashable, Sendable {
    /// Tiles, or parts of scenes.
    public var doneCount: Int
    public var count: Int
}

/// One cut under way.
struct CutMaker {
    let scenes: [CutScene]
    let classes: [String]
    let background: Int
    let ranges: [SampleRange]?
    let plan: CutPlan
    var counts: [CutCounts]

    init(_ scenes: [CutScene], classes: [String], background: Int, ranges: [SampleRange]?, plan: CutPlan) {
        self.scenes = scenes
        self.classes = classes
        self.background = background
        (self.ranges, self.plan) = (ranges, plan)
        counts = scenes.map { scene in
            var counts = CutCounts(name: scene.name, classCount: classes.count)
            counts.objectCount = scene.objects.count { $0.label != nil }
            return counts
        }
    }

    // MARK: - Tiles

    /// The places of one scene, before any pixel is read.
    private struct PlannedScene {
        var placer: TilePlacer
        var positives: [TilePlacer.Place]
        var falseAlarms: [TilePlacer.Place]
        /// So many random places of the background are wanted.
        var negativeCount = 0
    }

    mutating func makeTiles(_ output: OutputFile, _ job: Job<CutProgress>) throws -> CutPack {
        var planned: [PlannedScene?] = []
        for (number, scene) in scenes.enumerated() {
            do {
                let placer = TilePlacer(scene, plan, background: background)
                let positives = try placer.positives(job.cancellation)
                counts[number].unfitCount = positives.unfitCount
                planned.append(
                    PlannedScene(
                        placer: placer, positives: positives.places,
                        falseAlarms: try placer.falseAlarmPlaces(job.cancellation)))
            } catch let error as ScenesError {
                counts[number].error = "\(scene.name): cannot \(error.operation): \(error.cause)"
                planned.append(nil)
            }
        }
        let positiveCount = planned.reduce(0) { $0 + ($1?.positives.count ?? 0) }
        guard positiveCount > 0 else { throw noObjects() }
        let factors = planned.flatMap { $0?.positives.map(\.scale.x) ?? [] }.sorted()
        shareNegatives(among: &planned, beside: positiveCount, middleFactor: factors[factors.count / 2])
        var sizes = ObjectSizes(classes: classes)
        for (scene, planned) in zip(scenes, planned) {
            try job.checkCancellation()
            for place in planned?.positives ?? [] { sizes.add(place, of: scene) }
        }
        let origin = sizes.origin(background: classes[background], ranges: ranges, plan)
        let writer = try TilePackWriter(
            output, tileWidth: plan.windowSize, tileHeight: plan.windowSize, classNames: classes,
            origin: origin
        )
        let total = planned.reduce(0) {
            $0 + ($1.map { $0.positives.count + $0.falseAlarms.count + $0.negativeCount } ?? 0)
        }
        try tell(total * plan.windowSize * plan.windowSize * 3, counted(total, "tile"), writer, job)
        var progress = CutProgress(doneCount: 0, count: total)
        for (number, planned) in planned.enumerated() {
            guard let planned else { continue }
            do {
                try cut(planned, number, factors: factors, to: writer, &progress, job)
            } catch let error as RasterError {
                if error.code == .interrupted { throw Cancelled() }
                counts[number].error = "\(error)"
            }
        }
        guard counts.contains(where: { $0.tileCounts.contains { $0 > 0 } }) else { throw noObjects() }
        try writer.commit()
        return CutPack(scenes: counts, origin: origin)
    }

    /// A pack of fewer bytes is nothing to tell of before it is there.
    private static let toldByteCount = 1 << 30

    /// Says how large the pack becomes where it becomes large.
    ///
    /// - Parameter byteCount: of its pixels.
    /// - Parameter words: what they are of.
    /// - Throws: where a pack, or the disk, has no room for them.
    func tell(
        _ byteCount: Int, _ words: String, _ writer: TilePackWriter, _ job: Job<CutProgress>
    ) throws(RecordsError) {
        try writer.checkRoom(pixelByteCount: byteCount)
        if byteCount >= Self.toldByteCount {
            job.warn("\(writer.path) becomes \(sizeText(byteCount)): \(words)")
        }
    }

    private func noObjects() -> ScenesError {
        let reasons = counts.compactMap(\.error)
        let causes = reasons.isEmpty ? ["no object gives a tile inside its scene"] : reasons
        return ScenesError(
            code: .unsuitable, operation: "cut tiles", place: scenes.first?.name ?? "the scenes",
            cause: causes.joined(separator: "; "))
    }

    /// Says how many random places of the background each scene gives: in proportion to how many tiles it has room for.
    private func shareNegatives(
        among planned: inout [PlannedScene?], beside positiveCount: Int, middleFactor: Double
    ) {
        let alarmCount = planned.reduce(0) { $0 + ($1?.falseAlarms.count ?? 0) }
        let share = plan.negativeShare
        let wanted = max(0, (Double(positiveCount) * share / (1 - share)).rounded() - Double(alarmCount))
        let room = zip(scenes, planned).map { scene, planned -> Double in
            guard planned != nil else { return 0 }
            func tiles(_ length: Int) -> Double {
                max(1, Double(length) * middleFactor / Double(plan.windowSize))
            }
            return tiles(scene.scene.width) * tiles(scene.scene.height)
        }
        let sum = room.reduce(0, +)
        guard sum > 0 else { return }
        // Rounded so that all together are as many as wanted.
        var (soFar, given) = (0.0, 0)
        for number in planned.indices where planned[number] != nil {
            soFar += room[number] / sum * wanted
            planned[number]?.negativeCount = Int(soFar.rounded()) - given
            given = Int(soFar.rounded())
        }
    }

    /// Reads the tiles of one scene and writes them.
    private mutating func cut(
        _ planned: PlannedScene, _ number: Int, factors: [Double], to writer: TilePackWriter,
        _ progress: inout CutProgress, _ job: Job<CutProgress>
    ) throws {
        let scene = scenes[number]
        var placer = planned.placer
        func take(_ places: [TilePlacer.Place], _ counts: inout CutCounts) throws -> Int {
            try read(places, of: scene, job) { outcome in
                switch outcome {
                case .tile(let tile, let place):
                    try writer.append(tile, label: place.label)
                    counts.tileCounts[place.label] += 1
                    progress.doneCount += 1
                    job.report(progress)
                case .lost: counts.lostCount += 1
                case .empty: counts.emptyCount += 1
                case .plain: counts.plainCount += 1
                }
            }
        }
        var own = counts[number]
        defer { counts[number] = own }
        _ = try take(TilePlacer.Place.sorted(planned.positives, job.cancellation), &own)
        own.falseAlarmCount = try take(
            TilePlacer.Place.sorted(planned.falseAlarms, job.cancellation), &own)
        let ownFactors = planned.positives.map(\.scale.x).sorted()
        var missing = planned.negativeCount
        // What is skipped comes again elsewhere.
        for _ in 0..<Self.roundLimit where missing > 0 {
            let places = try placer.negatives(
                missing, factors: ownFactors.isEmpty ? factors : ownFactors, cancellation: job.cancellation)
            guard !places.isEmpty else { break }
            missing -= try take(TilePlacer.Place.sorted(places, job.cancellation), &own)
        }
    }

    private static let roundLimit = 20

    // MARK: - Pixels

    /// What becomes of a place.
    private enum Outcome {
        case tile(Image, TilePlacer.Place)
        case lost, empty, plain
    }

    /// Reads tiles, scale by scale.
    ///
    /// - Parameter places: by scale.
    /// - Returns: how many tiles there are.
    private func read(
        _ places: [TilePlacer.Place], of scene: CutScene, _ job: Job<CutProgress>,
        _ body: (Outcome) throws -> Void
    ) throws -> Int {
        var tileCount = 0
        var next = 0
        while next < places.count {
            let scale = places[next].scale
            let end = places[next...].firstIndex { $0.scale != scale } ?? places.count
            let seen = try scene.scene.seen(at: scale)
            var reader = try SceneReader(seen)
            for place in places[next..<end] {
                try job.checkCancellation()
                let window = PixelRect(
                    x: place.x, y: place.y, width: plan.windowSize, height: plan.windowSize)
                let part = try reader.read(window, cancellation: job.cancellation)
                try seen.check()
                let outcome = outcome(of: part, window, in: seen.bounds, scene, place)
                if case .tile = outcome { tileCount += 1 }
                try body(outcome)
            }
            next = end
        }
        return tileCount
    }

    private func outcome(
        of part: ReadPart, _ window: PixelRect, in bounds: PixelRect, _ scene: CutScene,
        _ place: TilePlacer.Place
    ) -> Outcome {
        guard part.lost.allSatisfy({ $0.bounds.intersection(window) == nil }) else { return .lost }
        switch SkippedTile(
            part.pixels, at: (0, 0), side: plan.windowSize,
            seen: bounds.intersection(window) ?? window, of: window, leastValid: scene.leastValid,
            plainDeviation: plan.plainDeviation)
        {
        case .empty: return .empty
        case .plain: return .plain
        case nil: return .tile(part.pixels.image, place)
        }
    }
}

/// Why a tile is not taken, by the rules of scans.
enum SkippedTile: Hashable {
    case empty
    case plain

    /// - Parameter pixels: of a part of a scene.
    /// - Parameter corner: of the tile in the part.
    /// - Parameter seen: what of the tile lies in the scene, in pixels that are seen; the rest pads it.
    /// - Parameter window: the tile, in pixels that are seen.
    /// - Returns: `nil` for one that is taken.
    init?(
        _ pixels: MaskedImage, at corner: (x: Int, y: Int), side: Int, seen: PixelRect, of window: PixelRect,
        leastValid: Double?, plainDeviation: Double?
    ) {
        let looksAtValidity = leastValid != nil && pixels.validHW != nil
        guard looksAtValidity || plainDeviation != nil else { return nil }
        let image = pixels.image
        var valid = 0
        var brightness = 0
        var squares = 0
        for y in seen.y0 - window.y0..<seen.y1 - window.y0 {
            for x in seen.x0 - window.x0..<seen.x1 - window.x0 {
                let place = (corner.y + y) * image.width + corner.x + x
                guard pixels.validHW.map({ $0[place] != 0 }) ?? true else { continue }
                valid += 1
                guard plainDeviation != nil else { continue }
                // Rec. 601, as thousandths.
                let light =
                    (299 * Int(image.pixelsHWC[3 * place]) + 587 * Int(image.pixelsHWC[3 * place + 1])
                        + 114 * Int(image.pixelsHWC[3 * place + 2]) + 500) / 1000
                brightness += light
                squares += light * light
            }
        }
        if looksAtValidity, valid == 0 || Double(valid) < (leastValid ?? 0) * Double(seen.area) {
            self = .empty
            return
        }
        guard let plainDeviation else { return nil }
        let count = Double(max(1, valid))
        let mean = Double(brightness) / count
        guard Double(squares) / count - mean * mean < plainDeviation * plainDeviation else { return nil }
        self = .plain
    }
}
