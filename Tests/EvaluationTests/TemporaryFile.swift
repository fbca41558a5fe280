import Files
import Foundation

/// Lends the path of a file with the given text; the file is gone afterwards.
func withTemporaryFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.path + "/tilescope-\(UUID().uuidString)"
    try writeFile(text, to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}
