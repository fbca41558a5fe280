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
    /// In the folder, where the time went.
    static let accountName = "cluster.json"

    var model: ScannedModel
    var settings: SparkApplication.Settings
    var slotCount: Int
    var limits: ScanLimits
    var voice: ScanVoice

    /// - Parameter scans: at least one.
    /// - Parameter folder: of this machine.
    /// - Throws: also where windows could not be scored, when the others are done.
    func score(_ scans: [BegunScan], folder: String, cancellation: Cancellation) throws {
        let line = voice.line
        let application = Self.application(in: folder)
        try application.check()
        try takeOver(application, into: scans, cancellation)
        let unfinished = scans.filter { !$0.missing.isEmpty }
        guard !unfinished.isEmpty else { return try application.remove() }
        let plan = try plan(unfinished, cancellation)
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
            "\(plan.ranges.count) \(plan.ranges.count == 1 ? "range" : "ranges") with \(plan.windowCount) windows on \(settings.master)"
        )
        try tellAccount(of: application, folder: folder)
        let left = unfinished.reduce(0) { $0 + $1.missing.reduce(0) { $0 + $1.windowCount } }
        guard left == 0 else {
            throw ScanError(
                code: .unreadable, operation: "score \(left) of \(plan.windowCount) windows",
                cause: try application.firstFailure ?? "the cluster did not say why")
        }
        try application.remove()
    }

    /// - Parameter folder: the command's, of this machine.
    static func application(in folder: String) -> SparkApplication {
        SparkApplication(folder: folder + "/.scan-cluster")
    }

    private func plan(_ scans: [BegunScan], _ cancellation: Cancellation) throws -> ClusterPlan {
        let network = try Network(model.model.architecture)
        let windowCount = scans.reduce(0) { $0 + $1.missing.reduce(0) { $0 + $1.windowCount } }
        let seconds = try scans[0].task.measuredSecondsPerWindow(
            scans[0].scene, model.model, scans[0].engine, limits: limits, cancellation: cancellation)
        let size = RangeSize(secondsPerWindow: seconds, windowCount: windowCount, slotCount: slotCount)
        let planned = try scans.enumerated().map { number, scan in
            try PlannedScene(
                scan.task, of: scan.scene, number: number, model: TaskMessage.shippedModel, network: network,
                size: size, blockPixelLimit: limits.blockPixelLimit)
        }
        let ranges = zip(scans, planned).flatMap { scan, planned in
            planned.ranges.flatMap { range in
                range.intersection(scan.range).map { scan.state.finished.missing(in: $0) } ?? []
            }.map {
                ClusterPlan.Range(
                    scene: planned.message.task, windows: $0, cost: Double($0.windowCount) * seconds)
            }
        }
        return ClusterPlan(
            version: Tilescope.configuration.version, tasks: planned.map(\.message), ranges: ranges)
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
                    "what another version of tilescope has scored on a cluster is scored again")
            }
            guard !paths.isEmpty else { continue }
            let objections = try scan.state.join(
                candidateFiles: paths, limits: limits, cancellation: cancellation)
            for objection in objections { ProgressLine.warn("\(objection); its windows are scored again") }
        }
    }

    /// Says where the time went, and keeps it.
    private func tellAccount(of application: SparkApplication, folder: String) throws {
        guard let account = try application.account else { return }
        let shares: TerminalText =
            "\(account.shares.map { "\($0.name) \((100 * $0.share).fixed(1)) %" }.joined(separator: ", "))"
        voice.tell(
            "\(account.slots) \(account.slots == 1 ? "slot" : "slots") for \(account.seconds.fixed(1)) s: \(shares)"
        )
        try writeJSON(account, to: .replacing("\(folder)/\(Self.accountName)"))
    }
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
