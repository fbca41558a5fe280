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
        let id = isThere ? try AuditRecord(reading: recordPath).id : nil
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where name.hasPrefix(Self.newCropsPrefix) {
            if let id, name == Self.newCropsPrefix + id {
                try moveCrops(from: name)
            } else {
                try FileManager.default.removeItem(atPath: path + "/" + name)
            }
        }
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
            try write(record, index: index, page: page())
        } catch {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
            throw error
        }
        try moveCrops(from: name)
        // They are of the older one.
        try counts.replace { _ in }
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

    private func moveCrops(from name: String) throws {
        if FileManager.default.fileExists(atPath: cropsPath) {
            try FileManager.default.removeItem(atPath: cropsPath)
        }
        try renameFile(path + "/" + name, to: cropsPath)
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
                scalars.append(scalar.isInvisible || "/\\:*?\"<>|".unicodeScalars.contains(scalar) ? "_" : scalar)
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
