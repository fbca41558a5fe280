import Annotations
import ArgumentParser
import Files
import Foundation
import Pixels
import Rasters
import Scanning

/// Makes new boxes of scans without scoring.
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make new boxes of a scan without scoring, or join the parts of one.",
        discussion: """
            Reads what scan has kept in its output folder and writes the outputs again, by another threshold, method, IoU or list \
            of classes; what is not given stays as it was. Several folders are joined: the parts of scan --part, in any order.
            """)

    @Argument(help: ArgumentHelp("Output folders of scans of one task.", valueName: "folder"))
    var folders: [String]
    @Option(
        help: ArgumentHelp(
            "The folder to write into; needed for several, and for one the folder itself by default.",
            valueName: "folder"))
    var output: String?
    @Option(
        help: ArgumentHelp("Where the scene is now, for pictures, if it was moved.", valueName: "scene"))
    var scene: String?
    @Flag(help: "Write what was found also where windows are missing.") var partial = false
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions
    @OptionGroup var supervision: Supervision
    @OptionGroup(title: "What is made of the scores") var mergeOptions: MergeOptions

    func validate() throws {
        guard !folders.isEmpty, !folders.contains("") else {
            throw ValidationError("name at least one folder of a scan")
        }
        guard output != "" else { throw ValidationError("--output must name a folder") }
    }

    func run() throws {
        // Here, because a mistyped option looks like one folder more.
        guard folders.count == 1 || output != nil else {
            throw ValidationError(
                "name the --output folder of the \(counted(folders.count, "scan")) together")
        }
        supervision.watchInput()
        let job = Job<ScanProgress>(cancellation: .catchSignals(), warning: { ProgressLine.warn("\($0)") })
        let limits = ScanLimits(mergeByteCount: mergeOptions.memory << 20)
        try overwriting.outputs(reading: [scene, mergeOptions.truth])
            .checkFolder(
                output ?? folders[0], names: ScanFolder(path: output ?? folders[0]).ownFileNames)
        let places = try folders.map { folder in
            let place = try FolderMirror(folder, isOnlyRead: output != nil)
            try place.fetch(ScanFolder.isOwn)
            return place
        }
        let target = try output.map { try FolderMirror($0) } ?? places[0]
        let lock = try target.lock(warn: job.warn)
        defer { withExtendedLifetime(lock) {} }
        try target.fetch(ScanFolder.isOwn)
        let joining = Joining(paths: places.map(\.path), target: target.path)
        let source = try checkNothingIsMissing(in: joining.paths)
        let rule = try rule(of: source)
        do {
            try merge(joining, by: rule, like: source.context, limits: limits, job)
            try target.publishScan()
        } catch is Cancelled {
            throw Cancelled(kept: "\(output ?? folders[0]) is unchanged")
        }
    }

    /// - Parameter context: of the first scan, which says what is written where nothing is asked for.
    private func merge(
        _ joining: Joining, by rule: MergeRule, like context: ScanContext, limits: ScanLimits,
        _ job: Job<ScanProgress>
    ) throws {
        let state = try joined(joining, limits: limits, cancellation: job.cancellation)
        guard state.isComplete || state.isInPlace else {
            throw CommandError(
                operation: "replace the scan", path: state.folder.path,
                cause: "only a complete scan replaces another one; give another --output")
        }
        let places = AnnotatedScene(of: state.task, state.context)
        if let objection = places.georeference?.objection(width: places.width, height: places.height) {
            throw CommandError(
                operation: "write where boxes lie", path: folders[0],
                cause: "\(objection); scan again into this folder with the right --crs: the scores are kept")
        }
        let truth = try mergeOptions.readTruth(
            of: places, labels: rule.labels, classes: state.context.classes,
            background: state.context.background, area: state.task.selection?.area,
            cancellation: job.cancellation)
        let scene = try state.openScene(at: scene) { reason in
            job.warn(
                "images of the scene are left out and older ones removed: \(reason); name the scene with --scene"
            )
        }
        let sinks = mergeOptions.sinks(
            labels: rule.labels, classes: state.context.classes, of: places, truth: truth, like: context,
            drawsScene: scene != nil)
        if state.isComplete { try state.finish(limits: limits, cancellation: job.cancellation) }
        let summary = try state.write(
            sinks, by: rule, scene: scene,
            record: ScanRecord(
                engine: nil, limits: limits, version: Tilescope.configuration.version, context: state.context),
            limits: limits, job: job)
        if state.folder.hasReplacement {
            job.warn(
                "the new scan that will replace this one is not complete; these are the results of the older one"
            )
        }
        for count in summary.counts { say("\(shortName(count.className)): \(count.detectionCount)") }
        say("\(rule.text); written to \(output ?? folders[0])")
        if let words = places.pixelWords { ProgressLine.tell("\(words)") }
        for case let sink as MetricsSink in sinks { say("\n\(sink.text)") }
    }

    /// Before anything is written.
    ///
    /// - Returns: the first scan, to be read: what holds where nothing is asked for.
    private func checkNothingIsMissing(in paths: [String]) throws -> ScanState {
        let states = try paths.map { try ScanFolder(path: $0).openToRead() }
        try states.checkEqualTasks()
        var finished = states[0].finished
        for state in states.dropFirst() { finished.insert(state.finished) }
        if !partial, let words = states[0].task.missingWords(finished) {
            throw CommandError(
                operation: "merge", path: folders.joined(separator: ", "),
                cause: "\(words); finish the scan, or give --partial to write the results so far")
        }
        return states[0]
    }

    /// The state to merge: the folder's own, or the output's, with the candidates of all folders.
    private func joined(
        _ joining: Joining, limits: ScanLimits, cancellation: Cancellation
    ) throws -> ScanState {
        let (folders, target) = (joining.paths, joining.target)
        // A folder that is named twice is one.
        let others = Set(folders.map(Self.resolved)).subtracting([Self.resolved(target)]).sorted()
        let states = try others.map { try ScanFolder(path: $0).openToRead() }
        guard let first = states.first else { return try ScanFolder(path: target).open() }
        let state =
            folders.map(Self.resolved).contains(Self.resolved(target))
            ? try ScanFolder(path: target).open()
            : try ScanFolder(path: target).begin(first.task, first.context, overwrites: overwriting.isGiven)
        try state.join(states, limits: limits, cancellation: cancellation)
        return state
    }

    private static func resolved(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    }

    /// The rule of the scan or of the last merge, but for what is asked for.
    private func rule(of state: ScanState) throws -> MergeRule {
        var rule = state.context.rule
        let classes = state.context.classes
        if !mergeOptions.classes.isEmpty {
            func unknown(_ name: String) -> CommandError {
                let kept = classList(state.task.labels.map { classes[$0] })
                return CommandError(
                    operation: "look for \"\(name)\"", path: state.folder.path,
                    cause: "the scan kept only \(kept)")
            }
            do throws(UnknownClass) {
                rule.labels = try classLabels(ofList: mergeOptions.classes, among: classes)
            } catch {
                throw unknown(error.name)
            }
            if let other = rule.labels.first(where: { !state.task.labels.contains($0) }) {
                throw unknown(classes[other])
            }
        }
        return try mergeOptions.changed(rule, floor: state.task.floor)
    }
}

/// Which folders of this machine are joined, and into which.
private struct Joining {
    var paths: [String]
    var target: String
}
