import Bytes
internal import CGDAL
import Files
import Foundation

extension AnnotationFormat {
    func reader(opening address: Address, cancellation: Cancellation) throws -> any AnnotationReader {
        switch kind {
        case .jsonLines: try JSONLinesReader(opening: address, cancellation)
        case .csv: try CSVReader(opening: address, cancellation)
        case .coco, .yolo, .voc, .labelStudio, .parquet, .qupath, .geoJSON, .ogr:
            throw AnnotationError(
                code: .unsupported, operation: "read annotations", path: address.description,
                cause: "\(name) is not read by this version")
        }
    }

    /// Finds the format of a file or a folder by its name, and by its first bytes where the name does not tell.
    ///
    /// - Throws: `AnnotationError` where nothing tells it, `FileError`.
    init(of address: Address) throws {
        switch (address.lastComponent as NSString).pathExtension.lowercased() {
        case "jsonl", "ndjson": self = .jsonLines
        case "csv", "tsv": self = .csv
        default:
            guard let format = try Self.known(byContentsOf: address) else {
                throw AnnotationError(
                    code: .unknownFormat, operation: "find its format", path: address.description,
                    cause: "neither its name nor its first bytes tell; give the format: "
                        + Self.names.joined(separator: ", ") + ", or the name of a vector driver of GDAL")
            }
            self = format
        }
    }

    private static let headByteCount = 1 << 16

    private static func known(byContentsOf address: Address) throws -> AnnotationFormat? {
        let file = try FileReader(opening: address)
        let head = try file.read(min(file.byteCount, headByteCount), at: 0)
        return head.first { !$0.isSpace } == UInt8(ascii: "{") ? .jsonLines : nil
    }
}
