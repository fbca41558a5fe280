import Bytes
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import Synchronization
import TestSupport
import Testing

/// Keeps what it is given, by window.
private struct Everything: ScoreCollector {
    var scores: [[Int]: [Float]] = [:]
    var skipped: [[Int]: SkipReason] = [:]
    var batchCount = 0
    /// Told of each batch.
    var onBatch: () throws -> Void = {}

    mutating func collect(_ found: WindowScores) throws {
        let classCount = found.scores.count / found.windows.windowCount
        var rest = found.scores[...]
        for row in found.windows.rows {
            for column in found.windows.columns {
                #expect(scores[[row, column]] == nil, "a window came twice")
                scores[[row, column]] = Array(rest.prefix(classCount))
                rest = rest.dropFirst(classCount)
            }
        }
        batchCount += 1
        try onBatch()
    }

    mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {
        for row in windows.rows {
            for column in windows.columns {
                #expect(
                    skipped[[row, column]] == nil && scores[[row, column]] == nil, "a window came twice")
                skipped[[row, column]] = reason
            }
        }
    }
}

private struct Features: ScoreCollector {
    var found: [[Int]: [Float]] = [:]

    mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {}

    mutating func collect(_ batch: WindowScores) {
        let count = batch.features.count / batch.windows.windowCount
        var rest = batch.features[...]
        for row in batch.windows.rows {
            for column in batch.windows.columns {
                found[[row, column]] = Array(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
        }
    }
}

private func everything(
    _ tiny: TinyScan, _ ranges: [WindowRange]? = nil, except finished: FinishedWindows? = nil,
    job: Job<ScanProgress> = Job()
) throws -> Everything {
    var collector = Everything()
    try collect(tiny, ranges, except: finished, job: job, into: &collector)
    return collector
}

private func collect(
    _ tiny: TinyScan, _ ranges: [WindowRange]? = nil, except finished: FinishedWindows? = nil,
    job: Job<ScanProgress> = Job(), into collector: inout Everything
) throws {
    let task = try tiny.task()
    let scan = try SceneScan(
        task, scene: Scene(opening: Address(tiny.scenePath)), model: tiny.model, engine: tiny.engine,
        limits: tiny.limits)
    for range in ranges ?? [task.grid.range] {
        _ = try scan.score(range, except: finished, into: &collector, job: job)
    }
}

@Suite struct SceneScanTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [(64, 48), (61, 45), (8, 8)]) func findsWhatThePlainLoopFinds(width: Int, height: Int)
        throws
    {
        let (path, image) = try folder.scene(width: width, height: height)
        let tiny = TinyScan(scenePath: path)
        let detections = try tiny.detections()
        #expect(detections == tiny.plainDetections(in: image))
        #expect(width == 8 || detections.count > 10)
    }

    @Test func lookingForNoClassInParticularFindsAll() throws {
        let (path, image) = try folder.scene(width: 64, height: 48)
        var tiny = TinyScan(scenePath: path)
        tiny.classes = []
        #expect(try tiny.detections() == tiny.plainDetections(in: image))
    }

    @Test func aClassThatTheModelCallsBackgroundIsNotLookedForUnlessItIsNamed() throws {
        let (path, image) = try folder.scene(width: 64, height: 48)
        var tiny = TinyScan(scenePath: path)
        tiny.model.background = "other"
        tiny.classes = []
        var named = tiny
        named.classes = ["boat", "car"]
        #expect(try tiny.task() == named.task())
        #expect(try tiny.detections() == named.plainDetections(in: image))
        named.classes = ["other"]
        #expect(try named.task().labels == [2])
    }

    @Test(arguments: [1, 500, 1200, 3000]) func scoresDoNotDependOnTheSizeOfBlocks(pixelLimit: Int) throws {
        let (path, _) = try folder.scene(width: 61, height: 45)
        let whole = try everything(TinyScan(scenePath: path))
        var tiny = TinyScan(scenePath: path)
        tiny.limits = ScanLimits(blockPixelLimit: pixelLimit)
        let parts = try everything(tiny)
        #expect(parts.scores == whole.scores && whole.scores.count == 15 * 11)
    }

    @Test(arguments: UInt64(0)..<8) func rangesInAnyOrderGiveEachWindowOnce(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (path, _) = try folder.scene(width: 61, height: 45)
        let tiny = TinyScan(scenePath: path)
        let whole = try everything(tiny)
        let range = try tiny.task().grid.range
        let column = Int.random(in: 0...range.columns.upperBound, using: &random)
        let parts = (1...5).flatMap { number in
            let rows = range.part(number, of: 5).rows
            return [
                WindowRange(rows: rows, columns: 0..<column),
                WindowRange(rows: rows, columns: column..<range.columns.upperBound),
            ]
        }
        #expect(try everything(tiny, parts.shuffled(using: &random)).scores == whole.scores)
    }

