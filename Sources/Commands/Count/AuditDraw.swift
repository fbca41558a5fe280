import Files
import Foundation
import Pixels
import Rasters
import Scanning

/// Draws an audit, or more crops for one that is there, and writes its folder.
struct AuditDraw {
    let command: CountCommand
    /// As they were named, and where their files are on this machine.
    let scans: [(name: String, path: String)]
    let folder: AuditFolder
    let cancellation: Cancellation

    func draw(_ count: Int) throws {
        try command.overwriting.outputs(reading: [command.scene, command.oracle]).checkFolder(
            folder.path,
            names: [AuditFolder.recordName, AuditFolder.indexName, AuditFolder.pageName]
                + AuditFolder.countNames)
        let lock = try folder.open()
        defer { withExtendedLifetime(lock) {} }
        let replaces = command.overwriting.isGiven
        guard replaces || !folder.isForeign else {
            throw CommandError(
                operation: "write into the folder", path: folder.path,
                cause: "it holds files that the audit would replace; give another --output, or --overwrite")
        }
        if folder.isThere, !replaces { return try extend(to: count) }
        let audited = try audited(rules: nil, side: command.cellSide)
        let plan = AuditPlan(of: audited.map(\.scene), count: count, seed: command.seed ?? 1)
        let record = try AuditRecord(
            plan, of: audited, cellSide: command.cellSide, goingOnWith: nil, cancellation: cancellation)
        try write(record, audited, labels: labels(of: record, audited), after: nil)
        sayDone(record, isAllThereIs: record.crops.count < count)
    }

    private func extend(to count: Int) throws {
        let earlier = try AuditRecord(reading: folder.recordPath)
        func another(_ cause: String) -> CommandError {
            CommandError(
                operation: "add to the audit", path: folder.path,
                cause: "\(cause); give another --output, or --overwrite to replace the audit and its labels")
        }
        guard command.oracle == nil else {
            throw another("it is there already, and --oracle would replace labels that people may have made")
        }
        guard command.seed.map({ $0 == earlier.plan.seed }) ?? true else {
            throw another("it was drawn with the seed \(earlier.plan.seed)")
        }
        guard command.cellSide.map({ $0 == earlier.cellSide }) ?? true else {
            throw another("its cells have another size")
        }
        guard earlier.scenes.count == scans.count else {
            throw another("it is of \(counted(earlier.scenes.count, "scan")), not of \(scans.count)")
        }
        let audited = try audited(rules: earlier.scenes.map(\.rule), side: earlier.cellSide)
        guard zip(audited, earlier.scenes).allSatisfy({ $0.digest == $1.task && $0.scene.cells == $1.cells })
        else {
            throw another("it is of other scans, or of the same in another order")
        }
        guard count > earlier.crops.count else {
            say(
                "\(folder.path) has \(counted(earlier.crops.count, "crop")) already: --audit with a larger number adds some"
            )
            return
        }
        var plan = earlier.plan
        plan.extend(to: count)
        guard plan.count > earlier.crops.count else {
            say("\(folder.path) has all \(counted(earlier.crops.count, "cell")) of its scenes already")
            return
        }
        let record = try AuditRecord(
            plan, of: audited, cellSide: earlier.cellSide, goingOnWith: earlier, cancellation: cancellation)
        guard record.crops.prefix(earlier.crops.count).map(\.unit) == earlier.crops.map(\.unit) else {
            throw another("it was drawn by another version of tilescope")
        }
        try write(record, audited, labels: labels(of: record, audited), after: earlier)
        sayDone(
            record, earlierCount: earlier.crops.count, isAllThereIs: record.crops.count < count)
    }

    /// - Parameter rules: of an earlier audit.
    private func audited(rules: [MergeRule]?, side: Int?) throws -> [AuditedScan] {
        let audited = try scans.enumerated().map { place, scan in
            try AuditedScan(scan.name, at: scan.path, rule: rules?[place], side: side, cancellation)
        }
        for scan in audited.dropFirst() where scan.classes != audited[0].classes {
            throw CommandError(
                operation: "count together with \(audited[0].folder)", path: scan.folder,
                cause:
                    "it looks for \(shortList(scan.classes)), but the other scan for \(shortList(audited[0].classes))"
            )
        }
        let identities = Set(audited.map(\.state.task.scene))
        guard identities.count == audited.count else {
            throw CommandError(
                operation: "count together", path: command.folders.joined(separator: ", "),
                cause: "two of them are scans of the same scene, so its objects would count twice")
        }
        return audited
    }

