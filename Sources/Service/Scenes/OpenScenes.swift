import Bytes
import Files
import Pixels
import Rasters
import Synchronization

/// A scene whose header was read, with readers that wait for the next tile.
final class OpenScene: Sendable {
    /// Side of a tile.
    static let tileSide = 256
    /// Readers that are kept open, of all levels together.
    private static let readerLimit = 6

    let entry: SceneShelf.Entry
    let scene: Scene
    /// `nil` where the scene does not say.
    let pixelSize: PixelSize?
    /// 16 hexadecimal digits; others for what has other pixels.
    let tag: String
    /// Level 0 has full size, each one half as many columns and rows; the last one is a single tile.
    let levelCount: Int

    private let idle = Mutex<[(level: Int, reader: IdleReader)]>([])

    /// One thread at a time has it: who takes it out of the list, which makes it safe to send.
    private final class IdleReader: @unchecked Sendable {
        let reader: ReducedReader
        init(_ reader: ReducedReader) { self.reader = reader }
    }

    /// - Throws: `RasterError`, also where the scene names other files.
    init(_ entry: SceneShelf.Entry) throws {
        try PlainScene.check(entry.address, in: entry.folder)
        let resolved = try Self.view(of: entry.address)
        self.entry = entry
        scene = try Scene(opening: entry.address, view: resolved.view)
        pixelSize = resolved.pixelSize
        var levelCount = 1
        while levelCount < 31,
            Self.size(max(scene.width, scene.height), level: levelCount - 1) > Self.tileSide
        {
            levelCount += 1
        }
        self.levelCount = levelCount
        let state = entry.address.localPath.flatMap { FileGuard(path: $0) }
        let facts = [
            Self.form, try JSONText(scene.identity).text, try JSONText(scene.view).text,
            "\(scene.width)x\(scene.height)",
            state.map { "\($0.device) \($0.inode) \($0.byteCount) \($0.modificationTime)" } ?? "",
        ]
        tag = String(SHA256.hexDigest(of: Array(facts.joined(separator: "\n").utf8).span.bytes).prefix(16))
    }

    /// Changes with what we make of the same scene.
    private static let form = "tiles 1"

    /// How a scan sees it that says nothing of bands and ranges. What cannot be seen so, is nearly black or white, or has more than
    /// 8 bits is shown with ranges that are made of its samples.
    private static func view(of address: Address) throws(RasterError) -> SceneView.Resolved {
        func resolved(_ bands: [Int]?, percent: Double?) throws(RasterError) -> SceneView.Resolved {
            var request = SceneViewRequest(bands: bands, windowSize: 1)
            request.range = percent.map { .percent($0) }
            return try SceneView.resolve(request, for: address)
        }
        do throws(RasterError) {
            let usual = try resolved(nil, percent: nil)
            // Of more than 8 bits a camera uses a part.
            guard usual.isDeep || !usual.warnings.isEmpty else { return usual }
            return (try? resolved(nil, percent: 2)) ?? usual
        } catch {
            guard error.code == .unsupported else { throw error }
            let others: [[Int]?] = [nil, [1, 2, 3], [1]]
            for bands in others {
                if let view = try? resolved(bands, percent: 2) { return view }
            }
            throw error
        }
    }

    // MARK: Levels

    /// What is left of a length.
    static func size(_ length: Int, level: Int) -> Int { (length + (1 << level) - 1) >> level }

    func width(ofLevel level: Int) -> Int { Self.size(scene.width, level: level) }
    func height(ofLevel level: Int) -> Int { Self.size(scene.height, level: level) }

