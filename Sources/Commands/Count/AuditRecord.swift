import ArgumentParser
import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Scanning

/// What `audit.json` says: which cells were drawn, with which chances, and what the scans had found then. With the labels it is all that
/// a count needs.
struct AuditRecord: Codable {
    static let currentVersion = 1
    /// Ten thousand crops have some megabytes.
    private static let byteLimit = 1 << 28

    /// Of the strata's cells in one scene.
    struct StratumPart: Codable, Hashable {
        var cellCount = 0
        /// By class.
        var detectionCounts: [String: Int] = [:]

        mutating func add(_ other: StratumPart) {
            cellCount += other.cellCount
            detectionCounts.merge(other.detectionCounts, uniquingKeysWith: +)
        }
    }

    /// A scan whose cells were drawn.
    struct SceneRecord: Codable {
        /// For people and tables; no two scenes have the same.
        var name: String
        /// Of the scan, absolute.
        var folder: String
        var identity: SceneIdentity
        var cells: AuditCells
        /// `ScanTask.digest`.
        var task: String
        var rule: MergeRule
        /// In the order of the strata.
        var strata: [StratumPart]
        /// By class, in all cells.
        var detectionCounts: [String: Int]
    }

    struct Crop: Codable, Hashable {
        /// As in the name of its file.
        var id: String
        var unit: AuditUnit
        /// The cell, in pixels of the whole scene.
        var box: PixelRect
        /// The chance with which it was drawn.
        var inclusionProbability: Double
        /// Detections that belong to it, by class.
        var detectionCounts: [String: Int]
    }

    var version = currentVersion
    /// Tells it from other audits.
    var id: String
    /// The version of the program that wrote it.
    var program: String
    /// Names of all labels that the scans look for, in their order.
    var classes: [String]
    /// As `--cell` said; `nil` for the usual one.
    var cellSide: Int?
    var plan: AuditPlan
    var scenes: [SceneRecord]
    /// In the order in which they are to be labelled.
    var crops: [Crop]

    init(reading path: String) throws {
        let data = try Data(readFile(path, limit: Self.byteLimit))
        func damaged(_ words: String) -> CommandError {
            CommandError(operation: "read the audit", path: path, cause: words)
        }
        struct Version: Decodable { var version: Int }
        if let version = try? JSONDecoder().decode(Version.self, from: data),
            version.version != Self.currentVersion
        {
            throw damaged(
                "another version of tilescope wrote it (format \(version.version); this one reads \(Self.currentVersion))"
            )
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw damaged("it cannot be read: \(words(onDecoding: error))")
        }
        let strata = plan.strata
        let isWhole =
            !strata.isEmpty && strata.count <= StratifiedCells.stratumLimit
            && Set(classes).count == classes.count
            && strata.allSatisfy { $0.cellCount > 0 && (0...$0.cellCount).contains($0.sampledCount) }
            && scenes.allSatisfy { $0.strata.count == strata.count && $0.cells.isPossible }
            && crops.allSatisfy {
                strata.indices.contains($0.unit.stratum) && scenes.indices.contains($0.unit.scene)
                    && (0..<scenes[$0.unit.scene].cells.count).contains($0.unit.cell)
                    && $0.detectionCounts.values.allSatisfy((0...1 << 40).contains)
            } && Set(crops.map(\.id)).count == crops.count
            && scenes.allSatisfy { scene in
                scene.detectionCounts.values.allSatisfy((0...1 << 40).contains)
                    && scene.strata.allSatisfy {
                        (0...AuditCells.countLimit).contains($0.cellCount)
                            && $0.detectionCounts.values.allSatisfy((0...1 << 40).contains)
                    }
            }
        guard isWhole else { throw damaged("its numbers do not fit together") }
    }

