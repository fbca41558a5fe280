import Bytes
internal import CPage
import HTTPTypes

/// The files of the page and the API's description, which are part of the program.
struct PageFiles {
    private struct File {
        var bytes: [UInt8]
        var type: String
        var tag: String
    }

    private let files: [String: File]

    init() {
        files = Self.all().reduce(into: [:]) { files, file in
            var hash = SHA256()
            hash.update(file.bytes.span.bytes)
            let tag = "\"" + hash.hexDigest.prefix(16) + "\""
            files[file.name] = File(bytes: file.bytes, type: Self.type(of: file.name), tag: tag)
        }
    }

    /// Copies of the bytes in the program.
    private static func all() -> [(name: String, bytes: [UInt8])] {
        var all: [(String, [UInt8])] = []
        var file = pageFiles()
        while let entry = file?.pointee, let name = entry.name {
            let bytes = UnsafeBufferPointer(start: entry.bytes, count: entry.byteCount)
            all.append((String(cString: name), Array(bytes)))
            file = file?.successor()
        }
        return all
    }

    private static func type(of name: String) -> String {
        if name.hasSuffix(".json") { return "application/json" }
        if name.hasSuffix(".html") { return "text/html; charset=utf-8" }
        return name.hasSuffix(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"
    }

    /// - Throws: 404 where there is no such file.
    func answer(_ name: String, to request: Incoming) throws -> Answer {
        guard let file = files[name] else { throw Problem(.notFound, "the page has no file '\(name)'") }
        let fields: HTTPFields = [.eTag: file.tag, .cacheControl: "no-cache"]
        guard request.fields[.ifNoneMatch] != file.tag else {
            return Answer(status: .notModified, fields: fields)
        }
        return Answer(file.bytes, type: file.type, fields: fields)
    }
}
