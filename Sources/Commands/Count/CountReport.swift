import ArgumentParser
import Files
import Foundation
import Scanning

/// How many objects there are, by class: in all scenes, in each, and in each polygon of an area. It is what `count.json` holds.
struct CountReport: Encodable {
    /// One class in one part.
    struct Row: Encodable {
        var className: String
        var count: AuditEstimate
        /// More labels that make the interval half as wide; only for all scenes together.
        var labelsToHalve: Int?

        /// Whether the number of detections is one that the labels leave possible.
        var holdsDetections: Bool {
            Double(count.detectionCount) >= lower && Double(count.detectionCount) <= upper
        }
        /// Objects are whole.
        var lower: Double { (count.objects.lower - 1e-9).rounded(.up) }
        var upper: Double { (count.objects.upper + 1e-9).rounded(.down) }
    }

    /// What is counted together.
    struct Part: Encodable {
        /// A scene's name, or the number of a polygon; `nil` for all.
        var name: String?
        var labelledCropCount: Int
        var rows: [Row]
    }

    struct StratumRow: Encodable {
        var kind: AuditScene.Kind
        var lowestScore: Float
        var cellCount: Int
        var cropCount: Int
        var labelledCropCount: Int
        var inclusionProbability: Double
    }

    var audit: String
    var program: String
    /// At which detections counted as found.
    var thresholds: [Float]
    var cropCount: Int
    var labelledCropCount: Int
    var unsureCropCount: Int
    /// What a reader should know.
    var notes: [String]
    var all: Part
    var scenes: [Part]
    var polygons: [Part]
    var strata: [StratumRow]

    // MARK: - For tables

