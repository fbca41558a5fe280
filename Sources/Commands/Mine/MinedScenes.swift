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

/// Windows of scenes, or whole scenes, for `mine`.
struct MinedScenes: MinedData {
    let candidates: Candidates
    var noun: String { areWhole ? "scenes" : "windows" }
    var sceneCount: Int { scenes.count }
    private let scenes: [Scene]
    private let areWhole: Bool

    init(
        _ command: Mine, _ model: ScannedModel?, _ engine: (any Engine)?, strategy: PickStrategy,
        line: ProgressLine
    ) throws {
        let scenes = try command.scenes(model?.model, line)
        let labelled = try command.labelledPlaces(in: scenes.map(\.scene))
        var found = SceneCandidates(
            classes: model?.model.classes ?? [], background: model?.model.background)
        if let model, let engine {
            var heldByteCount = 0
            for (chosen, labelled) in zip(scenes, labelled) {
                let task = try command.task(chosen, model, engine)
                try command.checkMemory(
                    task, chosen.scene.address, model.model, strategy, &heldByteCount)
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
        } else if command.whole {
            try command.addWholes(of: scenes.map(\.scene), labelled: labelled, strategy, to: &found, line)
        } else {
            try command.addPictures(of: scenes, labelled: labelled, strategy, to: &found, line)
        }
        self.scenes = scenes.map(\.scene)
        areWhole = command.whole
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

    func pictures(of items: [Int], cancellation: Cancellation) throws -> [Image] {
        areWhole
            ? try wholePictures(of: items, cancellation: cancellation)
            : try windowPictures(of: items, cancellation: cancellation)
    }

    private func wholePictures(of items: [Int], cancellation: Cancellation) throws -> [Image] {
        let read = try WholePictures(
            of: items.map { scenes[scene(of: $0)] },
            threads: ProcessInfo.processInfo.activeProcessorCount, job: Job(cancellation: cancellation)
        ) { $0.bounds.sizeFitting(maxSide: Self.side) }
        return read.pictures.map { Self.square($0 ?? Image(width: 1, height: 1)) }
    }

    /// Each window with half as much around it.
    private func windowPictures(of items: [Int], cancellation: Cancellation) throws -> [Image] {
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
                pictures[index] = Self.square(picture)
            }
        }
        return pictures.compactMap(\.self)
    }

    /// A picture in the middle of a grey square.
    private static func square(_ picture: Image) -> Image {
        var square = Image(width: side, height: side)
        square.fill(square.bounds, color: RGB(128, 128, 128))
        square.paste(picture, x: (side - picture.width) / 2, y: (side - picture.height) / 2)
        return square
    }

    private static func part(around box: PixelRect, in bounds: PixelRect) -> PixelRect {
        let (x, y) = (box.width / 4, box.height / 4)
        let wide = PixelRect(x0: box.x0 - x, y0: box.y0 - y, x1: box.x1 + x, y1: box.y1 + y)
        return wide.intersection(bounds) ?? box
    }
}

extension Mine {
    /// The scenes that are named, as they are seen. Where each is one candidate, those that cannot be opened are left out.
    fileprivate func scenes(_ model: Model?, _ line: ProgressLine) throws -> [ChosenScene] {
        let job = Job<ScanProgress>(on: line) { _ in "" }
        var scenes: [ChosenScene] = []
        for entry in SceneList(data, lists: [], output: output).entries {
            try job.checkCancellation()
            do {
                scenes.append(try scene(entry, model, job))
            } catch let error where whole && !(error is Cancelled) {
                ProgressLine.warn("left out: \(error)")
            }
            let count = scenes.count
            if whole { line.show("\(grouped(count)) scenes opened") }
        }
        return scenes
    }

    private func scene(
        _ entry: SceneList.Entry, _ model: Model?, _ job: Job<ScanProgress>
    ) throws -> ChosenScene {
        guard let address = entry.address else {
            throw CommandError(
                operation: "choose \(whole ? "scenes" : "windows")", path: entry.name,
                cause: entry.failure ?? "it is no scene")
        }
        if let model {
            return try sceneOptions.open(
                address, for: model, classes: [], stride: stride(model.architecture.inputSize),
                fill: fillOption, job: job)
        }
        var request = SceneViewRequest(windowSize: whole ? 1 : side, stride: stride(side))
        if let colour = fillOption.fill?.colour { request.fill = colour }
        if let scales = sceneOptions.scales { request.scales = scales.numbers.map { .factor($0) } }
        if let resolution = sceneOptions.resolution { request.scales = [.pixelSize(resolution.metres)] }
        return try sceneOptions.open(address, request, job: job)
    }

