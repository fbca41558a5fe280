import Evaluation
import Files
import Foundation
import Networks
import Records
import Scanning
import Training

/// A training as a report shows it. What its folder names elsewhere is not opened.
struct ReportedRun {
    private let folder: SealedFolder
    /// As it was typed.
    private let typedPath: String
    /// As given; `nil` where its samples are left out.
    private let packPath: String?
    private let plan: TrainingPlan

    init(_ path: String, packPath: String?) throws {
        let mirror = try FolderMirror(path, isOnlyRead: true)
        try mirror.fetch { ["plan.json", "metrics.jsonl", "model.safetensors"].contains($0) }
        folder = SealedFolder(path: mirror.path)
        typedPath = path
        self.packPath = packPath
        plan = try readJSON(mirror.path + "/plan.json", of: folder)
    }

    /// What no page may replace.
    var paths: [String] {
        ["plan.json", "metrics.jsonl", "model.safetensors"].map { typedPath + "/" + $0 }
            + [packPath].compactMap(\.self)
    }

    var omissions: [String] {
        packPath == nil ? ["the page shows no samples of the training data; name it with --pack"] : []
    }

    /// - Throws: where the scan was made by another model than this run's, or one of its checkpoints.
    func check(isOf scan: ReportedScan) throws {
        let models = [folder.path + "/model.safetensors"]
        let checkpoints = CheckpointFolder(path: folder.path + "/checkpoints")
        let paths =
            try models + (FileManager.default.fileExists(atPath: checkpoints.path) ? checkpoints.paths : [])
        for path in paths where FileManager.default.fileExists(atPath: path) {
            if try ScannedModel.digest(of: FileReader(path: folder.checked(path))) == scan.modelDigest {
                return
            }
        }
        throw CommandError(
            operation: "show it with the scan \(scan.typedPath)", path: typedPath,
            cause: "the scan was made by another model, or the run's model has changed since; "
                + "show each on a page of its own, with --run or --scan alone")
    }

    var title: String { "How \(URL(filePath: typedPath).standardized.lastPathComponent) was trained" }

    var lead: Markup {
        let crops: Markup =
            plan.cropWindows.map { " crops with \($0.perSide) × \($0.perSide) windows each" } ?? ""
        return """
            \(plan.architecture.name), \(plan.epochCount) \(plan.epochCount == 1 ? "epoch" : "epochs"), batches of \(plan.batchSize)\(crops), \
            on \(Address(plan.dataPath).lastComponent).
            """
    }

    func addTraining(to page: inout ReportPage) throws {
        let metricsPath = try folder.checked(folder.path + "/metrics.jsonl")
        let samples =
            try packPath.map { try ReportPictures.samples(of: plan.labelled(openSamples($0))) } ?? ""
        page.add(
            "How the network learnt",
            """
            <p>\(lead)</p>
            \(try trainingCurves(reading: metricsPath).markup())
            <p class="note">Training is measured on varied samples while the network changes, validation on whole ones at the end of \
            an epoch; the two cannot be compared. Where validation falls while training still rises, the network learns by heart.</p>
            \(samples)
            """)
        if let timing = try RunTiming(reading: metricsPath) {
            page.add("Where the time of the training went", timing.markup)
        }
    }

    func settings() throws -> [Markup] {
        [try settingsMarkup("Plan of the training", folder.path + "/plan.json", of: folder)]
    }
}
