import Files
import Rasters

/// Reads COCO's instances, and results of one picture.
final class COCOReader: AnnotationReader {
    private let path: String
    private let cancellation: Cancellation
    private let file: COCOFile
    /// `nil` for results, which name no pictures.
    private let scenes: SceneNames?

    init(opening address: Address, _ cancellation: Cancellation) throws {
        self.cancellation = cancellation
        let reader = try FileReader(opening: address)
        path = reader.path
        let file = try COCOFile(parsing: reader.text(), path: path, cancellation)
        if !file.isResults, let stray = file.firstStray {
            throw AnnotationError.malformed(
                "annotation \(stray.number)", path, "no image has the id \(stray.picture)")
        }
        let names = file.pictureOrder.map { file.pictures[$0]?.name ?? "" }
        self.file = file
        scenes = file.isResults ? nil : SceneNames(names)
    }

    var sceneNames: [String]? { scenes?.all }

    func annotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        guard let scenes else { return try resultAnnotations(of: scene) }
        let match = try scenes.match(scene, path: path)
        let id = file.pictureOrder[match.index]
        let picture = file.pictures[id]
        let scale = try PictureScale(
            width: picture?.width, height: picture?.height, to: scene, path: path)
        return SceneAnnotations(
            annotations: try annotations(ofPicture: id, scale),
            notes: [match.note, scale.note].compactMap { $0 })
    }

    private func resultAnnotations(of scene: AnnotatedScene) throws -> SceneAnnotations {
        guard file.objects.count <= 1 else {
            throw AnnotationError(
                code: .unknownScene, operation: "find annotations of \(scene.name)", path: path,
                cause:
                    "the results have several image ids, but no image names; write the results of one image into a"
                    + " file of their own, or use the instances")
        }
        guard let id = file.objects.keys.first else { return SceneAnnotations(annotations: []) }
        let scale = try PictureScale(width: nil, height: nil, to: scene, path: path)
        return SceneAnnotations(annotations: try annotations(ofPicture: id, scale))
    }

    private func annotations(
        ofPicture id: String, _ scale: PictureScale
    ) throws -> [Annotation] {
        var annotations: [Annotation] = []
        var point = CancellationPoint(cancellation)
        for object in file.objects[id] ?? [] {
            try point.pass()
            guard let className = object.categoryName ?? file.categories[object.category] else {
                throw AnnotationError(
                    code: .missingClassNames, operation: "read annotation \(object.number)", path: path,
                    cause: file.isResults
                        ? "the results have no class names; give each a \"category_name\", or use the instances"
                        : "no category has the id \(object.category)")
            }
            let (x, y) = (object.box[0], object.box[1])
            guard let box = scale.box(x, y, x + object.box[2], y + object.box[3]) else {
                let values = object.box.map { shortNumber($0) }.joined(separator: ", ")
                throw AnnotationError.malformed(
                    "annotation \(object.number)", path, "the bbox [\(values)] \(AnnotationBox.objection)")
            }
            annotations.append(
                Annotation(
                    className: className, shape: .box(box), score: object.score,
                    visibleFraction: object.isCrowd ? 0 : object.visibleFraction ?? 1,
                    verdict: object.verdict))
        }
        return annotations
    }
}
