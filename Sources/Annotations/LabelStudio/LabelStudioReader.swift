import Bytes
import Files
import Foundation
import Rasters

/// Reads Label Studio's export as JSON: a list of tasks, or one.
///
/// - Source: "Label Studio JSON format of annotated tasks" in its documentation.
final class LabelStudioReader: AnnotationReader {
    private let path: String
    private let tasks: [LabelledTask]
    private let scenes: SceneNames
    private let cancellation: Cancellation

    /// A picture and what was drawn on it.
    private struct LabelledTask {
        /// Counted from 1, for errors.
        var number: Int
        var name: String
        var results: [JSON]
        var wasDrawnAgain: Bool
    }

    init(opening address: Address, _ cancellation: Cancellation) throws {
        self.cancellation = cancellation
        let file = try FileReader(opening: address)
        path = file.path
        let text = try file.text()
        let bytes = text.span.bytes
        var cursor = JSONCursor(text.startOfText..<bytes.byteCount)
        var tasks: [LabelledTask] = []
        var cancelled: Cancelled?
        do throws(JSONError) {
            if try cursor.kind(in: bytes) == .object {
                tasks.append(try Self.task(try JSON(at: &cursor, in: bytes), number: 1))
            } else {
                try cursor.array(in: bytes) { cursor, bytes throws(JSONError) in
                    do throws(Cancelled) {
                        try cancellation.check()
                    } catch {
                        cancelled = error
                        throw JSONError("interrupted")
                    }
                    let number = tasks.count + 1
                    tasks.append(try Self.task(try JSON(at: &cursor, in: bytes), number: number))
                }
            }
            guard cursor.isAtEnd(in: bytes) else { throw cursor.error("more text after its end") }
        } catch {
            if let cancelled { throw cancelled }
            throw AnnotationError.malformed("task \(tasks.count + 1)", path, error.reason)
        }
        self.tasks = tasks
        scenes = SceneNames(tasks.map(\.name))
    }

