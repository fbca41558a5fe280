import Files
import Foundation
import Scanning

/// The folder of an audit: `audit.json`, `index.csv`, a page, and the crops, which people may move into a folder for each class.
struct AuditFolder {
    let path: String

    static let recordName = "audit.json"
    static let indexName = "index.csv"
    static let pageName = "audit.html"
    static let cropsName = "crops"
    /// The first tells of the others.
    private static let names = [recordName, indexName, pageName]
    /// What a count writes.
    static let countNames = ["count.json", "count.csv"]
    private static let lockName = ".audit-lock"
    /// Crops of an audit that is not complete are in a folder that begins so and ends with the audit's id.
    private static let newCropsPrefix = ".audit-crops-"
    /// Where older crops are until the new ones are there; it begins as the others do.
    private static let oldCropsName = newCropsPrefix + "old"

    var recordPath: String { path + "/" + Self.recordName }
    var indexPath: String { path + "/" + Self.indexName }
    var cropsPath: String { path + "/" + Self.cropsName }

    private var results: ResultFolder {
        ResultFolder(path, names: Self.names, stagingName: ".audit-files")
    }
    private var counts: ResultFolder {
        ResultFolder(path, names: Self.countNames, stagingName: ".audit-count")
    }

    /// Keeps other processes from writing into it, and ends what a killed one had begun.
    func open() throws -> FolderLock {
        try makeFolder(path)
        let lock = try FolderLock(path, name: Self.lockName)
        try results.recover()
        try counts.recover()
        // A damaged one is told of by whoever reads it, or replaced.
        let id = isThere ? (try? AuditRecord(reading: recordPath))?.id : nil
        let staged = try FileManager.default.contentsOfDirectory(atPath: path).filter {
            $0.hasPrefix(Self.newCropsPrefix)
        }
        // The crops of the audit that is there: new ones where its files are new, else the older ones.
        let own = [id.map { Self.newCropsPrefix + $0 }, Self.oldCropsName].compactMap(\.self)
        if id != nil, !FileManager.default.fileExists(atPath: cropsPath),
            let name = own.first(where: staged.contains)
        {
            try renameFile(path + "/" + name, to: cropsPath)
        }
        for name in staged { try remove(name) }
        return lock
    }

    /// Whether an audit is there.
    var isThere: Bool { FileManager.default.fileExists(atPath: recordPath) }

    /// Whether files are there that an audit would replace, and no audit.
    var isForeign: Bool {
        !isThere
            && [Self.indexName, Self.pageName, Self.cropsName].contains {
                FileManager.default.fileExists(atPath: path + "/" + $0)
            }
    }

    /// Puts an audit in the place of all that is there, labels too.
    ///
    /// - Parameter crops: writes them into a folder.
    /// - Parameter page: asked for after that.
    func replace(
        _ record: AuditRecord, index: String, crops: (_ folder: String) throws -> Void, page: () -> String
    ) throws {
        let name = Self.newCropsPrefix + record.id
        do {
            try makeFolder(path + "/" + name)
            try crops(path + "/" + name)
            for label in Self.labelFolders(of: record.classes) {
                try makeFolder("\(path)/\(name)/\(label.name)")
            }
        } catch {
            try? remove(name)
            throw error
        }
        // Of the older audit. Its crops leave before its files do, so that nobody sees them beside the new ones.
        try counts.replace { _ in }
        if FileManager.default.fileExists(atPath: cropsPath) {
            try renameFile(cropsPath, to: path + "/" + Self.oldCropsName)
        }
        try write(record, index: index, page: page())
        try renameFile(path + "/" + name, to: cropsPath)
        try remove(Self.oldCropsName)
    }

    /// Adds crops to those that are there, which stay with their labels.
    func extend(
        to record: AuditRecord, index: String, crops: (_ folder: String) throws -> Void, page: () -> String
    ) throws {
        try crops(cropsPath)
        try write(record, index: index, page: page())
    }

    private func write(_ record: AuditRecord, index: String, page: String) throws {
        try results.replace { folder in
            try writeJSON(record, to: .replacing(folder + "/" + Self.recordName))
            try writeFile(index, to: .replacing(folder + "/" + Self.indexName))
            try writeFile(page, to: .replacing(folder + "/" + Self.pageName))
        }
    }

    /// Removes a folder of crops, if it is there.
    private func remove(_ name: String) throws {
        guard FileManager.default.fileExists(atPath: path + "/" + name) else { return }
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }

    /// Replaces an older count.
    func write(_ report: CountReport) throws {
        try counts.replace { folder in
            try writeJSON(report, to: .replacing(folder + "/count.json"))
            try writeFile(report.csv, to: .replacing(folder + "/count.csv"))
        }
    }

    // MARK: - Folders of labels

    /// The word for a crop without an object, and for one of which nobody can say.
    static let noneWord = "none"
    static let unsureWord = "unsure"

    /// What a crop gets that is moved into a folder.
    enum FolderLabel: Hashable {
        case none, unsure
        case className(String)
    }

    /// Which folders mean what: one for each class, whose name may hold what no name of a folder can.
    static func labelFolders(of classes: [String]) -> [(name: String, label: FolderLabel)] {
        var taken = Set([noneWord, unsureWord])
        var folders: [(name: String, label: FolderLabel)] = [(noneWord, .none), (unsureWord, .unsure)]
        for className in classes {
            var scalars = String.UnicodeScalarView()
            for scalar in className.unicodeScalars {
                scalars.append(
                    scalar.isInvisible || "/\\:*?\"<>|".unicodeScalars.contains(scalar) ? "_" : scalar)
            }
            if scalars.first.map({ $0 == "." || $0 == "-" || $0 == "~" }) ?? true {
                scalars.insert("_", at: scalars.startIndex)
            }
            while String(scalars).utf8.count > 200 { scalars.removeLast() }
            let wish = String(scalars)
            let name =
                taken.contains(wish.lowercased())
                ? (2...).lazy.map { "\(wish)-\($0)" }.first { !taken.contains($0.lowercased()) } ?? wish
                : wish
            taken.insert(name.lowercased())
            folders.append((name, .className(className)))
        }
        return folders
    }
}
