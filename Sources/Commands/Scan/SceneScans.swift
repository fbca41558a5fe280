import ArgumentParser
import Cluster
import Files
import Foundation
import ModelFiles
import Rasters
import Scanning

/// Scans the scenes of one command: one after the other, or together on a cluster. What becomes of each is told as soon as it is known.
final class SceneScans {
    let command: Scan
    let model: ScannedModel
    let rule: MergeRule
    let line: ProgressLine
    let job: Job<ScanProgress>
    let entries: [SceneList.Entry]
    /// Whether each scene has a folder of its own in the output folder.
    let areSeveral: Bool
    /// Looked for, in the rule's order.
    let classes: [String]

    private let ruleWords: TerminalText
    private var isToldOfRule = false
    private var isToldOfPixels = false
    /// Why scans are exact or dense, each reason once.
    private var toldModes: Set<String> = []
    private var isToldOfDeviation = false
    private var table: SceneTable?
    private var rows: [SceneRow] = []
    /// Why a scene that is scanned alone has failed.
    private var failure: (any Error)?

    init(
        _ command: Scan, _ list: SceneList, model: ScannedModel, rule: MergeRule, ruleWords: TerminalText,
        line: ProgressLine, job: Job<ScanProgress>
    ) {
        self.command = command
        self.model = model
        self.rule = rule
        self.line = line
        self.job = job
        self.ruleWords = ruleWords
        entries = list.entries
        areSeveral = list.mayBeSeveral
        classes = rule.labels.map { model.model.classes[$0] }
    }

    var voice: ScanVoice { command.voice }

    /// Where the results of each scene go, as it is named; `nil` for what is no scene.
    func folders() throws -> [String?] {
        guard areSeveral else { return [command.output] }
        let place = try FolderMirror(command.output).path
        let names = SceneFolders(
            entries.compactMap(\.address),
            reserved: [SceneTable.name] + clusterGroups.indices.map(ClusterScan.accountName(ofGroup:))
        ) { name in ScanFolder(path: "\(place)/\(name)").sceneAddress }.names
        var rest = names[...]
        return entries.map { entry in
            entry.address.flatMap { _ in rest.popFirst() }.map {
                Address(command.output).appending($0).description
            }
        }
    }

    func run() throws {
        let folders = try folders()
        let mirror = areSeveral ? try FolderMirror(command.output) : nil
        // A sample makes no results that a table could hold.
        if let mirror, command.sampleOptions.fraction == nil {
            try command.overwriting.outputs(reading: command.lists).checkFolder(
                command.output, names: [SceneTable.name])
            table = try SceneTable(
                in: mirror.path, classes: classes, hasVerdicts: !command.reject.isEmpty,
                replaces: command.overwriting.isGiven)
        }
        if let settings = command.clusterOptions.settings {
            try scan(folders, on: settings)
        } else if command.sampleOptions.fraction != nil {
            try forEachScene(of: folders) { scan in
                try self.sample(scan)
                return nil
            }
        } else {
            try forEachScene(of: folders) { scan in
                try self.complete(scan) {
                    try self.tellDeviation(of: scan)
                    try scan.score(on: self.line, job: self.job)
                }
                return try scan.row(rejectedBy: self.command.reject)
            }
        }
        try table?.finish()
        try mirror?.publish([SceneTable.name], removing: { _ in false })
        try tellEnd()
    }

    /// Begins each scene and does something with it; a scene that fails keeps no other one back.
    ///
    /// - Parameter body: returns what is to be told; `nil` where it has told it.
    private func forEachScene(of folders: [String?], _ body: (_ scan: BegunScan) throws -> SceneRow?) throws {
        for (place, entry) in entries.enumerated() {
            guard let scan = try begin(place, entry, into: folders[place]) else { continue }
            try end(place, scan) { try body(scan) }
        }
    }

    /// Says of the first dense scan how far it is from an exact one.
    private func tellDeviation(of scan: BegunScan) throws {
        guard !isToldOfDeviation, let text = try scan.deviationText(job: job) else { return }
        isToldOfDeviation = true
        voice.tell(text)
    }

    /// - Returns: `nil` where it cannot be begun, which is told.
    private func begin(_ place: Int, _ entry: SceneList.Entry, into folder: String?) throws -> BegunScan? {
        guard let address = entry.address, let folder else {
            try end(place, SceneRow(scene: entry.name, error: entry.failure.map(withoutSecrets)))
            return nil
        }
        do {
            let scan = try BegunScan(
                command, of: address, into: folder, isOneOfSeveral: areSeveral, model: model, rule: rule,
                job: job)
            if !isToldOfRule { voice.tell(ruleWords) }
            isToldOfRule = true
            if let text = scan.modeText, toldModes.insert(text.description).inserted { voice.tell(text) }
            return scan
        } catch let error where !(error is Cancelled) {
            if !areSeveral { failure = error }
            try end(place, SceneRow(scene: entry.name, error: withoutSecrets("\(error)")))
            return nil
        }
    }

