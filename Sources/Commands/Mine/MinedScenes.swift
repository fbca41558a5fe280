import Annotations
import Bytes
import Engines
import Files
import Foundation
import Mining
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning

/// Windows of scenes, for `mine`.
struct MinedScenes: MinedData {
    let candidates: Candidates
    var noun: String { "windows" }
    private let scenes: [Scene]

    init(
        _ command: Mine, _ model: ScannedModel?, _ engine: (any Engine)?, strategy: PickStrategy,
        line: ProgressLine
    ) throws {
        let scenes = try command.scenes(model?.model, line)
        let labels = try command.labelled.map {
            try AnnotationFile(opening: Address($0), cancellation: .ofSignals)
        }
        let labelled = try scenes.map {
            try labels?.annotationsIfNamed(of: AnnotatedScene($0.scene)) ?? []
        }
        var found = SceneCandidates(classes: model?.model.classes ?? [])
        if let model, let engine {
            for (chosen, labelled) in zip(scenes, labelled) {
                let task = try command.task(chosen, model, engine)
                try command.checkMemory(task, model.model, strategy)
                var windows = CollectedWindows(task, classCount: model.model.classes.count)
                let scan = try SceneScan(
                    task, scene: chosen.scene, model: model.model, engine: engine,
                    deliversFeatures: strategy.needsFeatures)
                let job = Job<ScanProgress>(on: line) { progress in
                    "\(chosen.scene.address): \(grouped(progress.finishedWindowCount)) of \(grouped(progress.windowCount)) windows scored"
                }
                do {
                    _ = try scan.score(task.grid.range, into: &windows, job: job)
                } catch let error as ScanError where error.code == .unreadable {
                    // The others are scored all the same.
                    ProgressLine.warn("\(chosen.scene.address): \(error)")
                }
                found.add(windows, labelled: labelled)
            }
        } else {
            try command.addPictures(of: scenes, labelled: labelled, strategy, to: &found, line)
        }
        self.scenes = scenes.map(\.scene)
        candidates = found.candidates
    }

    private func box(of item: Int) -> PixelRect {
        let place = candidates.places[item]
        return PixelRect(x0: Int(place.x0), y0: Int(place.y0), x1: Int(place.x1), y1: Int(place.y1))
    }

    private func scene(of item: Int) -> Int { Int(candidates.places[item].scene) }

    func place(of item: Int) -> MinedRow.Place {
        .window(scene: scenes[scene(of: item)].address.description, box: box(of: item))
    }

    /// Side of a picture, in pixels.
    private static let side = 112

    /// Each window with half as much around it.
    func pictures(of items: [Int], cancellation: Cancellation) throws -> [Image] {
        var pictures = [Image?](repeating: nil, count: items.count)
        for (number, scene) in scenes.enumerated() {
            let own = items.indices.filter { self.scene(of: items[$0]) == number }
            guard !own.isEmpty else { continue }
            let raster = try scene.openAtFullSize()
            // From top to bottom, as files can be read best.
            for index in own.sorted(by: { box(of: items[$0]).y0 < box(of: items[$1]).y0 }) {
                let box = box(of: items[index])
                let part = Self.part(around: box, in: raster.bounds)
                let scale = Double(Self.side) / Double(max(part.width, part.height))
                func shown(_ length: Int) -> Int { Int((Double(length) * scale).rounded()) }
                var picture = try raster.read(part, cancellation: cancellation)
                    .resized(width: max(1, shown(part.width)), height: max(1, shown(part.height)))
                picture.draw(
                    BoxMark(color: RGB(255, 255, 255), shape: .corners),
                    around: PixelRect(
                        x0: shown(box.x0 - part.x0), y0: shown(box.y0 - part.y0),
                        x1: shown(box.x1 - part.x0), y1: shown(box.y1 - part.y0)),
                    lineWidth: 2)
                // At the border of a scene there is less around a window.
                var square = Image(width: Self.side, height: Self.side)
                square.fill(square.bounds, color: RGB(128, 128, 128))
                square.paste(
                    picture, x: (Self.side - picture.width) / 2, y: (Self.side - picture.height) / 2)
                pictures[index] = square
            }
        }
        return pictures.compactMap(\.self)
    }

    private static func part(around box: PixelRect, in bounds: PixelRect) -> PixelRect {
        let (x, y) = (box.width / 4, box.height / 4)
        let wide = PixelRect(x0: box.x0 - x, y0: box.y0 - y, x1: box.x1 + x, y1: box.y1 + y)
        return wide.intersection(bounds) ?? box
    }
}

extension Mine {
    /// The scenes that are named, as they are seen.
    fileprivate func scenes(_ model: Model?, _ line: ProgressLine) throws -> [ChosenScene] {
        let job = Job<ScanProgress>(on: line) { _ in "" }
        return try SceneList(data, lists: [], output: output).entries.map { entry in
            guard let address = entry.address else {
                throw CommandError(
                    operation: "choose windows", path: entry.name, cause: entry.failure ?? "it is no scene")
            }
            guard let model else {
                return try sceneOptions.open(address, SceneViewRequest(windowSize: side), job: job)
            }
            return try sceneOptions.open(
                address, for: model, classes: [], stride: stride(model.architecture.inputSize),
                fill: fillOption, job: job)
        }
    }

