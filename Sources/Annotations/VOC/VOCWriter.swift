import Files
import Pixels
import Rasters

/// Writes a file of Pascal VOC, in whole pixels, as its readers want them. Pixels count from 1, and the last one belongs to the box.
///
/// - Source: the annotation files of the PASCAL VOC development kit (Everingham et al., 2012).
final class VOCWriter: AnnotationWriter {
    let fileNames: [String]
    private var writer: FileWriter
    private var point: CancellationPoint

    init(
        _ folder: String, _ stem: String, _ scene: AnnotatedScene, version: String,
        _ cancellation: Cancellation
    ) throws(FileError) {
        fileNames = Self.fileNames(named: stem)
        point = CancellationPoint(cancellation)
        writer = try FileWriter(.replacing(folder + "/" + fileNames[0]))
        let head: Markup = """
            <annotation>
              <folder></folder>
              <filename>\(scene.name)</filename>
              <source><database>tilescope \(version)</database></source>
              <size><width>\(scene.width)</width><height>\(scene.height)</height><depth>3</depth></size>
              <segmented>0</segmented>

            """
        try writer.write(head.text)
    }

    static func fileNames(named stem: String) -> [String] { [stem + ".xml"] }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        guard case .box(let exact) = annotation.shape else {
            throw AnnotationError(
                code: .unsupported, operation: "write an annotation", path: fileNames[0],
                cause: "Pascal VOC has only boxes; give a size for points")
        }
        let box = exact.pixels
        let isDifficult = annotation.visibleFraction == 0
        let isOccluded = annotation.visibleFraction < 1
        let score: Markup = annotation.score.map { "<score>\($0)</score>" } ?? ""
        let object: Markup = """
              <object>
                <name>\(annotation.className)</name>
                <pose>Unspecified</pose><truncated>0</truncated><occluded>\(isOccluded ? 1 : 0)</occluded>
                <difficult>\(isDifficult ? 1 : 0)</difficult>\(score)
                <bndbox><xmin>\(box.x0 + 1)</xmin><ymin>\(box.y0 + 1)</ymin><xmax>\(box.x1)</xmax><ymax>\(box.y1)</ymax></bndbox>
              </object>

            """
        try writer.write(object.text)
    }

    func finish() throws {
        try writer.write("</annotation>\n")
        try writer.commit()
    }
}
