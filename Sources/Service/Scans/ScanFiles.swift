import Files
import Foundation
import HTTPTypes

/// The files that a scan has written, for downloads.
package struct ScanFiles {
    /// One of them.
    package struct Entry: Encodable, Hashable {
        /// From the results on, with slashes.
        package var name: String
        package var byteCount: Int
        package var type: String
    }

    /// More than anybody looks at in a list.
    private static let countLimit = 200_000

    private let folder: String

    package init(_ scan: ScanPlaces) { folder = scan.results }

    /// All files in the folder and below it, in order. Hidden ones are the scan's state; links are nobody's.
    package func list() -> [Entry] {
        guard let names = FileManager.default.enumerator(atPath: folder) else { return [] }
        var entries: [Entry] = []
        while let name = names.nextObject() as? String, entries.count < Self.countLimit {
            if name.split(separator: "/").last?.hasPrefix(".") == true {
                names.skipDescendants()
                continue
            }
            var status = stat()
            guard lstat(folder + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            entries.append(
                Entry(name: name, byteCount: Int(status.st_size), type: Self.type(ofName: name)))
        }
        return entries.sorted { $0.name < $1.name }
    }

    /// - Throws: 404 where there is no such file, or none that may be fetched.
    func answer(_ name: String, to fields: HTTPFields) throws -> Answer {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let missing = Problem(.notFound, "the scan has no file '\(name)'; …/files lists those that there are")
        guard !parts.isEmpty,
            !parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") || $0.utf8.contains(0) })
        else { throw missing }
        guard let path = try? SealedFolder(path: folder).checked(folder + "/" + name),
            let version = FileGuard(path: path)
        else { throw missing }
        let file = try FileReader(path: path)
        let tag = "\"\(file.byteCount)-\(version.modificationTime)\""
        var answer = Answer(status: .ok)
        answer.fields[.eTag] = tag
        answer.fields[.contentType] = Self.type(ofName: name)
        answer.fields[.acceptRanges] = "bytes"
        answer.fields[.cacheControl] = "private, no-cache"
        let isInline = name == "tagged.png"
        answer.fields[.contentDisposition] = Self.disposition(
            ofName: String(parts.last ?? ""), isInline: isInline)
        if EntityTag.matches(tag, fields[.ifNoneMatch]) {
            answer.status = .notModified
            return answer
        }
        let isCurrent = fields[.ifRange].map { $0 == tag } ?? true
        switch isCurrent ? ByteRange(fields[.range], byteCount: file.byteCount) : .whole {
        case .whole: answer.body = .file(file, range: 0..<file.byteCount)
        case .part(let range):
            answer.status = .partialContent
            answer.fields[.contentRange] =
                "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.byteCount)"
            answer.body = .file(file, range: range)
        case .impossible:
            throw Problem(
                .rangeNotSatisfiable, "the file has \(file.byteCount) bytes; ask for a range among them",
                fields: [.contentRange: "bytes */\(file.byteCount)"])
        }
        return answer
    }

    private static let types = [
        "json": "application/json", "jsonl": "application/x-ndjson", "geojson": "application/geo+json",
        "geojsonl": "application/geo+json-seq", "png": "image/png", "tif": "image/tiff",
        "csv": "text/csv; charset=utf-8", "txt": "text/plain; charset=utf-8", "xml": "application/xml",
        "gml": "application/gml+xml", "xsd": "application/xml", "kml": "application/vnd.google-earth.kml+xml",
        "gpkg": "application/geopackage+sqlite3", "sqlite": "application/vnd.sqlite3",
        "parquet": "application/vnd.apache.parquet", "yaml": "application/yaml",
    ]

    private static func type(ofName name: String) -> String {
        types[(name as NSString).pathExtension.lowercased()] ?? "application/octet-stream"
    }

    /// - Source: RFC 6266, with the name in the form of RFC 8187, and one in ASCII for clients that do not read it.
    package static func disposition(ofName name: String, isInline: Bool) -> String {
        let plain = name.unicodeScalars.map { scalar -> String in
            let isPlain = (0x20..<0x7F).contains(scalar.value) && !"\"\\%;".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : "_"
        }.joined()
        var encoded = ""
        for byte in name.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            if isPlain {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return "\(isInline ? "inline" : "attachment"); filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }
}

/// What part of a file a request wants.
package enum ByteRange: Hashable, Sendable {
    case whole
    case part(Range<Int>)
    /// No byte of it is there.
    case impossible

    /// - Parameter field: `Range`. One that is malformed, or wants several parts, is answered with the whole.
    /// - Source: RFC 9110, section 14.
    package init(_ field: String?, byteCount: Int) {
        self = .whole
        guard let field, field.lowercased().hasPrefix("bytes=") else { return }
        let sides = field.dropFirst("bytes=".count).trimmingPrefix(while: { $0 == " " })
            .split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, sides.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } }) else {
            return
        }
        // A number of more digits than fit is more than any file has.
        let first = sides[0].isEmpty ? nil : Int(sides[0]) ?? Int.max
        let last = sides[1].isEmpty ? nil : Int(sides[1]) ?? Int.max
        switch (first, last) {
        case (let first?, let last?):
            guard first <= last else { return }
            self =
                first < byteCount
                ? .part(first..<min(byteCount, last == Int.max ? last : last + 1)) : .impossible
        case (let first?, nil): self = first < byteCount ? .part(first..<byteCount) : .impossible
        case (nil, let count?):
            self = count > 0 && byteCount > 0 ? .part(max(0, byteCount - count)..<byteCount) : .impossible
        case (nil, nil): return
        }
    }
}

/// Tags that tell one version of an answer from another.
enum EntityTag {
    /// Whether a client has the version already.
    ///
    /// - Parameter field: `If-None-Match`.
    static func matches(_ tag: String, _ field: String?) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { given in
            var given = given.trimmingCharacters(in: .whitespaces)
            if given.hasPrefix("W/") { given.removeFirst(2) }
            return given == tag || given == "*"
        }
    }
}
