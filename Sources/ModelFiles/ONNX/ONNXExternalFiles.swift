import Files
import Foundation

/// The files beside an ONNX file in which large tensors may stand.
final class ONNXExternalFiles {
    private let folder: URL
    private var files: [String: FileReader] = [:]
    /// Bytes that were lent of each file.
    private var lentByteCounts: [String: Int] = [:]

    /// The files that were opened.
    var paths: [String] { files.keys.sorted() }

    /// - Parameter path: of the ONNX file.
    init(beside path: String) { folder = URL(filePath: path).deletingLastPathComponent() }

    /// Lends a tensor's bytes, of each file not more in all than it has: many tensors that name the same bytes would make
    /// a large memory of a small file.
    ///
    /// - Parameter places: what the tensor says: `location`, and perhaps `offset` and `length`.
    /// - Parameter count: of the bytes that the tensor needs.
    func withBytes<Result>(
        _ places: [String: String], count: Int, of name: String, _ body: (RawSpan) -> Result
    ) throws(Malformed) -> Result {
        let location = places["location"] ?? ""
        // No file of ONNX has a reason to read elsewhere.
        guard !location.isEmpty, !location.hasPrefix("/"),
            !location.split(separator: "/").contains("..")
        else { throw Malformed("\(name) is stored in \(shown(location)), which is not a file beside it") }
        guard let offset = Int(places["offset"] ?? "0"), offset >= 0,
            let length = Int(places["length"] ?? "\(count)"), length == count
        else {
            throw Malformed(
                "\(name) has \(shown(places["length"] ?? "")) bytes at offset \(shown(places["offset"] ?? "0")) of "
                    + "\(shown(location)), but needs \(count)")
        }
        // One file has one count, however its place is written.
        let path = folder.appending(path: location).resolvingSymlinksInPath().standardizedFileURL.path
        let file = try file(path, location, of: name)
        guard count <= file.byteCount, offset <= file.byteCount - count else {
            throw Malformed(
                "\(name) needs \(count) bytes at offset \(offset) of \(shown(location)), which has only \(file.byteCount)"
            )
        }
        let lentByteCount = lentByteCounts[path, default: 0]
        guard count <= file.byteCount - lentByteCount else {
            throw Malformed(
                "\(name) needs \(count) bytes of \(shown(location)), but other tensors already use \(lentByteCount) of its "
                    + "\(file.byteCount) bytes; shared bytes are not supported")
        }
        lentByteCounts[path] = lentByteCount + count
        do throws(FileError) {
            let bytes = try file.read(count, at: offset)
            return body(bytes.span.bytes)
        } catch {
            throw Malformed("\(name): cannot \(error.operation) of \(shown(location)): \(error.cause)")
        }
    }

    private func file(_ path: String, _ location: String, of name: String) throws(Malformed) -> FileReader {
        if let file = files[path] { return file }
        do throws(FileError) {
            let sealed = SealedFolder(path: folder.path(percentEncoded: false))
            let file = try FileReader(path: sealed.checked(path))
            files[path] = file
            return file
        } catch {
            throw Malformed("\(name): cannot \(error.operation) \(shown(location)): \(error.cause)")
        }
    }
}