    private var side: Int { window ?? Self.usualWindow }
    private func stride(_ side: Int) -> Int { stride ?? max(1, side / 2) }

    fileprivate func task(
        _ chosen: ChosenScene, _ model: ScannedModel, _ engine: any Engine
    ) throws -> ScanTask {
        let numerics = try engine.numerics(
            scoring: Network(model.model.architecture), weights: model.model.weights)
        return try ScanTask(
            scene: chosen.scene, model: model.model, digest: model.digest,
            stride: stride(model.model.architecture.inputSize), selection: chosen.selection,
            numerics: numerics)
    }

    /// How many features a window has with the largest networks that scenes are usually scored with.
    private static var usualFeatureCount: Int { 512 }

    /// What is known of each window is held until the choice is made.
    fileprivate func checkMemory(_ task: ScanTask, _ model: Model, _ strategy: PickStrategy) throws {
        let featureCount = strategy.needsFeatures ? Self.usualFeatureCount : 0
        let byteCount = task.grid.windowCount * (model.classes.count + featureCount) * 4
        guard byteCount > Int(ProcessInfo.processInfo.physicalMemory / 2) else { return }
        throw CommandError(
            operation: "choose windows", path: data[0],
            cause:
                "what the model says of \(grouped(task.grid.windowCount)) windows needs \(byteCount >> 30) GiB of memory; give a larger --stride, or --region"
        )
    }

    /// Looks at windows, of many at a seeded sample.
    fileprivate func addPictures(
        of scenes: [ChosenScene], labelled: [[Annotation]], _ strategy: PickStrategy,
        to found: inout SceneCandidates, _ line: ProgressLine
    ) throws {
        var windows = try scenes.map { try self.windows(of: $0) }
        let count = windows.reduce(0) { $0 + $1.count }
        if count > WindowPictures.limit {
            ProgressLine.warn(
                "of \(grouped(count)) windows a sample of \(grouped(WindowPictures.limit)) is looked at; with a model, all are"
            )
            var random = SplitMix64(seed: seed, stream: 2)
            let kept = random.sample(WindowPictures.limit, of: count)
            var first = 0
            for index in windows.indices {
                let all = windows[index]
                windows[index] = all.indices.filter { kept[first + $0] }.map { all[$0] }
                first += all.count
            }
        }
        var (read, done): ([WindowPictures], Int) = ([], 0)
        let total = windows.reduce(0) { $0 + $1.count }
        for (chosen, windows) in zip(scenes, windows) {
            let job = Job<Int>(on: line) { [done] in
                "\(grouped(done + $0)) of \(grouped(total)) windows read"
            }
            read.append(try WindowPictures(windows, of: chosen.scene, chosen.selection, job: job))
            done += windows.count
        }
        var features: FloatRows?
        let pixels = read.flatMap(\.pixelsNHWC)
        if strategy.needsFeatures, !pixels.isEmpty {
            line.show("learning what windows have in common")
            features = PatchFeatures(learningFrom: pixels, seed: seed)
                .features(of: pixels, threads: ProcessInfo.processInfo.activeProcessorCount)
        }
        var first = 0
        for (pictures, labelled) in zip(read, labelled) {
            let width = PatchFeatures.width
            let end = first + pictures.places.count
            let own = features.map { $0.values[first * width..<end * width] }
            found.add(places: pictures.places, features: own, labelled: labelled)
            first = end
        }
    }

    /// All windows in the area that is asked for, in pixels of the scene as it is seen.
    private func windows(of chosen: ChosenScene) throws -> [PixelRect] {
        let grid = try ScanGrid(
            sceneWidth: chosen.scene.width, sceneHeight: chosen.scene.height, windowSize: side,
            stride: stride(side))
        let area = chosen.selection?.area.map { PolygonIndex($0.polygons) }
        return grid.range.rows.flatMap { row in
            grid.range.columns.compactMap { column -> PixelRect? in
                let box = grid.box(row: row, column: column)
                let place = chosen.scene.view?.full(box) ?? box
                let (x, y) = (Double(place.x0 + place.x1) / 2, Double(place.y0 + place.y1) / 2)
                return area?.contains(x: x, y: y) ?? true ? box : nil
            }
        }
    }
}

extension AnnotationFile {
    /// The annotations of a scene; none where the file names other scenes only, because nothing is labelled there yet.
    func annotationsIfNamed(of scene: AnnotatedScene) throws -> [Annotation] {
        do {
            return try annotations(of: scene).annotations
        } catch let error as AnnotationError where error.code == .unknownScene {
            return []
        }
    }
}
