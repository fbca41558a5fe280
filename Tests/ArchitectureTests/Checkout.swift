import Foundation

/// The checkout that these tests were compiled from.
enum Checkout {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func folders(in path: String) throws -> Set<String> {
        let entries = try FileManager.default.contentsOfDirectory(
            at: root.appending(path: path), includingPropertiesForKeys: [.isDirectoryKey])
        let folders = try entries.filter {
            try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true
        }
        return Set(folders.map(\.lastPathComponent))
    }

    /// Paths of all Swift files below a folder.
    static func swiftFiles(in path: String) throws -> [String] {
        let folder = root.appending(path: path)
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path(percentEncoded: false))
        return files.filter { $0.hasSuffix(".swift") }.map { "\(path)/\($0)" }
    }

    /// Every import below a folder.
    static func imports(in path: String) throws -> [ImportLine] {
        try swiftFiles(in: path).flatMap { ImportLine.all(in: try text(of: $0)) }
    }

    /// What each target of `Package.swift` depends on, products by their names.
    static func packageDependencies() throws -> [String: Set<String>] {
        let text = try text(of: "Package.swift").replacing(/package: "[^"]*"/, with: "")
        let swiftTarget =
            /(?:room\(\s*|executableTarget\(\s*name: )"(?<name>\w+)"(?:,[^\[\)]*\[(?<list>[^\]]*)\])?/
        let cTarget = /(?:systemLibrary|\.target)\(\s*name: "(?<name>\w+)"/
        var dependencies: [String: Set<String>] = [:]
        for match in text.matches(of: cTarget) { dependencies[String(match.name)] = [] }
        for match in text.matches(of: swiftTarget) {
            let names = (match.list ?? "").matches(of: /"(\w+)"/).map { String($0.1) }
            dependencies[String(match.name)] = Set(names)
        }
        return dependencies
    }
}

/// One `import` of a Swift file.
struct ImportLine: Hashable {
    var module: String
    /// Whether importers of the file's module see the imported one.
    var isVisibleOutside: Bool
    var isTestable: Bool

    static func all(in text: String) -> [ImportLine] {
        let pattern =
            /^\s*(?<attributes>(?:@\w+(?:\([^)]*\))?\s+)*)(?<access>\w+\s+)??import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(?<module>\w+)/
            .anchorsMatchLineEndings()
        return text.matches(of: pattern).map { match in
            let isPublic = ["public", "package"].contains(match.access.map { $0.filter(\.isLetter) } ?? "")
            return ImportLine(
                module: String(match.module),
                isVisibleOutside: isPublic || match.attributes.contains("@_exported"),
                isTestable: match.attributes.contains("@testable"))
        }
    }
}
