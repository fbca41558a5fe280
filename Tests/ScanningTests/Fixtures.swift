import Annotations
import Bytes
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import TestRasters
import TestSupport

extension TemporaryFolder {
    /// Writes a scene of noise and gives its path.
    func scene(width: Int, height: Int, seed: UInt64 = 1) throws -> (path: String, image: Image) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let image = Image(width: width, height: height, pixelsHWC: bytes)
        try image.writePNG(to: .replacing(file("scene.png")))
        return (file("scene.png"), image)
    }

    /// Writes the image as an uncompressed TIFF in strips of 16 rows, all but the rows from `rowCount` on.
    func cutScene(_ image: Image, rowCount: Int) throws -> String {
        let stripCount = (image.height + 15) / 16
        let rowByteCount = image.width * 3
        let dataOffset = 8 + 2 + 10 * 12 + 4 + 6 + 8 * stripCount
        let valuesOffset = dataOffset - 6 - 8 * stripCount
        let offsets = (0..<stripCount).map { dataOffset + $0 * 16 * rowByteCount }
        let byteCounts = (0..<stripCount).map { min(16, image.height - $0 * 16) * rowByteCount }
        /// Tag, type (3 has two bytes, 4 has four), count, value or place of the values.
        let entries = [
            [256, 4, 1, image.width], [257, 4, 1, image.height], [258, 3, 3, valuesOffset], [259, 3, 1, 1],
            [262, 3, 1, 2], [273, 4, stripCount, valuesOffset + 6], [277, 3, 1, 3], [278, 4, 1, 16],
            [279, 4, stripCount, valuesOffset + 6 + 4 * stripCount], [284, 3, 1, 1],
        ]
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var tiff = Array("II".utf8) + bytes(42, 2) + bytes(8, 4) + bytes(entries.count, 2)
        for entry in entries {
            tiff += bytes(entry[0], 2) + bytes(entry[1], 2) + bytes(entry[2], 4) + bytes(entry[3], 4)
        }
        tiff += bytes(0, 4) + bytes(8, 2) + bytes(8, 2) + bytes(8, 2)
        tiff += (offsets + byteCounts).flatMap { bytes($0, 4) }
        tiff += image.pixelsHWC[..<(rowCount * rowByteCount)]
        try Data(tiff).write(to: URL(filePath: file("cut.tif")))
        return file("cut.tif")
    }
}

/// Scores that depend on nothing but an image's own pixels: noise that is the same for the same bytes.
func noiseScores(of pixelsHWC: some Sequence<UInt8>, classCount: Int) -> [Float] {
    let seed = pixelsHWC.reduce(14_695_981_039_346_656_037 as UInt64) {
        ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    var random = SplitMix64(seed: seed)
    let values = (0..<classCount).map { _ in Float.random(in: 0...1, using: &random) }
    return values.map { $0 / values.reduce(0, +) }
}

/// An engine whose programs give `noiseScores`: exact ones of a window, dense ones of all that a network may see of a
/// window's block.
struct NoiseEngine: Engine {
    let description = "noise"
    var abilities = Abilities.denseScoring
    let numerics = Numerics(engine: "noise", precision: .fp32, library: "none")
    /// Of a block in a dense scan; a larger one does not fit its memory.
    var densePixelLimit = Int.max
    var blocksPerCall = 1
    /// Calls of a dense program whose scores were not asked for yet; one more does not fit its memory.
    var denseCallLimit = Int.max

    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        throw EngineError(code: .unsupportedGraph, operation: "evaluate", cause: "this engine only scores")
    }

    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        NoiseProgram(
            byteCount: network.architecture.inputSize * network.architecture.inputSize * 3,
            classCount: network.architecture.classCount)
    }

    func windowScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, batchSize: Int
    ) throws(EngineError) -> any WindowScoringProgram {
        NoiseWindowProgram(
            windowSize: network.architecture.inputSize, classCount: network.architecture.classCount,
            blockSize: blockSize)
    }

    func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram {
        guard blockSize.height * blockSize.width <= densePixelLimit else {
            throw EngineError(code: .outOfMemory, operation: "score", cause: "there is too little of it")
        }
        return try DenseNoiseProgram(
            network, blockSize: blockSize, stride: stride, blocksPerCall: blocksPerCall,
            callLimit: denseCallLimit)
    }

    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        throw EngineError(code: .unsupportedGraph, operation: "train", cause: "this engine only scores")
    }
}

private final class NoiseProgram: ScoringProgram {
    private let byteCount: Int
    private let classCount: Int

