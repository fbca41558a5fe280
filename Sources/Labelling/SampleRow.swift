import Annotations
import Bytes
import Files
import Foundation
package import Records

/// A row about a sample of a pack: what `mine` has chosen, with the class that a person has filled in.
package struct SampleRow: Hashable, Sendable, Decodable {
    /// Its number in the pack, from 0 on.
    package var sample: Int
    /// `nil` where nothing is filled in.
    package var className: String?
    /// What tells the sample from others (`TilePack.digest`): a pack that is made again may have it at another place. `nil` where the
    /// row does not say it.
    package var digest: String?

    private enum CodingKeys: String, CodingKey { case sample, className = "class", digest }

    package init(sample: Int, className: String?, digest: String? = nil) {
        (self.sample, self.className, self.digest) = (sample, className, digest)
    }

    /// Reads a table with the columns `sample` and `class`, and perhaps `digest`, or JSON Lines with these keys. Others are passed over.
    ///
    /// - Parameter path: ends in `.csv` or `.jsonl`.
    /// - Parameter sampleCount: of the pack.
    /// - Throws: `LabellingError` with the line that is wrong; `FileError`.
    package static func read(_ path: String, sampleCount: Int) throws -> [SampleRow] {
        let bytes = try readFile(path, limit: byteLimit)
        let rows = try path.hasSuffix(".jsonl") ? linesOfJSON(bytes, path) : table(bytes, path)
        return try rows.map { line, row in
            guard 0..<sampleCount ~= row.sample else {
                throw failure(
                    path, line,
                    "the pack has no sample \(row.sample): its samples are 0 to \(sampleCount - 1)")
            }
            let name = row.className?.trimmingCharacters(in: .whitespaces) ?? ""
            return SampleRow(
                sample: row.sample, className: name.isEmpty ? nil : name,
                digest: row.digest?.isEmpty == true ? nil : row.digest)
        }
    }

    /// A header and rows as `read` takes them.
    package static func text(of rows: [SampleRow]) -> String {
        "sample,class,digest\n"
            + rows.map { "\($0.sample),\(csvField($0.className ?? "")),\($0.digest ?? "")\n" }.joined()
    }

    private static let byteLimit = 1 << 30

    private static func failure(_ path: String, _ line: Int, _ cause: String) -> LabellingError {
        LabellingError(operation: "read what is said of samples", path: path, cause: "line \(line): \(cause)")
    }

    private static func linesOfJSON(_ bytes: [UInt8], _ path: String) throws -> [(Int, SampleRow)] {
        try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .filter { !$0.element.allSatisfy { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: " ") } }.map {
                number, line in
                guard let row = try? JSONDecoder().decode(SampleRow.self, from: Data(line)) else {
                    throw failure(
                        path, number + 1, "it has no \"sample\" with a number, or \"class\" is no text")
                }
                return (number + 1, row)
            }
    }

    private static func table(_ bytes: [UInt8], _ path: String) throws -> [(Int, SampleRow)] {
        // Spreadsheets put a mark before the text, and in many countries semicolons between columns.
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let header = bytes[start...].prefix { $0 != UInt8(ascii: "\n") }
        let separator = header.contains(UInt8(ascii: ",")) ? UInt8(ascii: ",") : UInt8(ascii: ";")
        var cursor = CSVCursor(position: start, separator: separator)
        var fields: [CSVCursor.Field] = []
        let span = bytes.span.bytes
        func next() throws -> Bool {
            do throws(CSVFailure) {
                return try cursor.row(into: &fields, in: span)
            } catch {
                throw failure(path, cursor.line, "it is no row of a table: \(error.cause)")
            }
        }
        guard try next(), let sample = fields.firstIndex(where: { $0.text == "sample" }),
            let name = fields.firstIndex(where: { $0.text == "class" })
        else { throw failure(path, 1, "the first row does not name the columns \"sample\" and \"class\"") }
        let digest = fields.firstIndex { $0.text == "digest" }
        var rows: [(Int, SampleRow)] = []
        while try next() {
            guard fields.count > max(sample, name), let number = Int(fields[sample].text) else {
                throw failure(path, cursor.line, "\"sample\" is no number, or a column is missing")
            }
            let known = digest.flatMap { fields.indices.contains($0) ? fields[$0].decoded : nil }
            rows.append(
                (
                    cursor.line,
                    SampleRow(sample: number, className: fields[name].decoded, digest: known)
                ))
        }
        return rows
    }
}

extension TilePack {
    /// - Throws: `LabellingError` where a row is about another tile than the pack has at its place, because the pack was made again.
    package func check(_ rows: [SampleRow], of path: String) throws {
        for row in rows {
            guard let digest = row.digest, case let found = try self.digest(ofTile: row.sample),
                !row.isAbout(found)
            else { continue }
            throw LabellingError(
                operation: "use the table", path: path,
                cause:
                    "sample \(row.sample) was another tile (\(digest.prefix(8))…) when the table was written, and is \(found.prefix(8))… in \(self.path): the pack was made again since, or is another one; write the table again by tilescope learn, mine or labels export"
            )
        }
    }
}

extension SampleRow {
    /// Whether it may be about the tile of a digest.
    package func isAbout(_ tile: String) -> Bool { digest.map { tile == $0.lowercased() } ?? true }
}
