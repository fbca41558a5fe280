import Files
import Foundation
import HTTPTypes
import Scanning

/// Runs an actor on its own queue, so that its calls that wait for the disk never hold a thread of Swift's pool.
final class ScanQueue: SerialExecutor {
    let queue = DispatchQueue(label: "scan-runner")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}

/// The table of scans: creates them, runs them one after the other as children of this process, and tells how far they are.
///
/// A scan is a run of `tilescope scan`. Scans that have not ended when the service ends, in whatever way, go on when it starts again.
package actor ScanRunner {
    /// What the runner needs of the service.
    package struct Settings: Sendable {
        /// The path of `tilescope`.
        package var program: String
        package var dataFolder: String
        package var limits: ServiceLimits
        /// Scans that run at the same time.
        package var runningLimit = 1
        /// How much less processor time than predictions a scan gets.
        package var niceness: Int32 = 10
        package var patience = ChildProgram.Patience()

        package init(program: String, dataFolder: String, limits: ServiceLimits = ServiceLimits()) {
            self.program = program
            self.dataFolder = dataFolder
            self.limits = limits
        }
    }

    package typealias SceneLookup = @Sendable (_ id: String) async throws -> (path: String, name: String)
    package typealias ModelLookup = @Sendable (_ name: String) throws -> (path: String, classes: [String])

    private nonisolated let executor = ScanQueue()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    /// Tells when a scan has changed.
    package nonisolated let changes = ChangeSignal()
    nonisolated let settings: Settings
    let store: ScanStore
    let scene: SceneLookup
    let model: ModelLookup
    /// For what takes long and waits for the disk.
    nonisolated let threads = WorkThreads(count: 2)

    /// Scans that have not ended, or whose process has not.
    var live: [String: StoredScan] = [:]
    /// In the order in which they begin.
    private var waiting: [String] = []
    /// Those that have a place, from before their process starts until it is gone.
    private var placed: Set<String> = []
    var children: [String: ChildProgram] = [:]
    var mergingIDs: Set<String> = []
    private var isStopping = false

    /// Opens the data folder, and goes on with the scans that have not ended.
    ///
    /// - Throws: where the database cannot be used, see `ScanStore`.
    package init(_ settings: Settings, scene: @escaping SceneLookup, model: @escaping ModelLookup)
        async throws
    {
        self.settings = settings
        self.scene = scene
        self.model = model
        try makeFolder(settings.dataFolder + "/scans")
        store = try ScanStore(folder: settings.dataFolder)
        for scan in try store.unended() {
            live[scan.id] = scan
            waiting.append(scan.id)
            changes.change(scan.id, to: scan.updated)
        }
        threads.add {
            for folder in ScanPlaces.leftovers(in: settings.dataFolder) {
                try? FileManager.default.removeItem(atPath: folder)
            }
        }
        begin()
    }

    nonisolated func places(of id: String) -> ScanPlaces {
        ScanPlaces(dataFolder: settings.dataFolder, id: id)
    }

    // MARK: Reading

    /// - Throws: 404 where there is none.
    package func scan(_ id: String) throws -> StoredScan {
        if let scan = live[id] { return scan }
        guard let scan = try store.scan(id) else { throw Problem(.notFound, "no scan has the id '\(id)'") }
        return scan
    }

    /// - Throws: 404 where there is no scan `last`.
    func scans(
        scene: String?, phase: ScanPhase?, after last: String?, limit: Int
    ) throws -> [StoredScan] {
        guard let scans = try store.scans(scene: scene, phase: phase, after: last, limit: limit) else {
            throw Problem(.notFound, "no scan has the id '\(last ?? "")', which 'after' names")
        }
        return scans.map { live[$0.id] ?? $0 }
    }

    /// The newest first.
    package func ids(ofScene scene: String) throws -> [String] { try store.ids(ofScene: scene) }

    /// Whether a scan reads the scene, or will.
    package func isUsed(scene: String) -> Bool {
        live.values.contains { $0.scene == scene && (!$0.phase.isEnded || placed.contains($0.id)) }
    }

    /// How many scans are in each state.
    package func counts() throws -> [ScanPhase: Int] { try store.counts() }

    // MARK: Changes

    /// Begins a scan, or lets it wait for its turn.
    package func create(_ request: ScanRequest) async throws -> StoredScan {
        try checkRoom()
        let scene = try await scene(request.scene)
        let model = try model(request.model)
        let options = try request.options(classes: model.classes)
        let digest = try await threads.run { try ScannedModel.digest(of: FileReader(path: model.path)) }
        // Others may have come meanwhile.
        try checkRoom()
        let scan = StoredScan(
            id: newID(), scene: request.scene, sceneName: scene.name,
            model: request.model, modelPath: model.path, modelDigest: digest, request: request.json,
            options: options, hasTruth: request.truth != nil, created: Self.now)
        let places = places(of: scan.id)
        try makeFolder(places.folder)
        do {
            if let truth = request.truth {
                var writer = try FileWriter(.new(places.folder + "/" + truth.fileName))
                try writer.write(truth.text)
                try writer.commit()
            }
            try store.insert(scan)
        } catch {
            try? FileManager.default.removeItem(atPath: places.folder)
            throw error
        }
        live[scan.id] = scan
        waiting.append(scan.id)
        changes.change(scan.id, to: scan.updated)
        begin()
        return self.live[scan.id] ?? scan
    }

    /// - Throws: 429 where enough scans wait, 503 where the disk is full or the service stops.
    private func checkRoom() throws(Problem) {
        guard !isStopping else { throw .busy(.serviceUnavailable, "the service is stopping", retryAfter: 5) }
        guard live.values.count(where: { !$0.phase.isEnded }) < settings.limits.scanCount else {
            throw .busy(
                .tooManyRequests, "\(settings.limits.scanCount) scans have not ended; try again later",
                retryAfter: 30)
        }
        let room = settings.limits.freeByteCount
        guard roomObjection(to: room, in: settings.dataFolder) == nil else {
            throw .busy(
                .serviceUnavailable,
                "the service's disk is nearly full: \(sizeText(room)) must stay free; delete scans or uploads",
                retryAfter: 60)
        }
    }

    /// Ends a scan; what it has scored is kept.
    ///
    /// - Throws: 409 where it has ended.
    package func cancel(_ id: String) throws -> StoredScan {
        var scan = try scan(id)
        guard !scan.phase.isEnded else {
            throw Problem(.conflict, "the scan has ended: it is \(scan.phase.rawValue)")
        }
        scan.phase = .cancelled
        scan.ended = Self.now
        waiting.removeAll { $0 == id }
        try save(&scan)
        children[id]?.cancel()
        return scan
    }

    /// Goes on with a scan that was cancelled or has failed.
    ///
    /// - Throws: 409 for others.
    package func resume(_ id: String) throws -> StoredScan {
        var scan = try scan(id)
        guard scan.phase == .cancelled || scan.phase == .failed else {
            throw Problem(
                .conflict, "only a cancelled or failed scan is resumed; this one is \(scan.phase.rawValue)")
        }
        try checkRoom()
        scan.phase = .waiting
        scan.ended = nil
        scan.error = nil
        live[id] = scan
        try save(&scan)
        waiting.append(id)
        begin()
        return live[id] ?? scan
    }

    /// Removes a scan with its files.
    ///
    /// - Throws: 409 while it runs or is merged.
    package func delete(_ id: String) throws {
        let scan = try scan(id)
        guard scan.phase != .running, !placed.contains(id), !mergingIDs.contains(id) else {
            throw Problem(.conflict, "the scan is under way; cancel it, or wait a moment, and delete it then")
        }
        try store.remove(id)
        waiting.removeAll { $0 == id }
        live[id] = nil
        changes.forget(id)
        guard let hidden = try places(of: id).hide() else { return }
        threads.add { try? FileManager.default.removeItem(atPath: hidden) }
    }

    /// Asks all children to end. Their scans stay as they are in the database, and go on at the next start.
    package func stop() {
        isStopping = true
        changes.close()
        for child in children.values { child.cancel() }
    }

    /// The same from anywhere, without waiting.
    package nonisolated func stopSoon() { executor.queue.async { self.assumeIsolated { $0.stop() } } }

    /// Waits until no child is left, after `stop`.
    package func waitForChildren() async {
        while !placed.isEmpty || !mergingIDs.isEmpty { try? await Task.sleep(for: .milliseconds(20)) }
    }

    // MARK: Running

    static var now: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }

    /// Marks a change, and makes it outlast the process.
    func save(_ scan: inout StoredScan) throws {
        scan.updated = max(scan.updated + 1, Self.now)
        try store.update(scan)
        if !scan.phase.isEnded || placed.contains(scan.id) {
            live[scan.id] = scan
        } else {
            live[scan.id] = nil
        }
        changes.change(scan.id, to: scan.updated)
    }

    /// Begins scans while there are places for them.
    private func begin() {
        while !isStopping, placed.count < settings.runningLimit,
            let index = waiting.firstIndex(where: { !placed.contains($0) })
        {
            let id = waiting.remove(at: index)
            placed.insert(id)
            Task { await start(id) }
        }
    }

    /// A scan that was cancelled or removed meanwhile, or has to wait for the next start.
    private struct NotWanted: Error {}

    private func start(_ id: String) async {
        do {
            try await startChild(id)
        } catch {
            placed.remove(id)
            if !(error is NotWanted), !isStopping { fail(id, with: Self.words(error)) }
            if let scan = live[id], scan.phase.isEnded { live[id] = nil }
            begin()
        }
    }

    private func startChild(_ id: String) async throws {
        guard let scan = live[id], !scan.phase.isEnded else { throw NotWanted() }
        let scene = try await scene(scan.scene)
        let digest = try await threads.run { try ScannedModel.digest(of: FileReader(path: scan.modelPath)) }
        guard digest == scan.modelDigest else {
            throw Problem(
                .conflict,
                "the model '\(scan.model)' has changed since the scan was created; start a new scan")
        }
        let places = places(of: id)
        try await waitForLock(of: places)
        guard var scan = live[id], !scan.phase.isEnded, !isStopping else { throw NotWanted() }
        scan.phase = .running
        scan.started = scan.started ?? Self.now
        try save(&scan)
        let names = [scene.path: scan.sceneName, scan.modelPath: scan.model, places.results: "the results"]
        children[id] = try ChildProgram(
            starting: settings.program,
            places.scanArguments(scene: scene.path, model: scan.modelPath, options: scan.options),
            niceness: settings.niceness, patience: settings.patience
        ) { [weak self] line in
            guard let self, let advance = Self.advance(of: line) else { return }
            executor.queue.async { self.assumeIsolated { $0.take(advance, of: id) } }
        } end: { [self] end in
            let outcome = places.outcome
            executor.queue.async { self.assumeIsolated { $0.take(end, of: id, outcome, naming: names) } }
        }
    }

    /// A child of a service that was killed ends soon, as its standard input has ended.
    private func waitForLock(of places: ScanPlaces) async throws {
        let start = ContinuousClock.now
        while places.isLocked, ContinuousClock.now - start < settings.patience.untilKilled + .seconds(10) {
            guard !isStopping else { throw NotWanted() }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func advance(of line: String) -> ScanAdvance? {
        try? JSONDecoder().decode(ScanAdvance.self, from: Data(line.utf8))
    }

    /// How far a scan is; that is not worth a write to the disk.
    private func take(_ advance: ScanAdvance, of id: String) {
        guard var scan = live[id], scan.phase == .running else { return }
        scan.advance = advance
        scan.updated = max(scan.updated + 1, Self.now)
        live[id] = scan
        changes.change(id, to: scan.updated)
    }

    /// A scan's process is gone.
    private func take(
        _ end: ChildProgram.End, of id: String, _ outcome: ScanOutcome?, naming names: [String: String]
    ) {
        children[id] = nil
        placed.remove(id)
        defer { begin() }
        guard var scan = live[id] else { return }
        switch scan.phase {
        // It was resumed while its process ended.
        case .waiting: return
        // It was cancelled; what is there stays.
        case .finished, .failed, .cancelled: live[id] = nil
        case .running where end.exitCode == 0:
            scan.phase = .finished
            scan.ended = Self.now
            scan.outcome = outcome
            if let count = scan.advance?.windowCount ?? outcome?.windowCount {
                scan.advance = ScanAdvance(windowCount: count, finishedWindowCount: count)
            }
            saveOrTell(&scan)
        // It goes on at the next start.
        case .running where isStopping: saveOrTell(&scan)
        case .running:
            scan.outcome = outcome
            live[id] = scan
            fail(id, with: end.words(naming: names))
        }
    }

    private func fail(_ id: String, with words: String) {
        guard var scan = live[id] else { return }
        scan.phase = .failed
        scan.ended = Self.now
        scan.error = words
        saveOrTell(&scan)
    }

    /// Where the database cannot be written, as on a full disk, the scan's end is told all the same; after the next start it goes on.
    private func saveOrTell(_ scan: inout StoredScan) {
        do {
            try save(&scan)
        } catch {
            scan.error = (scan.error.map { $0 + "; " } ?? "") + Self.words(error)
            live[scan.id] = scan
            changes.change(scan.id, to: scan.updated)
        }
    }

    static func words(_ error: any Error) -> String {
        (error as? Problem)?.detail ?? withoutSecrets("\(error)")
    }
}

extension ChildProgram.End {
    /// Why the command has failed, for people.
    ///
    /// - Parameter names: what stands for paths of this machine.
    func words(naming names: [String: String]) -> String {
        if let signal { return "the process of the scan was ended by signal \(signal); resume it to go on" }
        let lines = errors.split(separator: "\n").suffix(40)
        let isError = { (line: Substring) in line.hasPrefix("Error: ") }
        let last = lines.lastIndex(where: isError).map { lines[$0...] } ?? lines.suffix(5)
        var text = last.filter { !$0.hasPrefix("Usage: ") && !$0.hasPrefix("  See ") }.joined(separator: "\n")
        if text.hasPrefix("Error: ") { text.removeFirst("Error: ".count) }
        // The longest first: one may begin as another does.
        for (path, name) in names.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
            text = text.replacingScalars(of: path, with: name)
        }
        return text.isEmpty ? "the command failed without a word; its exit code is \(exitCode ?? 0)" : text
    }
}