    /// Tells what a body says of a scene, or why it has failed.
    private func end(_ place: Int, _ scan: BegunScan, _ body: () throws -> SceneRow?) throws {
        let row: SceneRow?
        do {
            row = try body()
        } catch let error where !(error is Cancelled) {
            if !areSeveral { failure = error }
            row = failedRow(of: scan, error)
        }
        if let row { try end(place, row) }
    }

    /// What there is of a scene that has failed; only the reasons where that cannot be read either.
    private func failedRow(of scan: BegunScan, _ error: any Error) -> SceneRow {
        do {
            return try scan.row(rejectedBy: command.reject, error: error)
        } catch let second {
            let reasons = "\(error)" == "\(second)" ? "\(error)" : "\(error); \(second)"
            return SceneRow(scene: scan.scene.address.description, error: withoutSecrets(reasons))
        }
    }

    /// Has a scene scored, and makes of the scores what people look at.
    private func complete(_ scan: BegunScan, _ score: () throws -> Void) throws {
        do {
            try score()
            try scan.finish(on: line, job: job)
            if !isToldOfPixels, let words = scan.places.pixelWords {
                voice.tell(
                    "\(areSeveral ? "\(scan.scene.address) and others without a place: " : "")\(words)")
                isToldOfPixels = true
            }
        } catch let error as ScanError where error.code == .unreadable && !error.failures.isEmpty {
            try scan.finish(without: error, on: line, job: job)
        } catch {
            throw scan.explained(error)
        }
    }

    private func end(_ place: Int, _ row: SceneRow) throws {
        rows.append(row)
        try table?.add(row, at: place)
        try voice.sayJSON(row)
        guard areSeveral else {
            if let verdict = row.verdictText { voice.say(verdict) }
            return
        }
        if row.error == nil {
            voice.say(row.line(classes: classes))
        } else {
            ProgressLine.warn(row.line(classes: classes))
        }
    }

    /// Takes in a scene that was told of.
    func count(_ row: SceneRow) { rows.append(row) }

    /// - Throws: where a scene has failed, or else is rejected.
    private func tellEnd() throws {
        let totals = SceneTotals(rows, hasVerdicts: !command.reject.isEmpty)
        try voice.sayJSON(totals)
        if let failure { throw failure }
        let failedCount = totals.summary.failedCount
        guard failedCount == 0 else {
            throw CommandError(
                operation: "scan all \(counted(rows.count, "scene"))", path: command.output,
                cause: "\(failedCount) failed, for the reasons above")
        }
        if areSeveral, command.sampleOptions.fraction == nil {
            voice.say("\(totals.text); \(SceneTable.name) in \(command.output) has a row for each")
        }
        if totals.summary.rejectedCount ?? 0 > 0 { throw RejectRule.exitCode }
    }

    // MARK: - On a cluster

    /// Scenes that are begun at the same time: each keeps files open.
    private static let clusterGroupSize = 256

    /// The places of scenes that go to the cluster together.
    private var clusterGroups: [Range<Int>] {
        stride(from: 0, to: entries.count, by: Self.clusterGroupSize).map {
            $0..<min($0 + Self.clusterGroupSize, entries.count)
        }
    }

    private func scan(_ folders: [String?], on settings: SparkApplication.Settings) throws {
        let folder = try FolderMirror(command.output).path
        for (number, places) in clusterGroups.enumerated() {
            try scan(
                places, of: folders,
                on: ClusterScan(
                    model: model, settings: settings, slotCount: command.clusterOptions.slotCount,
                    limits: command.limits, voice: voice, folder: folder, group: number))
        }
    }

    private func scan(_ places: Range<Int>, of folders: [String?], on cluster: ClusterScan) throws {
        var scans: [(place: Int, scan: BegunScan)] = []
        for place in places {
            if let scan = try begin(place, entries[place], into: folders[place]) {
                scans.append((place, scan))
            }
        }
        let unfinished = scans.map(\.scan).filter { !$0.missing.isEmpty }
        var clusterError: (any Error)?
        var leavesWindows = false
        if !unfinished.isEmpty {
            do {
                leavesWindows = try !cluster.score(unfinished, cancellation: job.cancellation)
            } catch let error as Cancelled where areSeveral {
                throw error
            } catch {
                clusterError = error
            }
        }
        for (place, scan) in scans {
            try end(place, scan) {
                if let clusterError, !scan.missing.isEmpty { throw scan.explained(clusterError) }
                // The cluster could not read some ranges: the windows in them that can be read are scored here.
                try complete(scan) { try scan.score(on: line, job: job) }
                return try scan.row(rejectedBy: command.reject)
            }
        }
        if leavesWindows, unfinished.allSatisfy(\.missing.isEmpty) { try cluster.application.remove() }
    }
}
