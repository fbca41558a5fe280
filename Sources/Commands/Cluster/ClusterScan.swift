import ArgumentParser
import Cluster
import Devices
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Rasters
import Scanning

/// Scores what is missing of a scan on a cluster.
struct ClusterScan {
    var task: ScanTask
    var scene: Scene
    var model: ScannedModel
    var engine: any Engine
    var settings: SparkApplication.Settings
    var slotCount: Int
    var limits: ScanLimits

    /// - Parameter folder: this machine's, of the scan.
    /// - Parameter range: what is to be scored.
    /// - Throws: also where windows could not be scored, when the others are done.
    func score(
        _ range: WindowRange, into state: ScanState, folder: String, cancellation: Cancellation
    ) throws {
        let line = ProgressLine()
        let application = SparkApplication(folder: folder + "/.scan-cluster")
        try takeOver(application, into: state, cancellation)
        let network = try Network(model.model.architecture)
        let missing = state.finished.missing(in: range)
        guard !missing.isEmpty else { return }
        let secondsPerWindow = try measuredSeconds(network)
        let size = RangeSize(
            secondsPerWindow: secondsPerWindow, windowCount: missing.reduce(0) { $0 + $1.windowCount },
            slotCount: slotCount)
        let pixelLimit = task.denseBlock == nil ? size.blockPixelLimit(task.grid) : limits.blockPixelLimit
        let blocks = try SceneScan.blockWindows(
            of: task, scene: scene, network: network, limits: ScanLimits(blockPixelLimit: pixelLimit))
        let address = scene.address.absolute
        let message = TaskMessage(
            task: 0, scan: task, scene: address.localPath ?? address.description,
            model: TaskMessage.shippedModel,
            blockPixelLimit: pixelLimit)
        let ranges = size.ranges(of: blocks).flatMap { block in
            (block.intersection(range).map { state.finished.missing(in: $0) } ?? []).map {
                ClusterPlan.Range(scene: 0, windows: $0, cost: Double($0.windowCount) * secondsPerWindow)
            }
        }
        var wanted = ClusterPlan(
            version: Tilescope.configuration.version, scenes: [.init(task: message)], ranges: ranges)
        wanted.rangeSeconds = max(60, 50 * RangeSize.usualSeconds)
        let plan = try application.begin(wanted)
        line.show("packing the program for the cluster's machines")
        let bundles = (Machine.cacheFolder?.path(percentEncoded: false) ?? folder) + "/bundles"
        let bundle = try WorkerBundle(folder: bundles).archive()
        let local = try localModel()
        line.show("starting \(settings.master)")
        let job = Job<SparkApplication.Progress>(
            cancellation: cancellation,
            progress: { line.show($0.text(windowsPerRange: plan.windowsPerRange)) })
        do {
            try application.run(settings, bundle: bundle, model: local, job: job)
        } catch {
            try takeOver(application, into: state, Cancellation())
            throw error
        }
        try takeOver(application, into: state, cancellation)
        line.finish("\(plan.ranges.count) ranges with \(plan.windowCount) windows on \(settings.master)")
        let left = state.finished.missing(in: range).reduce(0) { $0 + $1.windowCount }
        guard left == 0 else {
            throw ScanError(
                code: .unreadable, operation: "score \(left) of \(range.windowCount) windows",
                cause: application.firstFailure ?? "the cluster did not say why")
        }
        try? FileManager.default.removeItem(atPath: application.folder)
    }

    private func takeOver(
        _ application: SparkApplication, into state: ScanState, _ cancellation: Cancellation
    ) throws {
        let paths = application.segments(of: task)
        guard !paths.isEmpty else { return }
        try state.join(candidateFiles: paths, limits: limits, cancellation: cancellation)
    }

    /// Time of processors for a window, from some in the middle of the scene.
    private func measuredSeconds(_ network: Network) throws -> Double {
        struct Nobody: ScoreCollector {
            mutating func collect(_ found: WindowScores) {}
        }
        let grid = task.grid
        func middle(_ count: Int) -> Range<Int> {
            let start = max(0, count / 2 - 8)
            return start..<min(count, start + 16)
        }
        let range = WindowRange(rows: middle(grid.rowCount), columns: middle(grid.columnCount))
        let scan = try SceneScan(
            task, scene: scene, model: model.model, engine: engine, limits: ScanLimits(blockPixelLimit: 1))
        var nobody = Nobody()
        // The first time, memory is taken and files are opened.
        _ = try scan.score(range, into: &nobody, job: Job())
        let start = ProcessUsage.cpuSeconds
        _ = try scan.score(range, into: &nobody, job: Job())
        return max(1e-9, (ProcessUsage.cpuSeconds - start) / Double(range.windowCount))
    }

    /// A file of this machine that holds the model.
    private func localModel() throws -> String {
        if let path = model.address.absolute.localPath { return path }
        return try FileReader(opening: model.address).path
    }
}

extension ClusterPlan {
    fileprivate var windowsPerRange: Double { Double(windowCount) / Double(max(1, ranges.count)) }
}

extension SparkApplication.Progress {
    /// - Parameter windowsPerRange: on average.
    fileprivate func text(windowsPerRange: Double) -> TerminalText {
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let left = rate > 0 ? duration(Double(total - done) / rate) : "unknown"
        return
            "\(done) of \(total) ranges  \(whole(rate * windowsPerRange)) windows/s  \(executors) executors, \(running) ranges "
            + "under way  \(left) left" + (failed > 0 ? "  \(failed) tried again" : "")
    }
}