    /// Of the cells, detections and strata of some scans.
    ///
    /// - Parameter audited: in the order of the plan's scenes.
    /// - Parameter cellSide: that was asked for.
    /// - Parameter earlier: the audit that this one goes on with.
    /// - Throws: `Cancelled`.
    init(
        _ plan: AuditPlan, of audited: [AuditedScan], cellSide: Int?, goingOnWith earlier: AuditRecord?,
        cancellation: Cancellation
    ) throws {
        (self.plan, self.cellSide) = (plan, cellSide)
        program = Tilescope.configuration.version
        let classes = audited[0].classes
        self.classes = classes
        func named(_ counts: [Int: Int]) -> [String: Int] {
            Dictionary(
                uniqueKeysWithValues: counts.map { (audited[0].state.context.classes[$0.key], $0.value) })
        }
        let units = plan.draw(
            from: audited.map(\.scene), after: earlier?.plan.strata.map(\.sampledCount) ?? [])
        var drawn = [Set<Int>](repeating: [], count: audited.count)
        for unit in units { drawn[unit.scene].insert(unit.cell) }
        let counts = zip(audited, drawn).map { $0.scene.counts(inCells: $1) }
        scenes = try zip(audited, Self.names(of: audited)).map { scan, name in
            SceneRecord(
                name: name, folder: scan.folder, identity: scan.state.task.scene, cells: scan.scene.cells,
                task: scan.digest, rule: scan.rule, strata: try scan.parts(plan, cancellation),
                detectionCounts: named(scan.scene.counts()))
        }
        crops = units.enumerated().map { place, unit in
            Crop(
                id: Self.id(place), unit: unit, box: audited[unit.scene].scene.cells.rect(ofCell: unit.cell),
                inclusionProbability: plan.strata[unit.stratum].inclusionProbability,
                detectionCounts: named(counts[unit.scene][unit.cell] ?? [:]))
        }
        let text = "\(plan.seed) \(scenes.map(\.task)) \(units.prefix(1000).map { "\($0.scene) \($0.cell)" })"
        id = earlier?.id ?? String(SHA256.hexDigest(of: Array(text.utf8).span.bytes).prefix(16))
    }

    private static func id(_ place: Int) -> String {
        let digits = "\(place + 1)"
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// What the scenes' files are called; where two are called the same, where they are.
    private static func names(of scans: [AuditedScan]) -> [String] {
        let short = scans.map { $0.state.context.scene.lastComponent }
        let counts = Dictionary(short.map { ($0, 1) }, uniquingKeysWith: +)
        return zip(scans, short).map { counts[$1] == 1 ? $1 : $0.folder }
    }

    /// At which detections counted as found.
    var thresholds: Set<Float> { Set(scenes.map(\.rule.threshold)) }
}

/// A complete scan, as an audit sees it.
struct AuditedScan {
    /// As a person would name it again: absolute.
    let folder: String
    let state: ScanState
    let rule: MergeRule
    let scene: AuditScene
    let digest: String

    /// - Parameter rule: of an earlier audit; `nil` for that of the scan.
    /// - Parameter side: of a cell in pixels; `nil` for the usual one.
    init(
        _ folder: String, at path: String, rule: MergeRule? = nil, side: Int?, _ cancellation: Cancellation
    ) throws {
        state = try ScanFolder(path: path).openToRead()
        guard state.isComplete else {
            throw CommandError(
                operation: "count", path: folder, cause: "windows are missing; finish the scan first")
        }
        self.folder = Address(folder).absolute.description
        self.rule = rule ?? state.context.rule
        digest = try state.task.digest
        scene = try AuditScene(
            of: state, by: self.rule, side: side, limits: ScanLimits(), cancellation: cancellation)
    }

    /// Those that are looked for.
    var classes: [String] { rule.labels.map { state.context.classes[$0] } }

    /// What each stratum has in the whole scene.
    func parts(_ plan: AuditPlan, _ cancellation: Cancellation) throws -> [AuditRecord.StratumPart] {
        named(
            try StratifiedCells(of: scene, by: plan, cancellation: cancellation)
                .parts(in: [0..<scene.cells.count]))
    }

    /// With the names of classes instead of labels.
    func named(_ parts: [StratifiedCells.Part]) -> [AuditRecord.StratumPart] {
        parts.map { part in
            AuditRecord.StratumPart(
                cellCount: part.cellCount,
                detectionCounts: Dictionary(
                    uniqueKeysWithValues: part.detectionCounts.map { (state.context.classes[$0], $1) }))
        }
    }
}
