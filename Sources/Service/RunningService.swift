import Dispatch
import Files
import Foundation
public import Logging
import ModelFiles
import NIOCore
import NIOPosix
import Rasters
import Synchronization

/// The service with all its parts.
public struct RunningService: Sendable {
    private let settings: ServiceSettings
    private let state = ServiceState()
    private let metrics = ServiceMetrics()
    private let connections = Connections()
    private let shelf: ModelShelf
    private let scenes: SceneShelf
    private let projects: ProjectShelf
    private let learning: LearningRunner
    private let threads: WorkThreads
    private let lock: FolderLock
    private let security: TransportSecurity?
    private let logger: Logger

    /// Reads the models and takes the data folder for itself.
    ///
    /// - Throws: where a folder cannot be used, or another service uses the data folder.
    public init(_ settings: ServiceSettings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        security = try settings.tlsFiles.map { files in
            try TransportSecurity(certificate: files.certificate, key: files.key)
        }
        try makeFolder(settings.dataFolder)
        lock = try FolderLock(settings.dataFolder, name: ".service-lock")
        let coreCount = ProcessInfo.processInfo.activeProcessorCount
        threads = WorkThreads(count: Self.blockedThreadCount)
        shelf = try ModelShelf(
            folder: settings.modelsFolder,
            settings: ServedModel.Settings(
                machine: settings.machine, numerics: settings.numerics, limits: settings.limits,
                threads: WorkThreads(count: coreCount + 1), metrics: metrics))
        scenes = try SceneShelf(scenes: settings.scenes, dataFolder: settings.dataFolder)
        let projectsFolder = settings.projectsFolder ?? settings.dataFolder + "/projects"
        projects = try ProjectShelf(folder: projectsFolder, scenes: scenes)
        learning = LearningRunner(program: settings.executable, folder: projectsFolder)
    }

    /// All that the service answers.
    private func routes() async throws -> (routes: [Route], runner: ScanRunner) {
        // A scene may come from anybody: neither the service nor its children open formats that lead to other files or servers.
        setenv("GDAL_SKIP", GDAL.driversToSkip, 1)
        GDAL.skipDrivers()
        var scanning = ScanRunner.Settings(
            program: settings.executable, dataFolder: settings.dataFolder, limits: settings.limits)
        scanning.runningLimit = settings.scanCount
        let runner = try await ScanRunner(
            scanning,
            scene: { [scenes, threads] id in
                let scene = try await threads.run { try scenes.scene(id) }
                return (scene.address.unhidden, scene.name)
            },
            model: { [shelf] name in
                let model = try shelf.model(name)
                return (model.path, model.contract.classes)
            })
        let sceneRoutes = try SceneRoutes(
            shelf: scenes, limits: settings.limits, threads: threads, state: state,
            dataFolder: settings.dataFolder
        ) { scene in
            try await runner.scans(scene: scene, phase: nil, after: nil, limit: Self.listedScanCount).map {
                SceneRoutes.ScanOfScene(id: $0.id, hasEnded: $0.phase.isEnded)
            }
        }
        let routes =
            ServiceRoutes(
                version: settings.version, needsToken: settings.token != nil, limits: settings.limits,
                state: state, metrics: metrics, connections: connections, shelf: shelf,
                dataFolder: settings.dataFolder, scanCounts: { try await runner.counts() }
            ).routes
            + ModelRoutes(
                shelf: shelf, limits: settings.limits, threads: threads,
                allowedAddresses: settings.allowedAddresses
            ).routes
            + sceneRoutes.routes + ScanRoutes(runner, state: state).routes
            + RunRoutes(
                folder: settings.modelsFolder, threads: threads,
                program: settings.executable
            ).routes
            + ProjectRoutes(
                projects, learning, threads: threads, limits: settings.limits, state: state
            ).routes
        learning.begin(projects.names())
        return (routes, runner)
    }

    /// Threads for work that waits for disks and stores. Pictures are decoded and scored on others, which never wait.
    private static let blockedThreadCount = 16

    /// Scans of one scene that its details name.
    private static let listedScanCount = 100

    /// Answers until SIGTERM or SIGINT; then requests under way are answered, and it returns.
    ///
    /// It blocks the thread that calls it.
    ///
    /// - Throws: where it cannot listen.
    public func run() throws {
        StopSignals.block()
        // Tasks run where their connections are read: without this each request changes threads twice more, which took 0.2 ms of CPU.
        // Where the Swift runtime is too new for NIO's way, nothing changes but that.
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        let result = Mutex<(any Error)?>(nil)
        let end = DispatchSemaphore(value: 0)
        Task {
            do {
                try await serve()
            } catch {
                result.withLock { $0 = error }
            }
            end.signal()
        }
        end.wait()
        if let error = result.withLock({ $0 }) { throw error }
    }

    /// Raises how many files this process may open as far as it may.
    ///
    /// - Returns: how many connections there may be, with room for scenes and scans.
    private static func possibleConnectionCount() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // It may have been refused.
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return max(16, Int(clamping: limit.rlim_cur) - 512)
    }

    private func serve() async throws {
        let gate = Gate(token: settings.token)
        let (routes, runner) = try await routes()
        let responder = Responder(
            routes: routes, gate: gate, limits: settings.limits,
            metrics: metrics,
            state: state, threads: threads, logger: logger)
        let limits = settings.limits.holding(connectionCount: Self.possibleConnectionCount())
        let (connections, isSecure) = (connections, security != nil)
        let fullQueue = FullQueue(shelf: shelf, gate: gate, limits: limits, metrics: metrics)
        let listener: HTTPListener
        do {
            listener = try await HTTPListener(
                host: settings.host, port: settings.port, security: security, connections: connections
            ) {
                (
                    ConnectionGuard(
                        limits: limits, connections: connections, state: state, isSecure: isSecure),
                    RequestHandler(connections: connections, admit: fullQueue.admit) {
                        await responder.respond(to: $0)
                    }
                )
            }
        } catch {
            let cause = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw ServiceError(
                description:
                    "cannot listen on \(settings.host):\(settings.port): \(cause); name another address by --listen"
            )
        }
        let signals = StopSignals()
        state.becomeReady()
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        for model in shelf.all {
            if let error = model.error {
                settings.onWarning("the model \(model.name) cannot be used: \(error)")
            }
        }
        if shelf.all.isEmpty {
            settings.onWarning("there is no model (.safetensors) in \(settings.modelsFolder) yet")
        }
        settings.onStart("\(security == nil ? "http" : "https")://\(host):\(listener.port ?? settings.port)")
        await signals.first()
        // First nobody is told any more that this one is ready, and answers that would last for ever end.
        state.stop()
        try await listener.stop(within: settings.limits.stopSeconds)
        // Who starts the service again finds nothing of this one at work.
        await runner.waitForChildren()
        await learning.waitForChildren()
        withExtendedLifetime(signals) {}
    }
}

/// Why the service does not run.
struct ServiceError: Error, CustomStringConvertible {
    var description: String
}
