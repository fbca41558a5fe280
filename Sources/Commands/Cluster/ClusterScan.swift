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
        let secondsPerWindow = try measuredSeconds(network, cancellation)
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
        var plan = ClusterPlan(
            version: Tilescope.configuration.version, tasks: [message], ranges: ranges)
        // Fifty times what the most expensive one should take.
        plan.rangeSeconds = max(60, 50 * (plan.ranges.first?.cost ?? 0))
        try application.begin(plan)
        line.show("packing the program for the cluster's machines")
        let bundles = (Machine.cacheFolder?.path(percentEncoded: false) ?? folder) + "/bundles"
        let bundle = try WorkerBundle(folder: bundles).archive()
        try putModel(at: application.modelPath)
        line.show("starting \(settings.master)")
        let windowsPerRange = plan.windowsPerRange
        let job = Job<SparkApplication.Progress>(
            cancellation: cancellation,
            progress: { line.show($0.text(windowsPerRange: windowsPerRange)) })
        do {
            try application.run(settings, bundle: bundle, job: job)
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
        do {
            try state.join(candidateFiles: paths, limits: limits, cancellation: cancellation)
        } catch let error as ScanError where error.code == .malformedState {
            ProgressLine.warn("\(error)")
        }
    }

    /// Time of processors for a window, from a block in the middle of the scene.
    private func measuredSeconds(_ network: Network, _ cancellation: Cancellation) throws -> Double {
        struct Nobody: ScoreCollector {
            mutating func collect(_ found: WindowScores) {}
        }
        let blocks = try SceneScan.blockWindows(of: task, scene: scene, network: network, limits: limits)
        let block = blocks[blocks.count / 2]
        // Of an exact scan, as many as one call of the engine takes; a dense one scores its whole block.
        let rows = block.rows.lowerBound..<min(block.rows.upperBound, block.rows.lowerBound + 16)
        let range = task.denseBlock == nil ? WindowRange(rows: rows, columns: block.columns) : block
        let scan = try SceneScan(task, scene: scene, model: model.model, engine: engine, limits: limits)
        var nobody = Nobody()
        let job = Job<ScanProgress>(cancellation: cancellation)
        // The first time, memory is taken and files are opened.
        _ = try scan.score(range, into: &nobody, job: job)
        let start = ProcessUsage.cpuSeconds
        _ = try scan.score(range, into: &nobody, job: job)
        return max(1e-9, (ProcessUsage.cpuSeconds - start) / Double(range.windowCount))
    }

    /// Puts the model where the application finds it.
    private func putModel(at path: String) throws {
        var copy = try FileWriter(.replacing(path))
        try FileReader(opening: model.address).forEachPart { try copy.write($0) }
        try copy.commit()
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
