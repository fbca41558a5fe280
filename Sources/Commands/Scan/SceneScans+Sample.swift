import Files
import Rasters
import Scanning

extension SceneScans {
    /// Scores a sample of a scene, and says what it means for the whole.
    func sample(_ scan: BegunScan) throws {
        guard let fraction = command.sampleOptions.fraction else {
            preconditionFailure("no sample is asked for")
        }
        do {
            let sample = try SceneSample(
                of: scan.task, moveReach: rule.moveReach, fraction: fraction.value,
                seed: command.sampleOptions.seed)
            let timing = try scan.score(sample, on: line, job: job)
            let estimates = try sample.estimates(
                from: scan.state, by: rule, limits: command.limits, cancellation: job.cancellation)
            let left = SceneScan.windowsInArea(of: scan.task, among: scan.missing)
            let row = SampleRow(
                scene: scan.scene.address.description, folder: scan.output, sample,
                unreadableBlockCount: sample.drawn.count - sample.finishedCells(scan.state.finished).count,
                left: left.reduce(0) { $0 + $1.windowCount }, timing,
                Dictionary(uniqueKeysWithValues: zip(classes, estimates)))
            try voice.sayJSON(row)
            if let warning = row.warning { ProgressLine.warn(warning) }
            for line in row.lines(classes: classes, isNamed: areSeveral) { voice.say(line) }
            count(try scan.sampledRow())
        } catch {
            throw scan.explained(error)
        }
    }
}

/// What a sample says of one scene.
private struct SampleRow: Encodable {
    var scene: String
    var folder: String
    var seed: UInt64
    /// Blocks of the scene, or of the area that is looked at.
    var blockCount: Int
    /// In the sample.
    var sampledBlockCount: Int
    /// In the sample; they are left out of the estimates.
    var unreadableBlockCount: Int
    /// The windows of the scene, or of the area where one is given. The next two count those in the sample's blocks, and those that are
    /// finished by now, with the blocks' margins.
    var windowCount: Int
    var sampledWindowCount: Int
    var scoredWindowCount: Int
    /// For the windows that are not finished, estimated; `nil` where nothing was scored now.
    var secondsLeft: Double?
    /// By class.
    var estimates: [String: CountEstimate]

    init(
        scene: String, folder: String, _ sample: SceneSample, unreadableBlockCount: Int, left: Int,
        _ timing: ScanTiming, _ estimates: [String: CountEstimate]
    ) {
        self.scene = scene
        self.folder = folder
        seed = sample.seed
        blockCount = sample.cellCount
        sampledBlockCount = sample.drawn.count
        self.unreadableBlockCount = unreadableBlockCount
        windowCount = sample.wantedWindowCount
        sampledWindowCount = sample.windowCount
        scoredWindowCount = windowCount - left
        self.estimates = estimates
        let rate = timing.windowsPerSecond
        if rate > 0 { secondsLeft = Double(left) / rate }
    }

    /// For people; `nil` where all of the sample could be read.
    var warning: TerminalText? {
        guard unreadableBlockCount > 0 else { return nil }
        return
            "\(scene): \(unreadableBlockCount) of \(sampledBlockCount) blocks cannot be read and are left out of the estimates; "
            + "\(ScanFolder.failedName) in \(folder) lists their windows"
    }

    /// For people.
    func lines(classes: [String], isNamed: Bool) -> [TerminalText] {
        var cells = [["class", "in the sample", "in the scene", "95 % interval"]]
        for name in classes {
            guard let count = estimates[name] else { continue }
            cells.append([
                name, grouped(count.found), grouped(count.estimate),
                "\(grouped(count.lower.rounded(.down)))–\(grouped(count.upper.rounded(.up)))",
            ])
        }
        let share = 100 * Double(sampledWindowCount) / Double(windowCount)
        var lines: [TerminalText] = isNamed ? ["\(scene):"] : []
        lines += columns(cells, leftCount: 1)
        lines.append(
            "\(sampledBlockCount) of \(blockCount) blocks, \(share.fixed(2)) % of the windows; seed \(seed)")
        let left = secondsLeft.map { ": about \(duration($0))" } ?? ""
        lines.append(
            "\(counted(windowCount - scoredWindowCount, "window is", "windows are")) left\(left); the same command without --sample goes on in \(folder)"
        )
        return lines
    }
}
