import Bytes
import Files
import Rasters

/// Reads JSON Lines. Either each line names its scene, or none does. A million lines take about a second.
final class JSONLinesReader: AnnotationReader {
    private let path: String
    private let found: NamedAnnotations
    /// `nil` where no line names one.
    private let scenes: SceneNames?

    init(opening address: Address, _ cancellation: Cancellation) throws {
        let file = try FileReader(opening: address)
        path = file.path
        let text = try file.text()
        let bytes = text.span.bytes
        var found = NamedAnnotations()
        var namesScenes: Bool?
        var start = text.startOfText
        var lineNumber = 0
        while start < bytes.byteCount {
            if lineNumber.isMultiple(of: 4096) { try cancellation.check() }
            lineNumber += 1
            let end = Self.endOfLine(in: bytes, from: start)
            do throws(JSONError) {
                if let line = try AnnotationLine(parsing: bytes, start..<end) {
                    let namesScene = line.scene != nil
                    guard namesScenes ?? namesScene == namesScene else {
                        throw JSONError(
                            namesScene
                                ? "it names a scene, but lines above name none"
                                : "it names no scene, but lines above do (\"scene\")")
                    }
                    namesScenes = namesScene
                    found.append(line.annotation, to: line.scene ?? "")
                }
            } catch {
                throw AnnotationError.malformed("line \(lineNumber)", path, error.reason)
            }
            start = end + 1
        }
        self.found = found
        scenes = namesScenes == true ? SceneNames(found.names) : nil
    }

    var sceneNames: [String]? { scenes?.all }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        try found.annotations(of: scene, among: scenes, path: path)
    }

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