    @Test(arguments: UInt64(0)..<8) func partsOnADeviceThatCutsWindowsGiveWhatTheHostGives(seed: UInt64)
        throws
    {
        var random = SplitMix64(seed: seed)
        let (path, _) = try folder.scene(width: 61, height: 145)
        let whole = try everything(TinyScan(scenePath: path))
        var tiny = TinyScan(scenePath: path)
        tiny.engine = NoiseEngine(abilities: .windowScoring)
        tiny.limits = ScanLimits(blockPixelLimit: .random(in: 200...4000, using: &random))
        let count = Int.random(in: 1...9, using: &random)
        let range = try tiny.task().grid.range
        let parts = (1...count).map { range.part($0, of: count) }.shuffled(using: &random)
        #expect(try everything(tiny, parts).scores == whole.scores)
    }

    // MARK: Views

    /// By hand: the window turned clockwise by no to three quarters, then the same of its mirror image.
    private func shown(_ window: Image, _ views: WindowViews) -> [Image] {
        var mirrored = Image(width: window.width, height: window.height)
        for y in 0..<window.height {
            for x in 0..<window.width { mirrored[window.width - 1 - x, y] = window[x, y] }
        }
        guard views == .mirroredAndTurned else { return [window, mirrored] }
        return [window, mirrored].flatMap { image in
            let once = turned(image)
            let twice = turned(once)
            return [image, once, twice, turned(twice)]
        }
    }

    /// A quarter clockwise.
    private func turned(_ image: Image) -> Image {
        var turned = Image(width: image.height, height: image.width)
        for y in 0..<image.height {
            for x in 0..<image.width { turned[image.height - 1 - y, x] = image[x, y] }
        }
        return turned
    }

    @Test(arguments: [WindowViews.mirrored, .mirroredAndTurned])
    func scoresAreTheMeansOverTheViewsOfEachWindow(views: WindowViews) throws {
        let (path, image) = try folder.scene(width: 61, height: 45)
        var tiny = TinyScan(scenePath: path)
        tiny.views = views
        let (found, grid) = (try everything(tiny).scores, try tiny.task().grid)
        #expect(found.count == 15 * 11)
        for (window, scores) in found {
            let box = grid.box(row: window[0], column: window[1])
            let all = shown(image.cropped(to: box), views).map { image in
                noiseScores(of: image.pixelsHWC, classCount: 3)
            }
            #expect(all.count == views.rawValue)
            let means = (0..<3).map { label in
                all.reduce(0 as Float) { $0 + $1[label] } / Float(all.count)
            }
            #expect(scores == means)
        }
    }