    init(byteCount: Int, classCount: Int) { (self.byteCount, self.classCount) = (byteCount, classCount) }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        for window in 0..<pixelsNHWC.count / byteCount {
            let bytes = (window * byteCount..<(window + 1) * byteCount).map { pixelsNHWC[$0] }
            for (label, score) in noiseScores(of: bytes, classCount: classCount).enumerated() {
                scores[window * classCount + label] = score
            }
        }
    }
}

/// Scores of windows that it cuts itself, seven at a time.
private final class NoiseWindowProgram: WindowScoringProgram {
    private let windowSize: Int
    private let classCount: Int
    private let blockSize: BlockSize

    init(windowSize: Int, classCount: Int, blockSize: BlockSize) {
        (self.windowSize, self.classCount) = (windowSize, classCount)
        self.blockSize = blockSize
    }

    func score(
        _ corners: [WindowCorner], of pixelsHWC: Span<UInt8>, size: BlockSize,
        take: (_ windows: Range<Int>, _ scores: [Float]) -> Bool
    ) throws(EngineError) -> Bool {
        precondition(size.height <= blockSize.height && size.width <= blockSize.width)
        let block = Image(
            width: size.width, height: size.height, pixelsHWC: pixelsHWC.indices.map { pixelsHWC[$0] })
        for first in stride(from: 0, to: corners.count, by: 7) {
            let windows = first..<min(first + 7, corners.count)
            let scores = corners[windows].flatMap { corner in
                let rect = PixelRect(x: corner.x, y: corner.y, width: windowSize, height: windowSize)
                return noiseScores(of: block.cropped(to: rect).pixelsHWC, classCount: classCount)
            }
            guard take(windows, scores) else { return false }
        }
        return true
    }
}

/// What a network may see of the window at `x`, `y`.
func seen(x: Int, y: Int, windowSize: Int, reach: Int, in image: Image) -> Image {
    let rect = PixelRect(
        x0: x - reach, y0: y - reach, x1: x + windowSize + reach, y1: y + windowSize + reach)
    return image.cropped(to: rect.intersection(image.bounds) ?? rect)
}

private final class DenseNoiseProgram: DenseScoringProgram {
    let blocksPerCall: Int
    private let blockSize: BlockSize
    private let stride: Int
    private let windowSize: Int
    private let classCount: Int
    private let reach: Int
    private let callLimit: Int
    private var begunCount = 0

    init(
        _ network: Network, blockSize: BlockSize, stride: Int, blocksPerCall: Int, callLimit: Int
    ) throws(EngineError) {
        self.callLimit = callLimit
        (self.blockSize, self.stride, self.blocksPerCall) = (blockSize, stride, blocksPerCall)
        (windowSize, classCount) = (network.architecture.inputSize, network.architecture.classCount)
        do {
            let geometry = try network.denseGeometry()
            precondition(
                [blockSize.height, blockSize.width, stride].allSatisfy {
                    $0.isMultiple(of: geometry.totalStride)
                })
            reach = geometry.reach
        } catch {
            throw EngineError(code: .unsupportedGraph, operation: "score", cause: error.description)
        }
    }

    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> PendingScores {
        precondition((1...blocksPerCall).contains(blocks.count))
        guard begunCount < callLimit else {
            throw EngineError(code: .outOfMemory, operation: "score", cause: "there is too little of it")
        }
        begunCount += 1
        let scores = blocks.map { bytes in
            let block = Image(width: blockSize.width, height: blockSize.height, pixelsHWC: bytes)
            return Swift.stride(from: 0, through: block.height - windowSize, by: stride).flatMap { y in
                Swift.stride(from: 0, through: block.width - windowSize, by: stride).flatMap { x in
                    let part = seen(x: x, y: y, windowSize: windowSize, reach: reach, in: block)
                    return noiseScores(of: part.pixelsHWC, classCount: classCount)
                }
            }
        }
        return PendingScores {
            self.begunCount -= 1
            return scores
        }
    }
}

/// A model of three classes that takes 8×8 pixels; `NoiseEngine` needs no weights.
let tinyModel = Model(
    architecture: Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 8),
    classes: ["boat", "car", "other"], weights: [:], provenance: [:])

/// A scan of a small scene with `tinyModel` that finds a few dozen objects in noise.
struct TinyScan {
    var scenePath: String
    var stride = 4
    var classes = ["car", "boat"]
    var threshold: Float = 0.5
    var iou: Float = 0.1
    var method = MergeRule.Method.nms
    var acrossClasses = false
    var movesBoxes = false
    var moveReach: Int?
    var floor: Float = 0.05
    var dense: DenseChoice?
    var views: WindowViews?
    var view: SceneView?
    var selection: WindowSelection?
    var limits = ScanLimits()
    var model = tinyModel
    var engine: any Engine = NoiseEngine()

