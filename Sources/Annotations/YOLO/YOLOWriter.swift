import Files
import Rasters

/// Writes one label file of YOLO, and the names of its classes.
///
/// Objects that do not count are left out: such a file cannot say so.
final class YOLOWriter: AnnotationWriter {
    let fileNames: [String]
    private var labels: FileWriter
    private var names: FileWriter
    private let scene: AnnotatedScene
    /// By class name.
    private let numbers: [String: Int]
    private var point: CancellationPoint

    init(
        _ folder: String, _ stem: String, _ scene: AnnotatedScene, classes: [String],
        _ cancellation: Cancellation
    ) throws {
        fileNames = Self.fileNames(named: stem)
        self.scene = scene
        point = CancellationPoint(cancellation)
        numbers = Dictionary(classes.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        guard classes.allSatisfy({ $0.trimmed == $0 && !$0.contains(where: \.isNewline) && !$0.isEmpty })
        else {
            throw AnnotationError(
                code: .unsupported, operation: "write the names of classes", path: fileNames[1],
                cause: "a name is empty, has spaces around it or has several lines")
        }
        labels = try FileWriter(.replacing(folder + "/" + fileNames[0]))
        names = try FileWriter(.replacing(folder + "/" + fileNames[1]))
        for name in classes { try names.write(name + "\n") }
    }

    static func fileNames(named stem: String) -> [String] { [stem + ".txt", "classes.txt"] }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        guard annotation.visibleFraction > 0 else { return }
        guard case .box(let box) = annotation.shape else {
            throw failure("YOLO has only boxes; give a size for points")
        }
        guard let number = numbers[annotation.className] else {
            throw failure("\(shortName(annotation.className)) is none of the classes")
        }
        let (width, height) = (Double(scene.width), Double(scene.height))
        let values = [
            (box.x0 + box.x1) / 2 / width, (box.y0 + box.y1) / 2 / height, box.width / width,
            box.height / height,
        ]
        var line = "\(number) " + values.map { Self.digits($0) }.joined(separator: " ")
        if let score = annotation.score { line += " \(Self.digits(Double(score)))" }
        try labels.write(line + "\n")
    }

    /// Without an exponent, which few readers expect. Twelve decimals are far less than a millionth of a pixel.
    private static func digits(_ value: Double) -> String { decimals(value) }

    func finish() throws {
        try names.commit()
        try labels.commit()
    }

    private func failure(_ cause: String) -> AnnotationError {
        AnnotationError(
            code: .unsupported, operation: "write an annotation", path: fileNames[0], cause: cause)
    }
}
