import Annotations
import Evaluation
import Files
import Pixels
import Rasters
import Scanning

/// Labels crops by a truth, as a person who makes no mistakes would: to measure how good counts are.
struct CountOracle {
    private let path: String
    private let namesScenes: Bool
    private let cancellation: Cancellation

    /// - Parameter path: of annotations in any format.
    init(reading path: String, _ cancellation: Cancellation) throws {
        (self.path, self.cancellation) = (path, cancellation)
        namesScenes =
            try AnnotationFile(opening: Address(path), cancellation: cancellation).sceneNames != nil
    }

    /// How many objects of each label belong to each cell: those that a detection has found to the cell of that box, others to the
    /// cell of their own centre. Cells without objects are left out.
    ///
    /// Objects count that are at least 60 % visible, as in `metrics.json`.
    func objects(of scan: AuditedScan) throws -> [Int: [Int: Int]] {
        let (task, context) = (scan.state.task, scan.state.context)
        let window = task.place(of: WindowRange(rows: 0..<1, columns: 0..<1))
        // A point is an object as large as a window.
        let truth = try SceneTruth(
            reading: TruthSource(path: path, objectSize: Double(max(window.width, window.height))),
            of: AnnotatedScene(of: task, context), labels: scan.rule.labels, classes: context.classes,
            background: context.background, cancellation: cancellation)
        guard !truth.truths.isEmpty || truth.otherCount == 0 else {
            throw CommandError(
                operation: "label the crops by it", path: path,
                cause:
                    "none of its \(counted(truth.otherCount, "object")) has a class that the scan looks for: "
                    + shortList(scan.classes))
        }
        let detections = Array(scan.scene.detections)
        let judged = try JudgedDetections(
            detections, truths: truth.truths, rule: .forPictures, cancellation: cancellation)
        let cells = scan.scene.cells
        var objects: [Int: [Int: Int]] = [:]
        for (detection, outcome) in zip(detections, judged.outcomes) where outcome == .right {
            objects[cells.cell(of: detection.box), default: [:]][detection.label, default: 0] += 1
        }
        for truth in judged.missed {
            objects[cells.cell(of: truth.box), default: [:]][truth.label, default: 0] += 1
        }
        return objects
    }

    /// The labels of an audit's crops.
    ///
    /// - Throws: also where it names no scene, and there are several.
    func labels(of record: AuditRecord, scans: [AuditedScan]) throws -> [String: AuditLabels.Label] {
        guard scans.count == 1 || namesScenes else {
            throw CommandError(
                operation: "label the crops by it", path: path,
                cause:
                    "it names no scene, but there are \(scans.count) scans; use COCO or a table with a scene column"
            )
        }
        let objects = try scans.map { try self.objects(of: $0) }
        var labels: [String: AuditLabels.Label] = [:]
        for crop in record.crops {
            let context = scans[crop.unit.scene].state.context
            let own = objects[crop.unit.scene][crop.unit.cell] ?? [:]
            labels[crop.id] = .objects(
                Dictionary(uniqueKeysWithValues: own.map { (context.classes[$0.key], $0.value) }))
        }
        return labels
    }
}
