import Files
import Foundation
import Rasters

/// Reads Pascal VOC's files: one, or a folder of them with one for each picture.
///
/// By tradition places are numbers of pixels counted from 1, and the last belongs to the box: `xmin` 1 and `xmax` 10 are the first
/// ten pixels.
final class VOCReader: AnnotationReader {
    private let path: String
    private let files: [Address]
    /// `nil` for one file that names no picture.
    private let scenes: SceneNames?
    private let cancellation: Cancellation

    init(opening address: Address, _ cancellation: Cancellation) throws {
        self.cancellation = cancellation
        path = address.description
        guard address.isFolder else {
            files = [address]
            let name = try Self.root(of: address)["filename"]?.text ?? ""
            scenes = name.isEmpty ? nil : SceneNames([name])
            return
        }
        let names = try StoredFolder(listing: address).entries.filter {
            !$0.isFolder && $0.name.lowercased().hasSuffix(".xml")
        }.map(\.name)
        files = names.map { address.appending($0) }
        scenes = SceneNames(stems: names.map(\.stem))
    }

    var sceneNames: [String]? { scenes?.all }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        let match = try scenes?.match(scene, path: path)
        let address = files[match?.index ?? 0]
        let root = try Self.root(of: address)
        let size = root["size"]
        let path = address.description
        let scale = try PictureScale(
            width: size?["width"].flatMap { Double(plain: $0.text) },
            height: size?["height"].flatMap { Double(plain: $0.text) }, to: scene, path: path)
        var annotations: [Annotation] = []
        var notes = AnnotationNotes()
        notes.others = [match?.note, scale.note].compactMap { $0 }
        var point = CancellationPoint(cancellation)
        for element in root.children where element.name == "object" {
            try point.pass()
            do throws(XMLFailure) {
                annotations.append(try Self.annotation(element, scale, &notes))
            } catch {
                throw AnnotationError.malformed("line \(error.line)", path, error.cause)
            }
        }
        return SceneAnnotations(annotations: annotations, notes: notes.texts)
    }

    private static func root(of address: Address) throws -> XMLElement {
        let file = try FileReader(opening: address)
        guard file.byteCount <= XMLReader.byteLimit else {
            throw AnnotationError(
                code: .unsupported, operation: "read annotations", path: file.path,
                cause: "it has \(file.byteCount) bytes, more than \(XMLReader.byteLimit)")
        }
        let bytes = try file.text()
        let root: XMLElement
        do throws(XMLFailure) {
            root = try XMLReader.root(of: bytes)
        } catch {
            throw AnnotationError.malformed("line \(error.line)", file.path, error.cause)
        }
        guard root.name == "annotation" else {
            throw AnnotationError.malformed(
                "the file", file.path, "Pascal VOC must begin with <annotation>, not with <\(root.name)>")
        }
        return root
    }

    private static func annotation(
        _ element: XMLElement, _ scale: PictureScale, _ notes: inout AnnotationNotes
    ) throws(XMLFailure) -> Annotation {
        guard let name = element["name"]?.text, !name.isEmpty else {
            throw XMLFailure(line: element.line, cause: "an object needs a <name>")
        }
        let box: AnnotationBox
        if let edges = element["bndbox"] {
            let names = ["xmin", "ymin", "xmax", "ymax"]
            var values: [Double] = []
            for name in names { values.append(try number(name, in: edges)) }
            guard let found = scale.box(values[0] - 1, values[1] - 1, values[2], values[3]) else {
                throw XMLFailure(line: edges.line, cause: "the box \(AnnotationBox.objection)")
            }
            box = found
        } else if let turned = element["robndbox"] {
            // roLabelImg's.
            let (width, height) = (try number("w", in: turned), try number("h", in: turned))
            let hull = hull(
                x: try number("cx", in: turned), y: try number("cy", in: turned), width: width,
                height: height,
                radians: try number("angle", in: turned))
            guard let found = scale.box(hull.x0, hull.y0, hull.x1, hull.y1) else {
                throw XMLFailure(line: turned.line, cause: "the box \(AnnotationBox.objection)")
            }
            box = found
            notes.hullCount += 1
        } else {
            throw XMLFailure(line: element.line, cause: "an object needs a <bndbox>")
        }
        var annotation = Annotation(className: name, shape: .box(box))
        if let score = element["score"] {
            guard let value = Double(plain: score.text) else {
                throw XMLFailure(
                    line: score.line, cause: "a score must be a number: \(shortName(score.text))")
            }
            annotation.score = Annotation.score(value)
            guard annotation.score != nil else {
                throw XMLFailure(line: score.line, cause: Annotation.objection(toScore: value))
            }
        }
        // What is difficult is neither to be found nor a false alarm.
        if element["difficult"]?.text == "1" { annotation.visibleFraction = 0 }
        return annotation
    }

    /// Around a box that is turned about its middle.
    private static func hull(
        x: Double, y: Double, width: Double, height: Double, radians: Double
    ) -> AnnotationBox {
        let (cosine, sine) = (abs(cos(radians)), abs(sin(radians)))
        let (halfWidth, halfHeight) = (
            (width * cosine + height * sine) / 2, (width * sine + height * cosine) / 2
        )
        return AnnotationBox(x0: x - halfWidth, y0: y - halfHeight, x1: x + halfWidth, y1: y + halfHeight)
    }

    private static func number(_ name: String, in element: XMLElement) throws(XMLFailure) -> Double {
        guard let found = element[name] else {
            throw XMLFailure(line: element.line, cause: "<\(element.name)> has no <\(name)>")
        }
        guard let value = Double(plain: found.text) else {
            throw XMLFailure(line: found.line, cause: "<\(name)> must be a number: \(shortName(found.text))")
        }
        return value
    }
}
