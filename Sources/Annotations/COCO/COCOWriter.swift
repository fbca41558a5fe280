import Files
import Rasters

/// Writes COCO's instances with scores, and beside them the results that `loadRes` of pycocotools reads.
final class COCOWriter: AnnotationWriter {
    let fileNames: [String]
    private var instances: FileWriter
    private var results: FileWriter
    private var count = 0
    private var resultCount = 0
    /// By class name.
    private let categories: [String: Int]
    private var point: CancellationPoint

    init(
        _ folder: String, _ stem: String, _ scene: AnnotatedScene, classes: [String], version: String,
        _ cancellation: Cancellation
    ) throws(FileError) {
        fileNames = Self.fileNames(named: stem)
        point = CancellationPoint(cancellation)
        // 0 is the background in many programs.
        categories = Dictionary(classes.enumerated().map { ($0.element, $0.offset + 1) }) { first, _ in first
        }
        instances = try FileWriter(.replacing(folder + "/" + fileNames[0]))
        results = try FileWriter(.replacing(folder + "/" + fileNames[1]))
        let list = classes.enumerated().map {
            "{\"id\":\($0.offset + 1),\"name\":\(jsonString($0.element)),\"supercategory\":\"\"}"
        }
        try instances.write(
            """
            {"info":{"description":"tilescope","version":\(jsonString(version))},"licenses":[],
            "images":[{"id":1,"file_name":\(jsonString(scene.name)),"width":\(scene.width),"height":\(scene.height)}],
            "categories":[\(list.joined(separator: ","))],
            "annotations":[
            """)
        try results.write("[")
    }

    static func fileNames(named stem: String) -> [String] {
        [stem + ".coco.json", stem + ".coco-results.json"]
    }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        guard case .box(let box) = annotation.shape else {
            throw Self.failure(fileNames[0], "COCO has only boxes; give a size for points")
        }
        guard let category = categories[annotation.className] else {
            throw Self.failure(fileNames[0], "\(shortName(annotation.className)) is none of the classes")
        }
        count += 1
        let (width, height) = (tidy(box.width), tidy(box.height))
        let place = [box.x0, box.y0, width, height].map { shortNumber($0) }.joined(separator: ",")
        var line =
            "\(count == 1 ? "" : ",")\n{\"id\":\(count),\"image_id\":1,\"category_id\":\(category),\"bbox\":[\(place)],"
            + "\"area\":\(shortNumber(width * height)),\"iscrowd\":\(annotation.visibleFraction == 0 ? 1 : 0),"
            + "\"segmentation\":[]"
        if let score = annotation.score { line += ",\"score\":\(shortNumber(score))" }
        if annotation.visibleFraction != 1 {
            line += ",\"visible_fraction\":\(shortNumber(annotation.visibleFraction))"
        }
        if let verdict = annotation.verdict { line += ",\"verdict\":\"\(verdict.rawValue)\"" }
        try instances.write(line + "}")
        guard let score = annotation.score else { return }
        resultCount += 1
        try results.write(
            "\(resultCount == 1 ? "" : ",")\n{\"image_id\":1,\"category_id\":\(category),\"bbox\":[\(place)],"
                + "\"score\":\(shortNumber(score)),\"category_name\":\(jsonString(annotation.className))}")
    }

    func finish() throws {
        try instances.write("\n]}\n")
        try results.write("\n]\n")
        try instances.commit()
        try results.commit()
    }

    private static func failure(_ path: String, _ cause: String) -> AnnotationError {
        AnnotationError(code: .unsupported, operation: "write an annotation", path: path, cause: cause)
    }
}
