import Engines
import Files
import ModelFiles
import Networks
import Rasters
import Scanning

extension SceneScans {
    /// Says what would be scanned, and about how long it would take; writes nothing.
    ///
    /// - Throws: where a scene could not be scanned, when the others are told.
    func dryRun() throws {
        let folders = try folders()
        var rate: ScanRate?
        var failures: [any Error] = []
        var rows: [PlannedRow] = []
        for (entry, folder) in zip(entries, folders) {
            do {
                guard let address = entry.address, let folder else {
                    throw CommandError(
                        operation: "scan", path: entry.name, cause: entry.failure ?? "it is not a scene")
                }
                let row = try plan(address, into: folder, &rate)
                rows.append(row)
                try voice.sayJSON(row)
                voice.say(row.text)
            } catch let error where !(error is Cancelled) {
                failures.append(error)
                if areSeveral { ProgressLine.warn("\(error)") }
            }
        }
        let left = rows.reduce(0) { $0 + $1.leftWindowCount }
        let seconds = rate?.seconds(for: left)
        try voice.sayJSON(
            [
                "summary": PlannedTotals(
                    sceneCount: rows.count, failedCount: failures.count, leftWindowCount: left,
                    seconds: seconds)
            ])
        if let task = rows.first { voice.say(task.optionsText(command.limits)) }
        voice.say("boxes: \(rule.text); looks for \(classList(classes))")
        if let text = rate?.text(of: left) {
            voice.say("\(counted(left, "window")) in \(counted(rows.count, "scene")): \(text)")
        }
        guard let first = failures.first else { return }
        if !areSeveral { throw first }
        throw CommandError(
            operation: "scan all \(counted(entries.count, "scene"))", path: command.output,
            cause: "\(failures.count) would fail, for the reasons above")
    }

    /// - Parameter rate: measured on the first scene of which anything can be read.
    private func plan(_ address: Address, into folder: String, _ rate: inout ScanRate?) throws -> PlannedRow {
        let chosen = try command.sceneOptions.open(
            address, for: model.model, classes: classes, stride: command.stride(for: model.model),
            fill: command.fillOption, job: job)
        let scene = chosen.scene
        let output = ScanFolder(path: try FolderMirror(folder).path)
        let engine = try command.engine(for: model.model, continuing: output.tasks)
        let task = try command.task(chosen, model, engine, continuing: output.tasks).task
        let range = command.part.map { task.grid.range.part($0.number, of: $0.count) } ?? task.grid.range
        var missing = [range]
        // What is there and is no state of this task is told when it is to be replaced.
        if let state = try? output.openToRead(), state.task == task {
            missing = state.finished.missing(in: range)
        }
        if let fraction = command.sampleOptions.fraction {
            let sample = try SceneSample(
                of: task, moveReach: rule.moveReach, fraction: fraction.value,
                seed: command.sampleOptions.seed)
            missing = sample.ranges(except: FinishedWindows(rowCount: task.grid.rowCount))
        }
        if rate?.seconds(for: 1) == nil {
            rate = try ScanRate(
                of: task, scene, model.model, engine, limits: command.limits, cancellation: job.cancellation)
        }
        func count(_ task: ScanTask, _ windows: [WindowRange]) -> Int {
            SceneScan.windowsInArea(of: task, among: windows).reduce(0) { $0 + $1.windowCount }
        }
        let left = count(task, missing)
        let (width, height) = task.fullSize
        return PlannedRow(
            scene: address.description, folder: folder, sceneWidth: width, sceneHeight: height,
            rowCount: task.view?.stack == nil ? task.grid.rowCount : nil,
            columnCount: task.view?.stack == nil ? task.grid.columnCount : nil,
            windowCount: count(task.withAllWindows, [range]),
            leftWindowCount: left, outsideWindowCount: count(task.withAllWindows, missing) - left,
            choice: chosen.text.map(\.description),
            seconds: rate?.seconds(for: left),
            windowSize: task.grid.windowSize, stride: task.grid.stride, floor: task.floor,
            views: task.views?.rawValue ?? 1, isDense: task.denseBlock != nil, engine: engine.description)
    }
}

/// What would be scanned of one scene.
private struct PlannedRow: Encodable {
    var scene: String
    var folder: String
    var sceneWidth: Int
    var sceneHeight: Int
    /// `nil` at several scales, as `columnCount`.
    var rowCount: Int?
    var columnCount: Int?
    /// Windows of the scene, or of `--part`.
    var windowCount: Int
    /// Windows in the area that are not finished yet. Windows without valid pixels are counted, too.
    var leftWindowCount: Int
    /// Windows outside the area that are not finished yet.
    var outsideWindowCount: Int
    /// How the scene is seen, in words; `nil` for as it is stored.
    var choice: String?
    /// Estimated time for the windows that are left.
    var seconds: Double?
    var windowSize: Int
    var stride: Int
    var floor: Float
    var views: Int
    var isDense: Bool
    var engine: String

    var text: TerminalText {
        "\(scene): \(sceneWidth)×\(sceneHeight) pixels, \(counted(windowCount, "window"))\(gridText), "
            + (leftWindowCount == windowCount ? "" : "\(leftWindowCount) of them to score, ")
            + (outsideWindowCount == 0 ? "" : "\(outsideWindowCount) are outside the area, ")
            + "into \(folder)" + (choice.map { ", \($0)" } ?? "")
            + (seconds.map { ", about \(duration($0))" } ?? "")
    }

    private var gridText: TerminalText {
        guard let rowCount, let columnCount else { return "" }
        return " (\(counted(rowCount, "row")), \(counted(columnCount, "column")))"
    }

    func optionsText(_ limits: ScanLimits) -> TerminalText {
        "windows of \(windowSize)×\(windowSize) pixels, stride \(stride), floor \(floor), \(isDense ? "dense" : "exact"), "
            + "\(views) \(views == 1 ? "view" : "views"); \(engine)"
    }
}

private struct PlannedTotals: Encodable {
    var sceneCount: Int
    var failedCount: Int
    var leftWindowCount: Int
    /// Estimated; `nil` where nothing could be measured.
    var seconds: Double?
}