    var sceneNames: [String]? { scenes.all }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        let match = try scenes.match(scene, path: path)
        let task = tasks[match.index]
        var annotations: [Annotation] = []
        var notes = AnnotationNotes()
        if let note = match.note { notes.others.append(note) }
        if task.wasDrawnAgain {
            notes.others.append("\(scene.name) has several annotations; the last one counts")
        }
        var point = CancellationPoint(cancellation)
        for (index, result) in task.results.enumerated() {
            try point.pass()
            do throws(JSONError) {
                let width = try result["original_width"]?.double("original_width")
                let height = try result["original_height"]?.double("original_height")
                // Places are parts of the picture: its size need not be the scene's, but its shape.
                do throws(AnnotationError) {
                    _ = try PictureScale(width: width, height: height, to: scene, path: path)
                } catch {
                    throw JSONError(error.cause)
                }
                if let annotation = try Self.annotation(result, of: scene, path, &notes) {
                    annotations.append(annotation)
                }
            } catch {
                throw AnnotationError.malformed(
                    "result \(index + 1) of task \(task.number)", path, error.reason)
            }
        }
        return SceneAnnotations(annotations: annotations, notes: notes.texts)
    }

    // MARK: Tasks

    private static func task(_ json: JSON, number: Int) throws(JSONError) -> LabelledTask {
        guard let data = json["data"], case .object(let members) = data else {
            throw JSONError("a task needs \"data\"; export as JSON, not as JSON-MIN")
        }
        guard let name = pictureName(members) else {
            throw JSONError("\"data\" names no image")
        }
        let drawn = json["annotations"]?.elements.filter { $0["was_cancelled"] != .bool(true) } ?? []
        let checked = drawn.last { $0["ground_truth"] == .bool(true) } ?? drawn.last
        let chosen = checked ?? json["predictions"]?.elements.last
        return LabelledTask(
            number: number, name: name, results: chosen?["result"]?.elements ?? [],
            wasDrawnAgain: drawn.count > 1)
    }

    /// The name of the picture: of `image`, or else of the first member that is a path with an ending.
    private static func pictureName(_ data: [String: JSON]) -> String? {
        let keys = data.keys.sorted { ($0 == "image" ? 0 : 1, $0) < ($1 == "image" ? 0 : 1, $1) }
        for key in keys {
            guard case .string(let text)? = data[key] else { continue }
            let name = fileName(text)
            if key == "image" || name.contains(".") { return name.isEmpty ? nil : name }
        }
        return nil
    }

    /// A file's own name, without what stands around it in a path or an address: `/data/upload/1/abcdef12-car.png`, `/data/local-files/?d=a/car.png`, `s3://b/car.png?X=…`.
    static func fileName(_ text: String) -> String {
        var place = text[...]
        if let mark = text.firstRange(of: "?d=") {
            place = text[mark.upperBound...].prefix { $0 != "&" }
        } else if text.contains("://") || text.hasPrefix("/data/") {
            place = text.prefix { $0 != "?" }
        }
        let name = String(place).lastPathPart
        let plain = name.removingPercentEncoding ?? name
        return text.contains("/upload/") ? plain.withoutUploadPrefix : plain
    }

    // MARK: Results

    /// - Returns: `nil` for what is no box and no point.
    private static func annotation(
        _ result: JSON, of scene: AnnotatedScene, _ path: String, _ notes: inout AnnotationNotes
    ) throws(JSONError) -> Annotation? {
        guard case .string(let type)? = result["type"] else { throw JSONError("a result needs a \"type\"") }
        guard type == "rectanglelabels" || type == "keypointlabels" else {
            notes.passedOver[type, default: 0] += 1
            return nil
        }
        guard let value = result["value"] else { throw JSONError("a result needs a \"value\"") }
        guard case .string(let className)? = value[type]?.elements.first else {
            notes.passedOver["\(type) without a label", default: 0] += 1
            return nil
        }
        if let turn = try result["image_rotation"]?.double("image_rotation"), turn != 0 {
            throw JSONError(
                "the image was rotated in Label Studio; rotate it back there, or rotate the file and label it again"
            )
        }
        let (width, height) = (Double(scene.width), Double(scene.height))
        let (x, y) = (try percent("x", value), try percent("y", value))
        let shape: Annotation.Shape
        if type == "keypointlabels" {
            let (x, y) = (tidy(x * width), tidy(y * height))
            guard Annotation.isPlace(x, y) else { throw JSONError("the point is too far away") }
            shape = .point(x: x, y: y)
        } else {
            let turn = try value["rotation"]?.double("rotation") ?? 0
            let corners = cornersOfBox(
                x: x * width, y: y * height, width: try percent("width", value) * width,
                height: try percent("height", value) * height, degrees: turn)
            let hull = AnnotationBox(around: corners).flatMap {
                AnnotationBox(checking: tidy($0.x0), tidy($0.y0), tidy($0.x1), tidy($0.y1))
            }
            guard let hull else { throw JSONError("the box \(AnnotationBox.objection)") }
            if turn.truncatingRemainder(dividingBy: 90) != 0 { notes.hullCount += 1 }
            shape = .box(hull)
        }
        var annotation = Annotation(className: className, shape: shape)
        if let score = result["score"], score != .null {
            let value = try score.double("score")
            annotation.score = Annotation.score(value)
            guard annotation.score != nil else { throw JSONError(Annotation.objection(toScore: value)) }
        }
        return annotation
    }

    /// As a fraction.
    private static func percent(_ key: String, _ value: JSON) throws(JSONError) -> Double {
        guard let number = value[key] else { throw JSONError("a value needs \"\(key)\"") }
        return try number.double(key) / 100
    }
}

extension JSON {
    /// An object's member; `nil` where this is no object, or has no such member.
    subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// An array's elements; empty where this is no array.
    var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// A number; `key` is for the error.
    func double(_ key: String) throws(JSONError) -> Double {
        guard case .number(let text) = self, let value = Double(text), value.isFinite else {
            throw JSONError("\"\(key)\" must be a number")
        }
        return value
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
