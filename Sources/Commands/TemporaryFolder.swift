import Foundation

/// A folder for what a command needs and nobody keeps, removed with this value.
final class TemporaryFolder {
    let path: String
    private var isKept = false

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

    /// Leaves the folder for people to look into.
    func stays() { isKept = true }

    deinit {
        // Nobody can be told any more.
        if !isKept { try? FileManager.default.removeItem(atPath: path) }
    }
}
