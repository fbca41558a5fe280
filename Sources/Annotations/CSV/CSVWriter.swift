import Files
import Rasters

/// Writes a table that `CSVReader`, and every program for tables, reads. A point has no `x1` and `y1`.
final class CSVWriter: AnnotationWriter {
    let fileNames: [String]
    private var writer: FileWriter
    private let image: String
    /// Class names as cells.
    private var names: [String: String] = [:]
    private var point: CancellationPoint

    init(_ path: String, _ scene: AnnotatedScene, _ cancellation: Cancellation) throws(FileError) {
        fileNames = [path.lastPathPart]
        image = csvField(scene.name)
        point = CancellationPoint(cancellation)
        writer = try FileWriter(.replacing(path))
        try writer.write("image,class,x0,y0,x1,y1,score,visible_fraction,verdict\n")
    }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        let name = names[annotation.className] ?? csvField(annotation.className)
        names[annotation.className] = name
        let place =
            switch annotation.shape {
            case .box(let box): [box.x0, box.y0, box.x1, box.y1].map(shortNumber).joined(separator: ",")
            case .point(let x, let y): "\(shortNumber(x)),\(shortNumber(y)),,"
            }
        try writer.write(
            "\(image),\(name),\(place),\(annotation.score.map { "\($0)" } ?? ""),"
                + "\(shortNumber(annotation.visibleFraction)),\(annotation.verdict?.rawValue ?? "")\n")
    }

    func finish() throws { try writer.commit() }
}