    private func labels(
        of record: AuditRecord, _ audited: [AuditedScan]
    ) throws -> [String: AuditLabels.Label]? {
        try command.oracle.map {
            try CountOracle(reading: $0, cancellation).labels(of: record, scans: audited)
        }
    }

    /// - Parameter labels: by the truth; `nil` where people label.
    private func write(
        _ record: AuditRecord, _ audited: [AuditedScan], labels: [String: AuditLabels.Label]?,
        after earlier: AuditRecord?
    ) throws {
        let line = ProgressLine()
        var page = AuditPage(of: record)
        var pictures: [Int: AuditCrops] = [:]
        for (place, scan) in audited.enumerated() {
            let cells = record.crops.filter { $0.unit.scene == place }.map(\.unit.cell)
            pictures[place] = try AuditCrops(scan, scene: command.scene, cells: cells, cancellation)
        }
        let present = Set((earlier?.crops ?? []).map(\.id))
        func crops(into folder: String) throws {
            try makeFolder(folder)
            // From top to bottom, as files can be read best: a PNG is decoded from its beginning for each step back.
            let order = record.crops.indices.sorted {
                let (one, other) = (record.crops[$0], record.crops[$1])
                return (one.unit.scene, one.unit.cell) < (other.unit.scene, other.unit.cell)
            }
            for (number, place) in order.enumerated() {
                try cancellation.check()
                let crop = record.crops[place]
                // Those that are there already are only shown on the page.
                let isNew = !present.contains(crop.id)
                guard isNew || place < AuditPage.cropLimit else { continue }
                line.show("cut \(number) of \(counted(record.crops.count, "crop"))")
                let image = try picture(crop, pictures, record)
                try page.add(image, at: place)
                guard isNew else { continue }
                try image.writePNG(to: .replacing("\(folder)/\(crop.id).png"), cancellation: cancellation)
            }
            line.finish("cut \(counted(record.crops.count - present.count, "crop"))")
        }
        if earlier == nil {
            try folder.replace(
                record, index: AuditLabels.table(of: record, labels: labels ?? [:]), crops: crops,
                page: { page.html })
        } else {
            let hasTable = FileManager.default.fileExists(atPath: folder.indexPath)
            let index =
                try labels == nil && hasTable
                ? AuditLabels.table(at: folder.indexPath, addingCropsOf: record)
                : AuditLabels.table(of: record, labels: labels ?? [:])
            try folder.extend(to: record, index: index, crops: crops, page: { page.html })
        }
    }

    private func picture(
        _ crop: AuditRecord.Crop, _ pictures: [Int: AuditCrops], _ record: AuditRecord
    ) throws -> Image {
        guard let crops = pictures[crop.unit.scene] else { preconditionFailure("each scene has some") }
        do {
            return try crops.picture(ofCell: crop.unit.cell)
        } catch let error as RasterError where error.code == .cannotRead {
            ProgressLine.warn("crop \(crop.id) cannot be shown: \(error)")
            return try AuditCrops.unreadable()
        }
    }

    /// - Parameter isAllThereIs: whether more were asked for than there are.
    private func sayDone(_ record: AuditRecord, earlierCount: Int = 0, isAllThereIs: Bool) {
        for (name, kind) in [
            ("with a detection", AuditScene.Kind.found), ("below the threshold", .near),
            ("beside a detection", .beside), ("where the scan saw nothing", .below),
        ] {
            let strata = record.plan.strata.filter { $0.kind == kind }
            guard !strata.isEmpty else { continue }
            let (drawn, all) = (
                strata.reduce(0) { $0 + $1.sampledCount }, strata.reduce(0) { $0 + $1.cellCount }
            )
            say("\(grouped(drawn)) of \(grouped(all)) cells \(name)")
        }
        let count = record.crops.count
        let new: TerminalText =
            earlierCount > 0
            ? "\(count - earlierCount) more crops, \(count) in all" : "\(counted(count, "crop"))"
        let all: TerminalText = isAllThereIs ? ", which are all cells of the scenes" : ""
        say("\(folder.path): \(new)\(all); \(AuditFolder.pageName) says how to label them")
    }
}