    init(scenePath: String) { self.scenePath = scenePath }

    func task() throws -> ScanTask {
        try ScanTask(
            scene: Scene(opening: Address(scenePath), view: view), model: model, digest: "tiny",
            stride: stride,
            selection: selection, classes: classes, floor: floor, dense: dense, views: views,
            numerics: engine.numerics)
    }

    func rule() throws -> MergeRule {
        try MergeRule(
            labels: model.labels(of: classes), threshold: threshold, method: method, iou: iou,
            acrossClasses: acrossClasses, movesBoxes: movesBoxes, moveReach: moveReach)
    }

    func context() throws -> ScanContext {
        try ScanContext(
            scene: Scene(opening: Address(scenePath), view: view), modelAddress: Address("tiny.safetensors"),
            model: model, rule: rule(), version: "test")
    }

    /// Begins or goes on, as the command does.
    func state(in folder: ScanFolder, overwrites: Bool = false) throws -> ScanState {
        try folder.begin(task(), context(), overwrites: overwrites)
    }

    /// Scores what a range lacks, by default all.
    @discardableResult func score(
        _ range: WindowRange? = nil, into state: ScanState, job: Job<ScanProgress> = Job()
    ) throws -> ScanTiming {
        let task = try task()
        let scan = try SceneScan(
            task, scene: Scene(opening: Address(scenePath), view: view), model: model, engine: engine,
            limits: limits)
        var collector = state
        return try scan.score(
            range ?? task.grid.range, except: state.finished, into: &collector, job: job)
    }

    /// The outputs of what is finished.
    @discardableResult func write(_ state: ScanState, fullSize: Bool = false) throws -> ScanSummary {
        try write(
            state,
            sinks: [DetectionLinesSink(), AnnotationSink(.geoJSON, of: places()), OverviewSink()]
                + (fullSize ? [FullSizeSink(at: places().georeference)] : []))
    }

    /// Where boxes lie.
    func places() throws -> AnnotatedScene {
        AnnotatedScene(try Scene(opening: Address(scenePath), view: view))
    }

    @discardableResult func write(_ state: ScanState, sinks: [any ScanSink]) throws -> ScanSummary {
        if state.isComplete { try state.finish(limits: limits, cancellation: Cancellation()) }
        return try state.write(
            sinks, by: rule(), scene: Scene(opening: Address(scenePath), view: view),
            record: ScanRecord(engine: "noise", limits: limits, version: "test", context: state.context),
            limits: limits, job: Job())
    }

    /// All of it, from where the folder stands.
    @discardableResult func run(
        into folder: ScanFolder, overwrites: Bool = false, fullSize: Bool = false,
        job: Job<ScanProgress> = Job()
    ) throws -> ScanSummary {
        let state = try state(in: folder, overwrites: overwrites)
        try score(into: state, job: job)
        return try write(state, fullSize: fullSize)
    }

    /// What it finds, best first.
    func detections() throws -> [Detection] {
        let temporary = try TemporaryFolder()
        let folder = ScanFolder(path: temporary.file("found"))
        try run(into: folder)
        return try folder.readDetections()
    }

    /// The exact scan without blocks, threads, files and buffers.
    func plainDetections(in image: Image) -> [Detection] {
        let side = model.architecture.inputSize
        func starts(_ length: Int) -> [Int] {
            var starts = (0..<length).filter { $0 % stride == 0 && $0 + side <= length }
            if starts.last != length - side { starts.append(length - side) }
            return starts
        }
        var candidates: [Detection] = []
        for y in starts(image.height) {
            for x in starts(image.width) {
                let box = PixelRect(x: x, y: y, width: side, height: side)
                let scores = noiseScores(of: image.cropped(to: box).pixelsHWC, classCount: 3)
                for (label, name) in model.classes.enumerated()
                where (classes.isEmpty || classes.contains(name)) && scores[label] >= threshold {
                    candidates.append(Detection(box: box, label: label, score: scores[label]))
                }
            }
        }
        return nonMaximumSuppression(candidates, iouThreshold: iou)
    }
}

/// The bytes of what must be the same for every way in which a scan ran; by name, `.scan/candidates` among them.
func comparedFiles(of folder: ScanFolder) throws -> [String: Data] {
    let names = ["detections.jsonl", "pixels.geojson", "tagged.png", "summary.json", ".scan/candidates"]
    return try Dictionary(
        uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(filePath: folder.path + "/" + $0))) })
}

