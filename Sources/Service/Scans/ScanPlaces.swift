import Files
import Foundation
import Scanning

/// Where the files of a scan are: `scans/ID/results` is what `tilescope scan` writes; what it must not replace stands beside that.
package struct ScanPlaces: Hashable, Sendable {
    /// The folder of all scans.
    private let scans: String
    package let id: String

    package init(dataFolder: String, id: String) {
        scans = dataFolder + "/scans"
        self.id = id
    }

    package var folder: String { scans + "/" + id }
    package var results: String { folder + "/results" }

    /// Whether a process writes into the results: one of a service that was killed may go on for a moment.
    var isLocked: Bool { FolderLock.isHeld(results, name: ScanFolder.lockName) }

    /// What somebody may fetch: files of the results' first level, in order.
    var fileNames: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: results)) ?? []
        return names.filter { !$0.hasPrefix(".") && FileGuard(path: results + "/" + $0) != nil }.sorted()
    }

    /// What the last scan or merge has found; `nil` where there is nothing.
    var outcome: ScanOutcome? {
        guard let summary = try? ScanFolder(path: results).readSummary() else { return nil }
        let counts = summary.counts.map { ($0.className, $0.detectionCount) }
        return ScanOutcome(
            counts: Dictionary(counts) { first, _ in first }, files: fileNames,
            windowCount: summary.windowCount)
    }

    // MARK: Arguments

    /// The arguments of `tilescope` that scan a scene.
    ///
    /// - Parameter options: as the request has them.
    package func scanArguments(scene: String, model: String, options: [String]) -> [String] {
        ["scan", "--supervised", "--model=" + model, "--output=" + results] + placed(options) + ["--", scene]
    }

    /// The arguments that merge the scan again.
    ///
    /// - Parameter scene: where the scene is now; `nil` where it is gone.
    /// - Parameter options: of the merge.
    /// - Parameter scanOptions: of the scan, whose truth holds for each merge.
    package func mergeArguments(scene: String?, options: [String], scanOptions: [String]) -> [String] {
        let truth = scanOptions.filter { option in
            ["--truth=", "--truth-format=", "--object-size="].contains { option.hasPrefix($0) }
        }
        return ["merge", "--supervised"] + options + placed(truth) + (scene.map { ["--scene=" + $0] } ?? [])
            + ["--", results]
    }

    /// With the folder before the name of the truth.
    private func placed(_ options: [String]) -> [String] {
        options.map { option in
            option.hasPrefix("--truth=")
                ? "--truth=" + folder + "/" + option.dropFirst("--truth=".count) : option
        }
    }

    /// Where the truth is, its format and the size of its objects; `nil` where there is none.
    func truth(of options: [String]) -> ScanTruth.Source? {
        func value(_ name: String) -> String? {
            options.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
        }
        guard let file = value("--truth=") else { return nil }
        return ScanTruth.Source(
            path: folder + "/" + file, formatName: value("--truth-format=") ?? "geojson",
            objectSize: value("--object-size=").flatMap { Double($0) })
    }

    // MARK: Removal

    private static let deletedMark = ".deleted-"

    /// Gives the folder a name under which nobody looks for it.
    ///
    /// - Returns: where it is now; `nil` where there was none.
    func hide() throws -> String? {
        let hidden = scans + "/" + Self.deletedMark + id
        guard folderExists(folder) else { return nil }
        try renameFile(folder, to: hidden)
        return hidden
    }

    /// The folders of removed scans that a service which was killed has left.
    static func leftovers(in dataFolder: String) -> [String] {
        let scans = dataFolder + "/scans"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: scans)) ?? []
        return names.filter { $0.hasPrefix(deletedMark) }.map { scans + "/" + $0 }
    }
}