    /// Where a tile lies in its level; `nil` where there is none.
    func tile(level: Int, column: Int, row: Int) -> PixelRect? {
        guard (0..<levelCount).contains(level) else { return nil }
        let (width, height) = (width(ofLevel: level), height(ofLevel: level))
        guard column >= 0, row >= 0, column < (width + Self.tileSide - 1) / Self.tileSide,
            row < (height + Self.tileSide - 1) / Self.tileSide
        else { return nil }
        let (x, y) = (column * Self.tileSide, row * Self.tileSide)
        return PixelRect(x0: x, y0: y, x1: min(x + Self.tileSide, width), y1: min(y + Self.tileSide, height))
    }

    /// The part of the scene that a part of a level shows.
    func full(_ rect: PixelRect, level: Int) -> PixelRect {
        PixelRect(
            x0: rect.x0 << level, y0: rect.y0 << level, x1: min(rect.x1 << level, scene.width),
            y1: min(rect.y1 << level, scene.height))
    }

    // MARK: Reading

    /// Lends a reader for a level, or one that gives more than that.
    ///
    /// - Throws: `RasterError`, with the code `sceneChanged` where the scene was replaced; what `body` throws.
    func withReader<Result>(
        level: Int, made: Scene? = nil, _ body: (ReducedReader) throws -> Result
    ) throws -> Result {
        try scene.check()
        // Readers of what was made have numbers of their own.
        let number = made == nil ? level : level + 100
        let known = idle.withLock { idle in
            idle.firstIndex { $0.level == number }.map { idle.remove(at: $0).reader }
        }
        let reader = try known ?? IdleReader(newReader(level: level, made: made))
        let result = try body(reader.reader)
        // A reader that fails is not used again.
        idle.withLock { idle in
            idle.append((number, reader))
            if idle.count > Self.readerLimit { idle.removeFirst() }
        }
        return result
    }

    private func newReader(level: Int, made: Scene?) throws(RasterError) -> ReducedReader {
        let side = Double(1 << level)
        let cell = ReducedReader.Cell(width: side, height: side)
        guard let made else { return try ReducedReader(scene, cell: cell, cancellation: Cancellation()) }
        return try ReducedReader(
            made, ofWidth: scene.width, height: scene.height, reducedBy: OverviewStore.factor, cell: cell,
            cancellation: Cancellation())
    }
}

/// The scenes that were used last, opened.
final class OpenScenes: Sendable {
    private static let limit = 16
    /// Whether a file of a store is still the same is only known by asking: so often.
    private static let storeAge = Duration.seconds(10)

    /// Keeps others from opening the same scene meanwhile.
    private final class Slot: Sendable {
        let scene = Mutex<(scene: OpenScene, checked: ContinuousClock.Instant)?>(nil)
        private let lastUse = Atomic(0)

        /// The number of its last use.
        var use: Int {
            get { lastUse.load(ordering: .relaxed) }
            set { lastUse.store(newValue, ordering: .relaxed) }
        }
    }

    private let slots = Mutex<[String: Slot]>([:])
    private let useCount = Atomic(0)

    /// Opens a scene, or gives it as it was opened before if its files are the same. It blocks.
    ///
    /// - Throws: `RasterError`.
    func scene(_ entry: SceneShelf.Entry) throws -> OpenScene {
        let use = useCount.add(1, ordering: .relaxed).newValue
        let slot = slots.withLock { slots -> Slot in
            if let slot = slots[entry.id] { return slot }
            if slots.count >= Self.limit,
                let oldest = slots.min(by: { $0.value.use < $1.value.use })?.key
            {
                slots[oldest] = nil
            }
            let slot = Slot()
            slots[entry.id] = slot
            return slot
        }
        slot.use = use
        return try slot.scene.withLock { scene in
            if let known = scene {
                let isLocal = known.scene.entry.address.localPath != nil
                if !isLocal, .now - known.checked < Self.storeAge { return known.scene }
                if (try? known.scene.scene.check()) != nil {
                    scene?.checked = .now
                    return known.scene
                }
            }
            scene = nil
            let new = try OpenScene(entry)
            scene = (new, .now)
            return new
        }
    }

    func forget(_ id: String) { slots.withLock { $0[id] = nil } }
}
