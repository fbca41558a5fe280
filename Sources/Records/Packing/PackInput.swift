import Foundation
import Rasters

/// A place with images, and how they lie there.
package struct PackInput: Hashable, Sendable {
    package enum Layout: String, Hashable, Sendable, CaseIterable, Codable {
        case folders, imagenet, list, tar, cifar10, records
    }
    package var path: String
    package var layout: Layout
    /// Where the paths of a list begin; by default the list's folder.
    package var root: String?

    /// - Parameter layout: by default what the name ends in or the folder holds.
    package init(path: String, layout: Layout? = nil, root: String? = nil) throws(RecordsError) {
        (self.path, self.root) = (Self.inFull(path), root.map(Self.inFull))
        if let layout { self.layout = layout } else { self.layout = try Self.layout(of: path) }
    }

    /// Because paths are a part of the plan, and the next run may be started in another folder.
    private static func inFull(_ path: String) -> String {
        let isLocal = !path.contains("://") && !path.hasPrefix("/vsi")
        return isLocal ? URL(filePath: path).standardizedFileURL.path(percentEncoded: false) : path
    }

    /// Lists the images; none is read.
    package func collections() throws(RecordsError) -> [ImageCollection] {
        switch layout {
        case .folders: [try .classFolders(at: path)]
        case .imagenet: try ImageCollection.imageNet(at: path)
        case .list: [try .list(at: path, root: root)]
        case .tar: [try .tar(at: path)]
        case .cifar10: try ImageCollection.cifar10(at: path)
        case .records: [try .records(at: path)]
        }
    }

    private static func layout(of path: String) throws(RecordsError) -> Layout {
        switch ending(of: path) {
        case "lst": return .list
        case "tar": return .tar
        case "rec": return .records
        // By one of GDAL's paths an archive is a folder: `/vsizip/a.zip`.
        case "tgz", "gz", "zip", "xz", "bz2":
            guard path.hasPrefix("/vsi") else {
                throw RecordsError(
                    code: .malformed, operation: "list the images", path: path,
                    cause: "it is compressed; unpack it first")
            }
        default: break
        }
        let folder = try StoredFolder(of: path)
        let names = folder.entries.filter { !$0.name.contains("/") }.map(\.name)
        if names.contains("data_batch_1.bin") || names.contains("cifar-10-batches-bin") { return .cifar10 }
        if folder.has("train"), folder.validationPart != nil { return .imagenet }
        let hasFolders = folder.entries.contains(where: \.isFolder)
        if !hasFolders, names.contains(where: { $0.hasSuffix(".tar") }) { return .tar }
        return .folders
    }
}