    var csv: String {
        let names = [
            "part", "name", "class", "detections", "objects", "lower", "upper", "wrong", "missed",
            "precision",
            "precision_lower", "precision_upper", "recall", "recall_lower", "recall_upper", "labelled_crops",
        ]
        func number(_ value: Double?) -> String { value.map { "\($0.significant(7))" } ?? "" }
        func lines(_ kind: String, _ part: Part) -> [String] {
            part.rows.map { row in
                let count = row.count
                let cells = [
                    kind, csvField(part.name ?? ""), csvField(row.className), "\(count.detectionCount)",
                    number(count.objects.estimate), number(row.lower), number(row.upper),
                    number(count.wrong.estimate), number(count.missed.estimate),
                    number(count.precision?.estimate), number(count.precision?.lower),
                    number(count.precision?.upper), number(count.recall?.estimate),
                    number(count.recall?.lower),
                    number(count.recall?.upper), "\(part.labelledCropCount)",
                ]
                return cells.joined(separator: ",")
            }
        }
        let rows =
            lines("all", all) + scenes.flatMap { lines("scene", $0) }
            + polygons.flatMap { lines("polygon", $0) }
        return ([names.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
    }

    // MARK: - For a terminal

    var lines: [TerminalText] {
        var lines = Self.table(all)
        lines += all.rows.map(Self.words)
        for (title, parts) in [("scene", scenes), ("polygon", polygons)]
        where parts.count > (title == "scene" ? 1 : 0) {
            lines.append("")
            lines += Self.table(of: parts, title)
        }
        lines.append("")
        let unsure: TerminalText = unsureCropCount > 0 ? " (\(unsureCropCount) as unsure)" : ""
        lines.append(
            "labelled: \(labelledCropCount) of \(counted(cropCount, "crop"))\(unsure); intervals are right in 95 of 100 samples"
        )
        return lines + notes.map { "\($0)" }
    }

    private static func table(_ part: Part) -> [TerminalText] {
        let header = ["class", "detections", "objects", "95 % interval", "precision", "recall"]
        return columns([header] + part.rows.map { [shortName($0.className)] + cells($0) }, leftCount: 1)
    }

    private static func table(of parts: [Part], _ title: String) -> [TerminalText] {
        let header = [title, "class", "detections", "objects", "95 % interval", "precision", "recall"]
        let rows = parts.flatMap { part in
            part.rows.map { [part.name ?? "", shortName($0.className)] + cells($0) }
        }
        return columns([header] + rows, leftCount: 2)
    }

    private static func cells(_ row: Row) -> [String] {
        let count = row.count
        func share(_ bounds: CountBounds?) -> String {
            bounds.map { "\($0.estimate.fixed(2)) (\($0.lower.fixed(2))–\($0.upper.fixed(2)))" } ?? "–"
        }
        return [
            grouped(count.detectionCount), grouped(count.objects.estimate),
            "\(grouped(row.lower))–\(grouped(row.upper))", share(count.precision), share(count.recall),
        ]
    }

    /// What the numbers of a class say.
    private static func words(_ row: Row) -> TerminalText {
        let count = row.count
        let detections = Double(count.detectionCount)
        var words: TerminalText = "\(shortName(row.className)): the scan's \(grouped(count.detectionCount)) "
        if row.holdsDetections {
            words = words + "lies in the interval"
        } else if detections < row.lower {
            words =
                words
                + "is too low by \(grouped(row.lower - detections)) to \(grouped(row.upper - detections))"
        } else {
            words =
                words
                + "is too high by \(grouped(detections - row.upper)) to \(grouped(detections - row.lower))"
        }
        if let more = row.labelsToHalve, more > 0 {
            words = words + "; about \(grouped(more)) more labels make the interval half as wide"
        }
        return words
    }
}

/// Counts from an audit and its labels.
struct Counting {
    let record: AuditRecord
    let labels: AuditLabels
    let cancellation: Cancellation

    /// Of which part of the scenes is counted: cells in its strata, and which crops lie in it.
    struct Region {
        var name: String?
        /// In the order of the strata.
        var strata: [AuditRecord.StratumPart]
        var holds: (AuditRecord.Crop) -> Bool
    }

    /// - Parameter labelsName: where the labels are, for errors.
    /// - Parameter polygons: each one's name and region.
    /// - Throws: `CommandError` where no crop of a stratum is labelled, with the crops to label; `Cancelled`.
    func report(labelsName: String, polygons: [Region], notes: [String]) throws -> CountReport {
        let strata = record.plan.strata
        let byStratum = Dictionary(grouping: record.crops, by: \.unit.stratum)
        for stratum in strata.indices where strata[stratum].sampledCount > 0 {
            let crops = byStratum[stratum] ?? []
            guard !crops.contains(where: { objects(of: $0) != nil }) else { continue }
            let open = crops.filter { labels.byID[$0.id] == nil }.prefix(3).map(\.id)
            throw CommandError(
                operation: "count", path: labelsName,
                cause: open.isEmpty
                    ? "all \(counted(crops.count, "crop")) of cells \(words(strata[stratum])) are unsure; look at them again"
                    : "no crop of cells \(words(strata[stratum])) is labelled; label \(open.joined(separator: ", "))"
            )
        }
        let whole = Region(
            strata: strata.indices.map { stratum in
                record.scenes.reduce(into: AuditRecord.StratumPart()) { $0.add($1.strata[stratum]) }
            }, holds: { _ in true })
        let scenes = record.scenes.enumerated().map { place, scene in
            Region(name: scene.name, strata: scene.strata, holds: { $0.unit.scene == place })
        }
        let labelled = record.crops.filter { labels.byID[$0.id] != nil }
        let unsure = labelled.count { labels.byID[$0.id] == .unsure }
        return CountReport(
            audit: record.id, program: Tilescope.configuration.version,
            thresholds: record.thresholds.sorted(), cropCount: record.crops.count,
            labelledCropCount: labelled.count, unsureCropCount: unsure,
            notes: notes + ownNotes(labelled, unsureCount: unsure), all: part(whole, byStratum, of: whole),
            scenes: scenes.map { part($0, byStratum, of: whole) },
            polygons: try polygons.map {
                try cancellation.check()
                return part($0, byStratum, of: whole)
            },
            strata: strata.indices.map { place in
                let stratum = strata[place]
                return CountReport.StratumRow(
                    kind: stratum.kind, lowestScore: stratum.lowestScore, cellCount: stratum.cellCount,
                    cropCount: stratum.sampledCount,
                    labelledCropCount: (byStratum[place] ?? []).count { objects(of: $0) != nil },
                    inclusionProbability: stratum.inclusionProbability)
            })
    }

    /// For people, which cells a stratum has.
    private func words(_ stratum: AuditStratum) -> String {
        let score = stratum.lowestScore > 0 ? " of score \(stratum.lowestScore) or more" : ""
        return switch stratum.kind {
        case .found: "with a detection\(score)"
        case .near: "with a box below the threshold\(score)"
        case .beside: "beside a detection"
        case .below: "where no window reached the floor"
        }
    }

    /// What is known of a crop; `nil` for nothing.
    private func objects(of crop: AuditRecord.Crop) -> [String: Int]? {
        guard case .objects(let objects) = labels.byID[crop.id] else { return nil }
        return objects
    }

    private func ownNotes(_ labelled: [AuditRecord.Crop], unsureCount: Int) -> [String] {
        var notes: [String] = []
        // Crops stand in a random order: those at the beginning are a sample, others were chosen by somebody.
        let lastPlace = record.crops.lastIndex { labels.byID[$0.id] != nil } ?? 0
        let passed = lastPlace + 1 - labelled.count
        if passed > 0 {
            notes.append(
                "\(counted(passed, "crop")) before the last labelled one without a label: counted as not drawn, which is right only if "
                    + "passed over by chance")
        }
        if unsureCount * 20 > labelled.count {
            notes.append(
                "\(counted(unsureCount, "unsure crop")): counted as not drawn, so that the interval is too narrow if such crops differ from "
                    + "the others")
        }
        return notes
    }

    private func part(
        _ region: Region, _ crops: [Int: [AuditRecord.Crop]], of whole: Region
    ) -> CountReport.Part {
        var labelledCount = 0
        for crop in crops.values.joined() where region.holds(crop) && objects(of: crop) != nil {
            labelledCount += 1
        }
        let rows = record.classes.map { name in
            var strata: [LabelledStratum] = []
            for place in record.plan.strata.indices {
                let cells = (crops[place] ?? []).compactMap { crop -> LabelledStratum.Cell? in
                    guard let objects = objects(of: crop) else { return nil }
                    guard region.holds(crop) else { return .init(detectionCount: 0, objectCount: 0) }
                    return LabelledStratum.Cell(
                        detectionCount: crop.detectionCounts[name, default: 0],
                        objectCount: objects[name, default: 0])
                }
                // A stratum of which no cell was drawn has none in any scene.
                guard !cells.isEmpty else { continue }
                strata.append(
                    LabelledStratum(
                        cellCount: max(cells.count, whole.strata[place].cellCount),
                        detectionCount: region.strata[place].detectionCounts[name, default: 0], cells: cells,
                        countedCellCount: region.strata[place].cellCount))
            }
            let detectionCount = region.strata.reduce(0) { $0 + $1.detectionCounts[name, default: 0] }
            return CountReport.Row(
                className: name, count: AuditEstimate(strata, detectionCount: detectionCount),
                labelsToHalve: region.name == nil ? AuditEstimate.labelsToHalve(strata) : nil)
        }
        return CountReport.Part(name: region.name, labelledCropCount: labelledCount, rows: rows)
    }
}
