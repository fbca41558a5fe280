import Bytes
import Files
import Rasters

/// Reads JSON Lines, which name no scene. A million lines take about a second.
final class JSONLinesReader: AnnotationReader {
    private let file: FileReader
    private let cancellation: Cancellation

    init(opening address: Address, _ cancellation: Cancellation) throws {
        file = try FileReader(opening: address)
        self.cancellation = cancellation
    }

    let sceneNames: [String]? = nil

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        let text = try file.text()
        let bytes = text.span.bytes
        var annotations: [Annotation] = []
        annotations.reserveCapacity(bytes.byteCount / Self.usualLineByteCount)
        var start = text.startOfText
        var lineNumber = 0
        while start < bytes.byteCount {
            if lineNumber.isMultiple(of: 4096) { try cancellation.check() }
            lineNumber += 1
            let end = Self.endOfLine(in: bytes, from: start)
            do throws(JSONError) {
                if let annotation = try Annotation(parsingLine: bytes, start..<end) {
                    annotations.append(annotation)
                }
            } catch {
                throw AnnotationError.malformed("line \(lineNumber)", file.path, error.reason)
            }
            start = end + 1
        }
        return SceneAnnotations(annotations: annotations)
    }

    /// A short line, so that the array seldom grows.
    private static let usualLineByteCount = 80

    private static func endOfLine(in bytes: RawSpan, from start: Int) -> Int {
        var end = start
        while end < bytes.byteCount, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        return end
    }
}

extension FileReader {
    /// Some forty million objects.
    private static let textByteLimit = 1 << 32

    /// All its bytes, where they are not too many.
    func text() throws -> [UInt8] {
        guard byteCount <= Self.textByteLimit else {
            throw AnnotationError(
                code: .unsupported, operation: "read annotations", path: path,
                cause: "it has \(byteCount) bytes, more than \(Self.textByteLimit)")
        }
        return try read(byteCount, at: 0)
    }
}
