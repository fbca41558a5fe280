import ArgumentParser
import Files
import Foundation
import Rasters
import Scanning

extension Scan {
    /// The file in the scan's folder that makes one scene of all sheets.
    static let sheetsName = "scene.vrt"

    func validateSheets() throws {
        guard !dryRun else {
            throw ValidationError(
                "--together must write a file that joins the sheets, but --dry-run writes nothing; leave out one of them"
            )
        }
        // A VRT names them.
        try Address.refuseSecrets(in: scenes)
        _ = try mergeOptions.changed(MergeRule(labels: []), floor: floor)
    }

    /// Makes one scene of those that were named.
    ///
    /// - Returns: its path. The file stays as it is where it says the same of the same sheets.
    func joinSheets(_ list: SceneList) throws -> String {
        if let failed = list.entries.first(where: { $0.address == nil }) {
            throw NoSceneError(description: failed.failure ?? failed.name)
        }
        let addresses = list.entries.compactMap(\.address)
        let sheets = try SceneSheets(addresses)
        let folder = try FolderMirror(output).path
        let path = folder + "/" + Self.sheetsName
        try OutputFiles(inputs: addresses + [Address(model)], replaces: true)
            .checkFolder(folder, names: [Self.sheetsName])
        try makeFolder(folder)
        let file = try replacesSheets(at: path, by: sheets)
        try sheets.write(to: file)
        voice.tell(
            "\(addresses.count) sheets make one scene of \(sheets.width) x \(sheets.height) pixels")
        return path
    }

    /// Other sheets take the place of those of a scan that is there only with `--overwrite`.
    private func replacesSheets(at path: String, by sheets: SceneSheets) throws -> OutputFile {
        let isOfOthers = try readFileIfThere(path, limit: 1 << 30).map {
            !sheets.areThose(in: String(decoding: $0, as: UTF8.self))
        }
        guard isOfOthers == true, !overwriting.isGiven else { return .replacing(path) }
        throw CommandError(
            operation: "scan these sheets into \(output)", path: path,
            cause:
                "it belongs to other sheets; name another folder, or give --overwrite to replace it and the scan"
        )
    }
}
