public import Annotations
import Files
import Pixels
public import Rasters

/// Writes the detections in a format of annotations, best first: `detections.csv`, `detections.gpkg`, ….
public final class AnnotationSink: ScanSink {
    /// Begins the names of its files.
    public static let stem = "detections"

    public let format: AnnotationFormat
    public let fileNames: [String]
    public var fileName: String { fileNames[0] }
    private let scene: AnnotatedScene
    private var writer: (any AnnotationWriter)?
    private var classes: [String] = []

    /// - Parameter scene: whole, upright and at full size.
    public init(_ format: AnnotationFormat, of scene: AnnotatedScene) {
        (self.format, self.scene) = (format, scene)
        fileNames = format.fileNames(named: Self.stem, of: scene)
    }

    public var form: String? { format.writesCoordinates(of: scene) ? scene.georeference?.words : nil }

    public func begin(_ heading: ScanHeading, in folder: String) throws {
        classes = heading.context.classes
        writer = try format.writer(
            into: folder, named: Self.stem, of: scene, classes: classes,
            drawnClasses: heading.rule.labels.map { classes[$0] }, version: heading.context.version,
            cancellation: heading.cancellation)
    }

    public func write(_ detections: MergedDetections.SubSequence) throws {
        for detection in detections {
            try writer?.write(
                Annotation(
                    className: classes[detection.label], shape: .box(AnnotationBox(detection.box)),
                    score: detection.score))
        }
    }

    public func finish() throws { try writer?.finish() }

    public var warning: String? {
        guard let count = writer?.unplacedCount, count > 0 else { return nil }
        return
            "\(fileName): \(counted(count, "box has", "boxes have")) no place there, because the scene's coordinates end before them"
    }
}
