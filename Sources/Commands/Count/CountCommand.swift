import ArgumentParser
import Files
import Foundation
import Pixels
import Rasters
import Scanning

/// Says how many objects there are: a scan's number, corrected by a labelled random sample.
struct CountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count",
        abstract: "Count objects: correct a scan's numbers by a labelled random sample.",
        discussion: """
            First, --audit 200 draws 200 cells of the scanned scenes and writes a picture of each. Cells are drawn at random, more of them \
            where the scan is less sure, and some where it saw nothing. Label them: write classes into index.csv, or move pictures \
            into the folders of their classes.

            Then, count says how many objects of each class there are, with an interval that is right in 95 of 100 samples, and the scan's \
            precision and recall. The result does not depend on how good the model is: a bad one only makes the interval wider.
            """)

    @Argument(help: ArgumentHelp("Output folders of complete scans.", valueName: "folder"))
    var folders: [String]
    @Option(
        help: ArgumentHelp(
            "Draw so many cells and write their pictures. More than an audit has adds to it; its labels stay.",
            valueName: "count"))
    var audit: Int?
    @Option(
        help: ArgumentHelp(
            "The labels: a table as index.csv, or a folder of crops or of an audit. Default: those in the audit's folder.",
            valueName: "file|folder"))
    var labels: String?
    @Option(
        help: ArgumentHelp(
            "The audit's folder. Default: audit in the scan's folder; needed for several scans.",
            valueName: "folder"))
    var output: String?
    @Option(
        help: ArgumentHelp("Count also in each polygon of a vector file.", valueName: "file")) var area:
        String?
    @Option(
        name: .customLong("cell"),
        help: ArgumentHelp(
            "Side of a cell in pixels of the whole scene. Default: three windows.", valueName: "pixels"))
    var cellSide: Int?
    @Option(
        name: .customLong("audit-seed"),
        help: ArgumentHelp("Draw other cells. Default: 1.", valueName: "number"))
    var seed: UInt64?
    @Option(
        help: ArgumentHelp("Where the scene is now, for the pictures, if it was moved.", valueName: "scene"))
    var scene: String?
    @Option(
        help: ArgumentHelp(
            "Label the crops by a truth in any format, to measure how good counts are.", valueName: "file"))
    var oracle: String?
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        guard !folders.isEmpty, !folders.contains("") else {
            throw ValidationError("name at least one folder of a scan")
        }
        guard output != "", labels != "" else {
            throw ValidationError("--output and --labels must not be empty")
        }
        if let audit {
            try require("--audit", audit, in: AuditPlan.leastCount...AuditPlan.greatestCount)
            guard labels == nil else {
                throw ValidationError(
                    "--audit and --labels exclude each other: first draw the crops, then count")
            }
        } else {
            for (name, isGiven) in [
                ("cell", cellSide != nil), ("audit-seed", seed != nil), ("oracle", oracle != nil),
                ("overwrite", overwriting.isGiven),
            ] where isGiven { throw ValidationError("--\(name) needs --audit") }
        }
        if let cellSide { try require("--cell", cellSide, in: 1...1 << 20) }
        guard scene == nil || folders.count == 1 else {
            throw ValidationError("--scene can be given for a single scan only")
        }
        guard area == nil || audit == nil || oracle != nil else {
            throw ValidationError("--audit cannot be combined with --area; give --area when you count")
        }
    }

    func run() throws {
        let cancellation = Cancellation.catchSignals()
        guard folders.count == 1 || output != nil || labels != nil else {
            throw ValidationError("name the --output folder of an audit of \(counted(folders.count, "scan"))")
        }
        let scans = try folders.map { folder in
            let place = try FolderMirror(folder, isOnlyRead: true)
            try place.fetch(ScanFolder.fileNames.contains)
            guard folderExists(place.path) else {
                throw CommandError(
                    operation: "count", path: folder,
                    cause: "there is no such folder; name the --output folder of a scan")
            }
            return (name: folder, path: place.path)
        }
        do {
            if let audit {
                try AuditDraw(command: self, scans: scans, folder: auditFolder, cancellation: cancellation)
                    .draw(audit)
                guard oracle != nil else { return }
            }
            try count(scans, cancellation)
        } catch  where cancellation.isRequested {
            // Libraries that were interrupted have errors of their own.
            throw Cancelled(kept: "earlier results are unchanged")
        }
    }

    /// Where the audit is, or is to be.
    var auditFolder: AuditFolder {
        get throws {
            let path = output ?? folders[0] + "/audit"
            guard let local = Address(path).localPath else {
                throw CommandError(
                    operation: "keep an audit", path: "\(Address(path))",
                    cause: "people must label its crops; name an --output folder on this machine")
            }
            return AuditFolder(
                path: local.count > 1 && local.hasSuffix("/") ? String(local.dropLast()) : local)
        }
    }

    // MARK: - The count

    private func count(_ scans: [(name: String, path: String)], _ cancellation: Cancellation) throws {
        let source = try labelSource()
        guard source.audit.isThere else {
            throw CommandError(
                operation: "count", path: source.audit.path,
                cause: "there is no audit in it; draw one with --audit 200, and label its crops")
        }
        try overwriting.outputs(reading: [source.table, area]).checkFolder(
            source.audit.path, names: AuditFolder.countNames)
        let lock = try source.audit.open()
        defer { withExtendedLifetime(lock) {} }
        let record = try AuditRecord(reading: source.audit.recordPath)
        let notes = try checkScans(scans.map(\.path), record)
        let labels = try AuditLabels(of: record, table: source.table, folder: source.crops)
        guard !labels.byID.isEmpty else {
            throw CommandError(
                operation: "count", path: source.name,
                cause:
                    "no crop is labelled; write classes into \(AuditFolder.indexName), or move crops into the folders of their classes"
            )
        }
        let polygons = try area.map { try regions(of: $0, record, scans, cancellation) } ?? []
        let report = try Counting(record: record, labels: labels, cancellation: cancellation).report(
            labelsName: source.name, polygons: polygons, notes: notes)
        try cancellation.check()
        try source.audit.write(report)
        for line in report.lines { say(line) }
        say("written to \(source.audit.path): \(AuditFolder.countNames.joined(separator: ", "))")
    }

    private struct LabelSource {
        var audit: AuditFolder
        /// For people.
        var name: String
        var table: String?
        var crops: String?
    }

    /// Where labels are, and the audit that they belong to.
    private func labelSource() throws -> LabelSource {
        func whole(_ audit: AuditFolder) -> LabelSource {
            func ifThere(_ path: String) -> String? {
                FileManager.default.fileExists(atPath: path) ? path : nil
            }
            return LabelSource(
                audit: audit, name: audit.path, table: ifThere(audit.indexPath),
                crops: ifThere(audit.cropsPath))
        }
        guard let labels else { return whole(try auditFolder) }
        let path = Address(labels).localPath ?? labels
        if folderExists(path) {
            let audit = AuditFolder(path: path)
            if audit.isThere { return whole(audit) }
            return LabelSource(audit: try auditOf(folderWith: path), name: labels, table: nil, crops: path)
        }
        return LabelSource(audit: try auditOf(folderWith: path), name: labels, table: path, crops: nil)
    }

    /// The audit in the folder that a file or a folder lies in; else the usual one.
    private func auditOf(folderWith path: String) throws -> AuditFolder {
        let beside = AuditFolder(
            path: URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false))
        guard output == nil, beside.isThere else { return try auditFolder }
        return beside
    }

    /// Holds the scans to those that were audited.
    ///
    /// - Returns: what has changed since, and what holds all the same.
    private func checkScans(_ paths: [String], _ record: AuditRecord) throws -> [String] {
        var open = record.scenes
        var notes: [String] = []
        for (folder, path) in zip(folders, paths) {
            let state = try ScanFolder(path: path).openToRead()
            let digest = try state.task.digest
            guard
                let place = open.firstIndex(where: { $0.identity == state.task.scene && $0.task == digest })
                    ?? open.firstIndex(where: { $0.identity == state.task.scene })
            else {
                throw CommandError(
                    operation: "count", path: folder,
                    cause: "the audit belongs to other scenes: \(shortList(record.scenes.map(\.name)))")
            }
            let audited = open.remove(at: place)
            if audited.task != digest {
                notes.append(
                    "\(folder) holds another scan of the scene than the audit is of. The count and its interval hold; detections, "
                        + "precision and recall are those of the audited scan")
            } else if audited.rule != state.context.rule {
                notes.append(
                    "\(folder) was merged by another rule since the audit (threshold \(state.context.rule.threshold), then "
                        + "\(audited.rule.threshold)). The count and its interval hold; detections, precision and recall are those of then"
                )
            }
        }
        guard open.isEmpty else {
            throw CommandError(
                operation: "count", path: folders.joined(separator: ", "),
                cause: "the audit also covers \(shortList(open.map(\.folder))); name these folders, too")
        }
        return notes
    }

    /// The polygons of a vector file, in the cells of the audited scenes.
    private func regions(
        of area: String, _ record: AuditRecord, _ scans: [(name: String, path: String)],
        _ cancellation: Cancellation
    ) throws -> [Counting.Region] {
        var parts: [[AuditRecord.StratumPart]] = []
        var crops: [Set<String>] = []
        for (place, audited) in record.scenes.enumerated() {
            let scan = try scans.lazy.map { scan in
                try AuditedScan(
                    scan.name, at: scan.path, rule: audited.rule, side: record.cellSide, cancellation)
            }.first { $0.digest == audited.task && $0.scene.cells == audited.cells }
            guard let scan else {
                throw CommandError(
                    operation: "count in polygons of \(audited.name)", path: audited.folder,
                    cause: "it holds another scan than the audit covers; draw a new audit for it")
            }
            let address = self.scene.map { Address($0) } ?? scan.state.context.scene
            let scene = try Scene(opening: address, view: scan.state.task.view)
            let polygons = try scene.polygons(ofVectorFile: Address(area))
            if parts.isEmpty {
                parts = polygons.map { _ in record.plan.strata.map { _ in .init() } }
                crops = polygons.map { _ in [] }
            }
            let stratified = try StratifiedCells(
                of: scan.scene, by: record.plan, cancellation: cancellation)
            let centres = audited.cells.centres
            let ownCrops = record.crops.filter { $0.unit.scene == place }
            let cropPlaces = PlacesByCell(ownCrops.map(\.unit.cell))
            for (number, polygon) in polygons.enumerated() where number < parts.count {
                try cancellation.check()
                let cells = centres.cells(in: polygon)
                for (stratum, part) in scan.named(stratified.parts(in: cells)).enumerated() {
                    parts[number][stratum].add(part)
                }
                for range in cells {
                    crops[number].formUnion(cropPlaces.entries(in: range).map { ownCrops[$0.place].id })
                }
            }
        }
        return zip(parts, crops).enumerated().map { number, region in
            Counting.Region(
                name: "\(number + 1)", strata: region.0, holds: { region.1.contains($0.id) })
        }
    }
}