    /// What is labelled already, by scene.
    fileprivate func labelledPlaces(in scenes: [Scene]) throws -> [[Annotation]] {
        guard let labelled else { return scenes.map { _ in [] } }
        let file = try AnnotationFile(opening: Address(labelled), cancellation: .ofSignals)
        let names = Set(scenes.map(\.address.lastComponent))
        return try scenes.map { try file.annotationsIfNamed(of: AnnotatedScene($0), among: names) }
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
    ///
    /// - Parameter heldByteCount: of the scenes before this one.
    fileprivate func checkMemory(
        _ task: ScanTask, _ address: Address, _ model: Model, _ strategy: PickStrategy,
        _ heldByteCount: inout Int
    ) throws {
        let featureCount = strategy.needsFeatures ? Self.usualFeatureCount : 0
        // A place has four numbers of eight bytes.
        heldByteCount += task.grid.windowCount * ((model.classes.count + featureCount) * 4 + 32)
        guard heldByteCount > Int(ProcessInfo.processInfo.physicalMemory / 2) else { return }
        throw CommandError(
            operation: "choose windows", path: "\(address)",
            cause:
                "what the model says of \(grouped(task.grid.windowCount)) windows needs \(heldByteCount >> 30) GiB of memory, with those of the scenes before it; give a larger --stride, or --region"
        )
    }

    /// Looks at windows, of many at a seeded sample.
    fileprivate func addPictures(
        of scenes: [ChosenScene], labelled: [[Annotation]], _ strategy: PickStrategy,
        to found: inout SceneCandidates, _ line: ProgressLine
    ) throws {
        let sample = WindowSample(
            try scenes.map { try field(of: $0) }, limit: WindowPictures.limit, seed: seed)
        if sample.isPart {
            let all: TerminalText = sample.totalCount.map { "\(grouped($0))" } ?? "many"
            ProgressLine.warn(
                "of \(all) windows a sample of \(grouped(sample.count)) is looked at; with a model, all are")
        }
        var (read, done): ([WindowPictures], Int) = ([], 0)
        let total = sample.count
        for (chosen, windows) in zip(scenes, sample.windows) {
            let job = Job<Int>(on: line) { [done] in
                "\(grouped(done + $0)) of \(grouped(total)) windows read"
            }
            let pictures = try WindowPictures(windows, of: chosen.scene, chosen.selection, job: job)
            if let damage = pictures.damage {
                ProgressLine.warn(
                    "\(counted(pictures.damagedCount, "window")) of \(chosen.scene.address) cannot be read and are left out; the first: \(damage)"
                )
            }
            read.append(pictures)
            done += windows.count
        }
        let features = features(of: read.flatMap(\.pixelsNHWC), strategy, line)
        var first = 0
        for (pictures, labelled) in zip(read, labelled) {
            let width = PatchFeatures.width
            let end = first + pictures.places.count
            let own = features.map { $0.values[first * width..<end * width] }
            found.add(places: pictures.places, features: own, labelled: labelled)
            first = end
        }
    }

    /// Looks at each scene as a whole. Those that cannot be read are left out.
    fileprivate func addWholes(
        of scenes: [Scene], labelled: [[Annotation]], _ strategy: PickStrategy,
        to found: inout SceneCandidates, _ line: ProgressLine
    ) throws {
        let count = scenes.count
        let job = Job<Int>(on: line) { "\(grouped($0)) of \(grouped(count)) scenes read" }
        let read = try WholePictures(
            of: scenes, threads: ProcessInfo.processInfo.activeProcessorCount, job: job)
        for (_, words) in read.failures.sorted(by: { $0.key < $1.key }) {
            ProgressLine.warn("left out: \(words)")
        }
        let pictures = read.pictures.compactMap(\.self)
        let features = features(of: pictures.flatMap(\.pixelsHWC), strategy, line)
        let width = PatchFeatures.width
        var number = 0
        for (scene, (picture, labelled)) in zip(scenes, zip(read.pictures, labelled)) {
            guard picture != nil else {
                // The number of a scene is its place in the list.
                found.add(places: [], features: nil, labelled: [])
                continue
            }
            let own = features.map { $0.values[number * width..<(number + 1) * width] }
            found.add(places: [scene.bounds], features: own, labelled: labelled)
            number += 1
        }
    }

    private func features(
        of pixelsNHWC: [UInt8], _ strategy: PickStrategy, _ line: ProgressLine
    ) -> FloatRows? {
        guard strategy.needsFeatures, !pixelsNHWC.isEmpty else { return nil }
        line.show("learning what \(whole ? "scenes" : "windows") have in common")
        return PatchFeatures(learningFrom: pixelsNHWC, seed: seed)
            .features(of: pixelsNHWC, threads: ProcessInfo.processInfo.activeProcessorCount)
    }

    /// The windows in the area that is asked for.
    private func field(of chosen: ChosenScene) throws -> WindowField {
        let scene = chosen.scene
        let grid = try ScanGrid(
            sceneWidth: scene.width, sceneHeight: scene.height, windowSize: side, stride: stride(side))
        guard let area = chosen.selection?.area else { return WindowField(grid) }
        let index = PolygonIndex(area.polygons)
        let size = AnnotatedScene(scene)
        return WindowField(
            grid,
            bounds: area.bounds(
                x: Double(scene.width) / Double(size.width), y: Double(scene.height) / Double(size.height))
        ) { box in
            let place = scene.view?.full(box) ?? box
            return index.contains(
                x: Double(place.x0 + place.x1) / 2, y: Double(place.y0 + place.y1) / 2)
        }
    }
}

extension ScanArea {
    /// In pixels of the scene as it is seen, and a pixel of the scene more, because places are rounded; `nil` for no polygon.
    ///
    /// - Parameter x: columns that are seen for one column of the scene.
    fileprivate func bounds(x: Double, y: Double) -> (x: ClosedRange<Double>, y: ClosedRange<Double>)? {
        func interval(_ first: Int, _ scale: Double) -> ClosedRange<Double>? {
            let places = polygons.joined().lazy.flatMap { ring in
                Swift.stride(from: first, to: ring.count, by: 2).lazy.map { ring[$0] * scale }
            }
            guard let least = places.min(), let greatest = places.max() else { return nil }
            return least - scale - 1...greatest + scale + 1
        }
        guard let columns = interval(0, x), let rows = interval(1, y) else { return nil }
        return (columns, rows)
    }
}

extension AnnotationFile {
    /// The annotations of a scene; none where the file names other scenes only, because nothing is labelled there yet.
    ///
    /// - Parameter others: as `annotations(of:among:)` has them.
    func annotationsIfNamed(
        of scene: AnnotatedScene, among others: Set<String> = []
    ) throws -> [Annotation] {
        do {
            return try annotations(of: scene, among: others).annotations
        } catch let error as AnnotationError where error.code == .unknownScene {
            return []
        }
    }
}
