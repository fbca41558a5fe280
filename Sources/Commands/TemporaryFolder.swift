import Foundation

/// A folder for what a command needs and nobody keeps, removed with this value.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "tilescope-\(UUID().uuidString)")
        path = url.path(percentEncoded: false)
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw CommandError(operation: "make a folder", path: path, cause: error.localizedDescription)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