/// Writes a file of candidates row by row.
///
/// - Parameter candidates: by row, column and label.
func writeCandidates(_ candidates: [Candidate], of grid: ScanGrid, to path: String) throws {
    if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    try CandidateLog.create(at: path)
    var log = try CandidateLog(continuing: path, grid: grid)
    var rest = candidates[...]
    for row in 0..<grid.rowCount {
        let part = rest.prefix { Int($0.row) == row }
        rest = rest.dropFirst(part.count)
        try log.append(WindowRange(rows: row..<row + 1, columns: 0..<grid.columnCount), Array(part))
    }
}

func readCandidates(_ path: String, of grid: ScanGrid) throws -> [Candidate] {
    try CandidateSet([CandidateFile(path: path, grid: grid)]).candidates(inRows: 0..<grid.rowCount)
}

/// What candidates in a file become by a rule.
///
/// - Parameter lowestScore: the rule's threshold by default.
func mergedDetections(
    of path: String, grid: ScanGrid, by rule: MergeRule, lowestScore: Float? = nil, mergeByteCount: Int
) throws -> [Detection] {
    let set = CandidateSet([try CandidateFile(path: path, grid: grid)])
    return try Array(
        set.merged(
            by: rule, lowestScore: lowestScore ?? rule.threshold,
            limits: ScanLimits(mergeByteCount: mergeByteCount), cancellation: Cancellation()))
}

/// A small grid with candidates of three labels, whose scores have few values, so that many are equal.
struct RandomCandidates {
    let grid: ScanGrid
    /// By row, column and label.
    var candidates: [Candidate] = []
    static let labels = [0, 2, 700]

    init(using random: inout SplitMix64) throws {
        let side = Int.random(in: 3...12, using: &random)
        grid = try ScanGrid(
            sceneWidth: .random(in: side...60, using: &random),
            sceneHeight: .random(in: side...60, using: &random),
            windowSize: side, stride: .random(in: 1...9, using: &random))
        let share = Double.random(in: 0.05...1, using: &random)
        for row in 0..<grid.rowCount {
            for column in 0..<grid.columnCount {
                for label in Self.labels where Double.random(in: 0...1, using: &random) < share {
                    let score = Float(Int.random(in: 0...20, using: &random)) / 20
                    candidates.append(Candidate(row: row, column: column, label: label, score: score))
                }
            }
        }
    }

    /// The boxes of all, from the definition: where the windows are, or moved to the mean of the windows around each.
    func boxes(movedBy rule: MergeRule) -> [Detection] {
        guard rule.movesBoxes else { return candidates.map(grid.detection) }
        let reach = max(1, (rule.moveReach ?? grid.stride) / grid.stride)
        func share(_ score: Float) -> Double {
            rule.moveReach == nil ? Double(score).squareRoot() : Double(score) * Double(score)
        }
        let scores = Dictionary(
            uniqueKeysWithValues: candidates.map { ([Int($0.row), Int($0.column), Int($0.label)], $0.score) })
        return candidates.map { candidate in
            let (row, column) = (Int(candidate.row), Int(candidate.column))
            let box = grid.box(row: row, column: column)
            var (weight, sumX, sumY) = (0.0, 0.0, 0.0)
            for otherRow in row - reach...row + reach {
                for otherColumn in column - reach...column + reach {
                    let place = [otherRow, otherColumn, Int(candidate.label)]
                    guard let score = scores[place] else { continue }
                    let other = grid.box(row: otherRow, column: otherColumn)
                    weight += share(score)
                    sumX += share(score) * Double(other.x0 - box.x0)
                    sumY += share(score) * Double(other.y0 - box.y0)
                }
            }
            func offset(_ sum: Double) -> Int {
                let most = max(grid.stride, rule.moveReach ?? 0) / 2
                return weight > 0 ? min(most, max(-most, Int((sum / weight).rounded()))) : 0
            }
            let moved = PixelRect(
                x: box.x0 + offset(sumX), y: box.y0 + offset(sumY), width: grid.windowSize,
                height: grid.windowSize)
            return Detection(box: moved, label: Int(candidate.label), score: candidate.score)
        }
    }
}

/// Writes an image with an alpha band as a TIFF.
///
/// - Parameter valid: `[H, W]`; other pixels are transparent.
func writeRGBA(_ image: Image, _ valid: [Bool], to path: String) throws {
    var samples: [Double] = []
    for (pixel, isValid) in valid.enumerated() {
        samples += image.pixelsHWC[3 * pixel..<3 * pixel + 3].map { Double($0) }
        samples.append(isValid ? 255 : 0)
    }
    try TestRaster(
        width: image.width, height: image.height, bandCount: 4, samples: samples,
        options: ["PHOTOMETRIC=RGB", "ALPHA=YES"]
    ).write(to: path)
}