    @Test(arguments: [false, true]) func aSceneThatIsTurnedHasTheSameMeansAtTurnedPlaces(isNetwork: Bool)
        throws
    {
        // All windows stand at multiples of the stride, from either side.
        let (width, height) = isNetwork ? (16, 12) : (60, 44)
        let (path, image) = try folder.scene(width: width, height: height)
        try turned(image).writePNG(to: .replacing(folder.file("turned.png")))
        var tiny = TinyScan(scenePath: path)
        tiny.views = .mirroredAndTurned
        if isNetwork {
            tiny.engine = ReferenceEngine()
            tiny.model.weights = try Network(tiny.model.architecture).initialWeights(seed: 4)
        }
        let upright = try everything(tiny).scores
        tiny.scenePath = folder.file("turned.png")
        let lying = try everything(tiny).scores
        let rowCount = (height - 8) / 4 + 1
        #expect(upright.count == lying.count && upright.count == rowCount * ((width - 8) / 4 + 1))
        for (window, scores) in upright {
            let other = try #require(lying[[window[1], rowCount - 1 - window[0]]])
            #expect(zip(scores, other).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test(arguments: UInt64(0)..<8) func meansDoNotDependOnBlocksPartsAndWhoCutsTheWindows(seed: UInt64)
        throws
    {
        var random = SplitMix64(seed: seed)
        let (path, _) = try folder.scene(width: 61, height: 145)
        var tiny = TinyScan(scenePath: path)
        tiny.views = seed % 4 < 2 ? .mirroredAndTurned : .mirrored
        let whole = try everything(tiny)
        if seed % 2 == 0 { tiny.engine = NoiseEngine(abilities: .windowScoring) }
        tiny.limits = ScanLimits(blockPixelLimit: .random(in: 200...4000, using: &random))
        let count = Int.random(in: 1...9, using: &random)
        let range = try tiny.task().grid.range
        let parts = (1...count).map { range.part($0, of: count) }.shuffled(using: &random)
        #expect(try everything(tiny, parts).scores == whole.scores)
    }

    @Test func aFolderOfMeansHasTheSameBytesForAllBlocks() throws {
        let (path, _) = try folder.scene(width: 61, height: 145)
        var tiny = TinyScan(scenePath: path)
        tiny.views = .mirroredAndTurned
        let whole = ScanFolder(path: folder.file("whole"))
        try tiny.run(into: whole)
        tiny.limits = ScanLimits(blockPixelLimit: 700)
        let other = ScanFolder(path: folder.file("other"))
        try tiny.run(into: other)
        #expect(try comparedFiles(of: other) == comparedFiles(of: whole))
    }

    @Test func aCancelledScanOfViewsOnADeviceEnds() throws {
        let (path, _) = try folder.scene(width: 64, height: 480)
        var tiny = TinyScan(scenePath: path)
        (tiny.views, tiny.engine) = (.mirrored, NoiseEngine(abilities: .windowScoring))
        tiny.limits = ScanLimits(blockPixelLimit: 64 * 24)
        let job = Job<ScanProgress>()
        var collector = Everything()
        collector.onBatch = { job.cancellation.request() }
        #expect(throws: Cancelled.self) { try collect(tiny, job: job, into: &collector) }
        #expect(collector.batchCount == 1)
    }

    @Test func featuresComeBesideTheScoresWhereTheyAreAskedFor() throws {
        let (path, image) = try folder.scene(width: 20, height: 12)
        var tiny = TinyScan(scenePath: path)
        tiny.engine = ReferenceEngine()
        tiny.model.weights = try Network(tiny.model.architecture).initialWeights(seed: 4)
        let scan = try SceneScan(
            tiny.task(), scene: Scene(opening: Address(path)), model: tiny.model, engine: tiny.engine,
            deliversFeatures: true)
        var collector = Features()
        _ = try scan.score(tiny.task().grid.range, into: &collector, job: Job())
        let program = try tiny.engine.featureScoringProgram(
            for: Network(tiny.model.architecture), weights: tiny.model.weights, batchSize: 1)
        let window = image.cropped(to: PixelRect(x: 8, y: 4, width: 8, height: 8))
        var scores = [Float](repeating: 0, count: 3)
        var features = [Float](repeating: 0, count: program.featureCount)
        var scoreSpan = scores.mutableSpan
        var featureSpan = features.mutableSpan
        try program.score(window.pixelsHWC.span, into: &scoreSpan, features: &featureSpan)
        #expect(
            collector.found.count == 4 * 2 && collector.found[[1, 2]] == features
                && features.contains { $0 > 0 })
        #expect(try everything(tiny).scores[[1, 2]] == scores)
    }

    @Test func anEngineWithOtherNumericsTakesNothing() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        var task = try TinyScan(scenePath: path).task()
        task.numerics.library = "another"
        let error = #expect(throws: ScanError.self) {
            try SceneScan(task, scene: Scene(opening: Address(path)), model: tinyModel, engine: NoiseEngine())
        }
        #expect(error?.description.contains("library none, not another") == true)
    }

    @Test func windowsThatAreFinishedAreNotScoredAgain() throws {
        let (path, _) = try folder.scene(width: 61, height: 45)
        let tiny = TinyScan(scenePath: path)
        let whole = try everything(tiny)
        var finished = FinishedWindows(rowCount: 11)
        let done = WindowRange(rows: 2..<6, columns: 3..<15)
        finished.insert(done)
        let rest = try everything(tiny, except: finished)
        #expect(rest.scores.count == whole.scores.count - done.windowCount)
        #expect(rest.scores.allSatisfy { whole.scores[$0] == $1 })
    }

    @Test func progressBeginsWithWhatWasFinishedAndEndsWithAllWindows() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let tiny = TinyScan(scenePath: path)
        var finished = FinishedWindows(rowCount: 11)
        finished.insert(WindowRange(rows: 0..<4, columns: 0..<15))
        let seen = Mutex<[ScanProgress]>([])
        _ = try everything(
            tiny, except: finished, job: Job(progress: { value in seen.withLock { $0.append(value) } }))
        let counts = seen.withLock { $0.map(\.finishedWindowCount) }
        #expect(counts == counts.sorted() && counts.first == 60 && counts.last == 15 * 11)
        #expect(seen.withLock { $0.last?.scoredWindowCount } == 15 * 7)
    }

    @Test func aScanThatBeginsReportsNoWindowsBeforeTheFirst() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let seen = Mutex<[ScanProgress]>([])
        _ = try everything(
            TinyScan(scenePath: path), job: Job(progress: { value in seen.withLock { $0.append(value) } }))
        #expect(seen.withLock { $0.allSatisfy { $0.scoredWindowCount > 0 } && !$0.isEmpty })
    }

    @Test func aCancelledScanEndsAfterTheBatchThatIsUnderWay() throws {
        let (path, _) = try folder.scene(width: 64, height: 480)
        let job = Job<ScanProgress>()
        var collector = Everything()
        collector.onBatch = { job.cancellation.request() }
        #expect(throws: Cancelled.self) { try collect(TinyScan(scenePath: path), job: job, into: &collector) }
        #expect(collector.batchCount == 1)
    }

    @Test func aCollectorThatCannotTakeMoreEndsTheScan() throws {
        struct Full: Error {}
        let (path, _) = try folder.scene(width: 64, height: 48)
        var collector = Everything()
        collector.onBatch = { throw Full() }
        #expect(throws: Full.self) { try collect(TinyScan(scenePath: path), into: &collector) }
    }

    @Test func aBlockThatCannotBeReadLeavesTheOthers() throws {
        let (_, image) = try folder.scene(width: 64, height: 480)
        var tiny = TinyScan(scenePath: try folder.cutScene(image, rowCount: 200))
        tiny.limits = ScanLimits(blockPixelLimit: 64 * 80)
        var collector = Everything()
        let error = #expect(throws: ScanError.self) { try collect(tiny, into: &collector) }
        #expect(error?.code == .unreadable && error?.description.contains("cut.tif") == true)
        let whole = try everything(TinyScan(scenePath: folder.file("scene.png")))
        #expect(collector.scores.count > 400 && collector.scores.allSatisfy { whole.scores[$0] == $1 })
    }

    @Test func aSceneOfWhichNothingCanBeReadIsTheRastersError() throws {
        let (_, image) = try folder.scene(width: 64, height: 48)
        let tiny = TinyScan(scenePath: try folder.cutScene(image, rowCount: 4))
        #expect(throws: RasterError.self) { try everything(tiny) }
    }

    @Test func aScoreThatIsNoNumberIsAnErrorThatNamesTheWindow() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let rule = CandidateRule(try TinyScan(scenePath: path).task(), classCount: 3, model: "m.safetensors")
        let windows = WindowRange(rows: 2..<3, columns: 4..<6)
        let error = #expect(throws: ScanError.self) {
            try rule.candidates(in: WindowScores(windows: windows, scores: [0.1, 0.2, 0.7, 0, .nan, 0]))
        }
        #expect(error?.code == .scoreIsNaN)
        #expect(error?.operation == "score the window at 20,8 with m.safetensors")
    }

    @Test func aSceneThatIsReplacedMeanwhileIsAnErrorAndNoPicture() throws {
        let (path, _) = try folder.scene(width: 64, height: 480)
        var tiny = TinyScan(scenePath: path)
        tiny.limits = ScanLimits(blockPixelLimit: 64 * 24)
        var collector = Everything()
        var isReplaced = false
        collector.onBatch = {
            guard !isReplaced else { return }
            isReplaced = true
            try Image(width: 20, height: 20).writePNG(to: .replacing(path))
        }
        let error = #expect(throws: RasterError.self) { try collect(tiny, into: &collector) }
        #expect(error?.code == .sceneChanged && error?.description.contains("replaced") == true)
        #expect(collector.scores.count < 1000)
    }

    @Test func theSceneOfAnotherTaskIsRefused() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let task = try TinyScan(scenePath: path).task()
        let (other, _) = try folder.scene(width: 64, height: 48, seed: 2)
        #expect(throws: ScanError.self) {
            try SceneScan(
                task, scene: Scene(opening: Address(other)), model: tinyModel, engine: NoiseEngine())
        }
    }

    @Test(arguments: [(8, 2048), (32, 2048), (64, 512), (224, 41), (4000, 16)])
    func theEngineIsGivenFewerWindowsWhereTheyAreLarge(windowSize: Int, count: Int) {
        #expect(BatchSize.most(windowSize: windowSize) == count)
    }

    @Test func twoScansAtOnceFindWhatEachFindsAlone() throws {
        let paths = try (1...2).map { seed in
            let (path, _) = try folder.scene(width: 90, height: 70, seed: UInt64(seed))
            try FileManager.default.moveItem(atPath: path, toPath: folder.file("\(seed).png"))
            return folder.file("\(seed).png")
        }
        let alone = try paths.map { try everything(TinyScan(scenePath: $0)).scores }
        let together = Mutex<[Int: [[Int]: [Float]]]>([:])
        let end = DispatchSemaphore(value: 0)
        for index in 0..<2 {
            Thread {
                let found = (try? everything(TinyScan(scenePath: paths[index])).scores) ?? [:]
                together.withLock { $0[index] = found }
                end.signal()
            }.start()
        }
        for _ in 0..<2 { end.wait() }
        #expect(together.withLock { [$0[0], $0[1]] } == alone)
    }
}
