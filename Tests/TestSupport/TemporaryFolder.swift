import Foundation
import Synchronization
import Testing

private let lastingFolders = Mutex<[TemporaryFolder]>([])

/// Installed at the first look.
private let removalAtExit: Void = {
    atexit {
        for folder in lastingFolders.withLock({ $0 }) {
            try? FileManager.default.removeItem(atPath: folder.path)
        }
    }
}()

/// A folder of a test's own that lasts as long as this value.
///
/// A folder that cannot be removed is an issue of the test.
public final class TemporaryFolder: Sendable {
    /// Without a slash at the end.
    public let path: String

    /// Makes an empty folder.
    public init() throws {
        path = Self.newPath
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Makes a copy of a folder.
    public init(copying other: TemporaryFolder) throws {
        path = Self.newPath
        try FileManager.default.copyItem(atPath: other.path, toPath: path)
    }

    private static var newPath: String {
        FileManager.default.temporaryDirectory.appending(path: "tilescope-\(UUID().uuidString)")
            .path(percentEncoded: false)
    }

    /// Makes a folder, with what `body` writes into it, that lasts until the tests end: for what is costly to make and what many
    /// tests only read or copy.
    public static func lasting(_ body: (TemporaryFolder) throws -> Void) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try body(folder)
        _ = removalAtExit
        lastingFolders.withLock { $0.append(folder) }
        return folder
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record(error, "remove the folder of a test")
        }
    }

    /// The path of what has this name in the folder, whether it is there or not.
    public func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file, over what stood there, and gives its path.
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: file(name)))
        return file(name)
    }

    /// All bytes of a file.
    public func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: file(name))))
    }

    /// What is in the folder, hidden files too, in order.
    public var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }
}

/// Lends the path of an empty folder, which is gone afterwards.
public func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) { try body(folder.path) }
}

/// Lends the path of a file with the given text; the file is gone afterwards.
public func withTemporaryFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) { try body(folder.write(Array(text.utf8), to: "file")) }
}
