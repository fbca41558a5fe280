import Files
import Foundation
import Rasters

/// Reads label files of YOLO: one, or a folder of them.
final class YOLOReader: AnnotationReader {
    /// Of the folder or of the file.
    private let path: String
    /// `nil` for one file, which belongs to whatever scene one has.
    private let scenes: SceneNames?
    /// One for each scene; `nil` for a picture that has none.
    private let labelFiles: [Address?]
    private let classNames: ClassNames?
    private let cancellation: Cancellation

    init(opening address: Address, _ cancellation: Cancellation) throws {
        self.cancellation = cancellation
        path = address.description
        guard address.isFolder else {
            scenes = nil
            labelFiles = [address]
            classNames = try Self.classNames(in: Self.foldersAbove(address))
            return
        }
        let entries = try StoredFolder(listing: address).entries.filter { !$0.isFolder }.map(\.name)
        let labels = Self.labelFiles(among: entries)
        let named = Set(labels.map { $0.lastPathPart.stem })
        // A picture without objects has no label file.
        let empty = entries.filter { Self.isPicture($0) && !named.contains($0.lastPathPart.stem) }
        scenes = SceneNames(stems: (labels + empty).map(\.stem))
        labelFiles = labels.map { address.appending($0) } + empty.map { _ in nil }
        classNames = try Self.classNames(in: [address] + Self.foldersAbove(address))
    }

    var sceneNames: [String]? { scenes?.all }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        let index = try scenes?.match(scene, path: path).index ?? 0
        guard let address = labelFiles[index] else { return SceneAnnotations(annotations: []) }
        let file = try FileReader(opening: address)
        let bytes = try file.text()
        let text = bytes[bytes.startOfText...]
        guard classNames != nil || text.allSatisfy(\.isSpace) else { throw Self.withoutNames(file.path) }
        var annotations: [Annotation] = []
        var notes = AnnotationNotes()
        var point = CancellationPoint(cancellation)
        let lineEnd = text.contains(UInt8(ascii: "\n")) ? UInt8(ascii: "\n") : UInt8(ascii: "\r")
        let lines = text.split(separator: lineEnd, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            try point.pass()
            do throws(ClassNamesFailure) {
                guard let line = try YOLOLine(parsing: line) else { continue }
                annotations.append(try annotation(line, scene))
                if line.isOutline { notes.hullCount += 1 }
            } catch {
                throw AnnotationError.malformed("line \(index + 1)", file.path, error.cause)
            }
        }
        return SceneAnnotations(annotations: annotations, notes: notes.texts)
    }

    private func annotation(
        _ line: YOLOLine, _ scene: AnnotatedScene
    ) throws(ClassNamesFailure) -> Annotation {
        guard let className = classNames?[line.label] else {
            throw ClassNamesFailure(
                cause: "class \(line.label) has no name; put names into \(ClassNames.fileNames[0]) or"
                    + " classes.txt")
        }
        let (width, height) = (Double(scene.width), Double(scene.height))
        let box = AnnotationBox(
            checking: tidy(line.edges[0] * width), tidy(line.edges[1] * height),
            tidy(line.edges[2] * width), tidy(line.edges[3] * height))
        guard let box else { throw ClassNamesFailure(cause: "the box \(AnnotationBox.objection)") }
        return Annotation(className: className, shape: .box(box), score: line.confidence)
    }

    private static func withoutNames(_ path: String) -> AnnotationError {
        AnnotationError(
            code: .missingClassNames, operation: "read annotations", path: path,
            cause:
                "its classes are numbers without names; put \(ClassNames.fileNames[0]) or classes.txt (one name on each"
                + " line) beside it or above it")
    }

    // MARK: Files

    private static let pictureEndings: Set = [
        "jpg", "jpeg", "png", "tif", "tiff", "bmp", "webp", "jp2", "gif", "heic",
    ]

    private static func isPicture(_ name: String) -> Bool {
        pictureEndings.contains((name as NSString).pathExtension.lowercased())
    }

    /// Lists of pictures, and texts for people.
    private static let otherTexts: Set = [
        "train", "val", "valid", "test", "classes", "readme", "requirements",
    ]

    /// Where a folder `labels` is there, those in it.
    static func labelFiles(among names: [String]) -> [String] {
        let texts = names.filter {
            $0.hasSuffix(".txt") && !otherTexts.contains($0.lastPathPart.stem.lowercased())
                && !$0.lastPathPart.lowercased().hasPrefix("readme.")
        }
        let inLabels = texts.filter { $0.split(separator: "/").dropLast().contains("labels") }
        return inLabels.isEmpty ? texts : inLabels
    }

    /// Up to three.
    private static func foldersAbove(_ address: Address) -> [Address] {
        var folders: [Address] = []
        var folder = address.absolute.withoutLastSlash.folder
        while let here = folder, folders.count < 3 {
            folders.append(here)
            folder = here.folder
        }
        return folders
    }

    private static let namesByteLimit = 16 << 20

    private static func classNames(in folders: [Address]) throws -> ClassNames? {
        for folder in folders {
            for name in ClassNames.fileNames {
                let address = folder.appending(name)
                guard let bytes = try readFileIfThere(address.unhidden, limit: namesByteLimit) else {
                    continue
                }
                guard let text = String(validating: bytes[bytes.startOfText...], as: UTF8.self) else {
                    throw AnnotationError.malformed("the names", address.description, "it is not UTF-8")
                }
                do throws(ClassNamesFailure) {
                    return try ClassNames(
                        parsing: text, isYAML: name.hasSuffix(".yaml") || name.hasSuffix(".yml"))
                } catch {
                    throw AnnotationError.malformed("the names of classes", address.description, error.cause)
                }
            }
        }
        return nil
    }
}
