import ArgumentParser
import Cluster
import Devices
import Files
import Foundation
import ModelFiles
import Networks
import Rasters
import Scanning

/// Scores on a cluster what is missing of some scans.
struct ClusterScan {
    /// Says where the time went, in the command's folder.
    static let accountName = "cluster.json"
    /// The same for each group of many scenes.
    static func accountName(ofGroup number: Int) -> String {
        number == 0 ? accountName : "cluster-\(number + 1).json"
    }
    /// Scenes whose speed is measured until one of them can be read.
    private static let measuredSceneLimit = 8
    /// In seconds; where nothing can be measured.
    private static let usualSecondsPerWindow = 0.001

    var model: ScannedModel
    var settings: SparkApplication.Settings
    var slotCount: Int
    var limits: ScanLimits
    var voice: ScanVoice
    /// The command's, on this machine.
    var folder: String
    /// Scenes go to the cluster in groups, each with an application of its own; from 0 on.
    var group: Int

    var application: SparkApplication {
        SparkApplication(folder: folder + "/.scan-cluster" + (group == 0 ? "" : "-\(group + 1)"))
    }

    /// - Parameter scans: at least one.
    /// - Returns: whether all windows are finished; others could not be read there.
    func score(_ scans: [BegunScan], cancellation: Cancellation) throws -> Bool {
        let line = voice.line
        let application = application
        try application.check()
        try takeOver(application, into: scans, cancellation)
        let unfinished = scans.filter { !$0.missing.isEmpty }
        guard !unfinished.isEmpty else {
            try application.remove()
            return true
        }
        let plan = try plan(unfinished, cancellation)
        guard !plan.ranges.isEmpty else {
            try application.remove()
            return true
        }
        try application.begin(plan)
        let bundle = try WorkerBundle.cached(orIn: application.folder, line: line)
        try application.putModel(model.address)
        line.show("starting \(settings.master)")
        let windowsPerRange = Double(plan.windowCount) / Double(max(1, plan.ranges.count))
        let job = Job<SparkApplication.Progress>(
            cancellation: cancellation,
            progress: { line.show($0.text(unit: "ranges", perTask: windowsPerRange, of: "windows")) })
        do {
            try application.run(settings, bundle: bundle, job: job)
        } catch {
            try takeOver(application, into: scans, Cancellation())
            throw error
        }
        try takeOver(application, into: scans, cancellation)
        line.finish(
            "\(plan.ranges.count) \(plan.ranges.count == 1 ? "range" : "ranges") with \(counted(plan.windowCount, "window")) on \(settings.master)"
        )
        try tellAccount(of: application)
        let left = unfinished.reduce(0) { $0 + $1.missing.windowCount }
        guard left == 0 else {
            let cause = try application.firstFailure ?? "the cluster did not say why"
            voice.tell(
                "the cluster could not score \(left) of \(counted(plan.windowCount, "window")) (\(cause)); this machine tries them again"
            )
            return false
        }
        try application.remove()
        return true
    }

    /// Skips ranges that lie outside the scenes' areas, and plans the others.
    private func plan(_ scans: [BegunScan], _ cancellation: Cancellation) throws -> ClusterPlan {
        let network = try Network(model.model.architecture)
        let wanted = scans.map { scan in
            SceneScan.windowsInArea(of: scan.task, among: scan.missing).reduce(
                into: FinishedWindows(rowCount: scan.task.grid.rowCount)
            ) { $0.insert($1) }
        }
        let windowCount = wanted.reduce(0) { $0 + $1.windowCount }
        let seconds = windowCount > 0 ? try secondsPerWindow(of: scans, cancellation) : 1
        let size = RangeSize(
            secondsPerWindow: seconds, windowCount: max(1, windowCount), slotCount: slotCount)
        let planned = try scans.enumerated().map { number, scan in
            try PlannedScene(
                scan.task, of: scan.scene, number: number, model: TaskMessage.shippedModel, network: network,
                size: size, blockPixelLimit: limits.blockPixelLimit)
        }
        var ranges: [ClusterPlan.Range] = []
        for (number, scan) in scans.enumerated() {
            let missing = planned[number].ranges.flatMap { range in
                range.intersection(scan.range).map { scan.state.finished.missing(in: $0) } ?? []
            }
            for windows in missing {
                let count = wanted[number].count(in: windows)
                if count == 0 {
                    for skipped in SceneScan.skippedWithoutPixels(of: scan.task, among: [windows]) {
                        try scan.state.skip(skipped.windows, skipped.reason)
                    }
                } else {
                    ranges.append(
                        ClusterPlan.Range(scene: number, windows: windows, cost: Double(count) * seconds))
                }
            }
        }
        return ClusterPlan(
            version: Tilescope.configuration.version, tasks: planned.map(\.message), ranges: ranges)
    }

    /// Measured on the first scene of which anything can be read.
    private func secondsPerWindow(of scans: [BegunScan], _ cancellation: Cancellation) throws -> Double {
        for scan in scans.prefix(Self.measuredSceneLimit) {
            let seconds = try scan.task.measuredSecondsPerWindow(
                scan.scene, model.model, scan.engine, limits: limits, cancellation: cancellation)
            if let seconds { return seconds }
        }
        return Self.usualSecondsPerWindow
    }

    private func takeOver(
        _ application: SparkApplication, into scans: [BegunScan], _ cancellation: Cancellation
    ) throws {
        for scan in scans {
            let paths: [String]
            do {
                paths = try application.segments(of: scan.task)
            } catch is DecodingError {
                return ProgressLine.warn(
                    "results of another version of tilescope on the cluster are not used; their windows are scored again"
                )
            }
            guard !paths.isEmpty else { continue }
            let objections = try scan.state.join(
                candidateFiles: paths, limits: limits, cancellation: cancellation)
            for objection in objections { ProgressLine.warn("\(objection); its windows are scored again") }
        }
    }

    /// Says where the time went, and keeps it.
    private func tellAccount(of application: SparkApplication) throws {
        guard let account = try application.account else { return }
        let shares: TerminalText =
            "\(account.shares.map { "\($0.name) \((100 * $0.share).fixed(1)) %" }.joined(separator: ", "))"
        voice.tell(
            "\(account.slots) \(account.slots == 1 ? "slot" : "slots") for \(account.seconds.fixed(1)) s: \(shares)"
        )
        try writeJSON(account, to: .replacing("\(folder)/\(Self.accountName(ofGroup: group))"))
    }
}

extension [WindowRange] {
    fileprivate var windowCount: Int { reduce(0) { $0 + $1.windowCount } }
}

extension SparkApplication.Progress {
    /// - Parameter perTask: things of a task, on average.
    func text(unit: String, perTask: Double, of things: String) -> TerminalText {
        guard total > 0, done + running > 0 else { return "Spark is starting: \(executors) executors" }
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let left = rate > 0 ? duration(Double(total - done) / rate) : "unknown"
        return
            "\(done) of \(total) \(unit)  \(whole(rate * perTask)) \(things)/s  \(executors) executors, \(running) under way  "
            + "\(left) left" + (failed > 0 ? "  \(failed) tried again" : "")
    }
}
