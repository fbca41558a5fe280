import Annotations
import ArgumentParser
import Files
import Rasters
import Scanning

/// What really is in a scene: the same options for every command that measures.
struct TruthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The true objects of the scene: boxes or points in any format of docs/annotations.md, such as JSON Lines, CSV, COCO, YOLO, \
            Pascal VOC, GeoPackage. Features whose verdict is wrong are no objects.
            """, valueName: "file"))
    var truth: String?
    @Option(
        name: .customLong("truth-format"),
        help: ArgumentHelp(
            "The format of --truth, such as coco or gpkg. Default: by its name and contents.",
            valueName: "name"))
    var formatName: String?
    @Option(
        help: ArgumentHelp(
            """
            The size of the objects where the truth has points: a detection is right when its centre is at most half of it away \
            from a point.
            """, valueName: "pixels"))
    var objectSize: Double?

    func validate() throws {
        guard truth != "" else { throw ValidationError("--truth must name a file") }
        guard truth != nil || (formatName == nil && objectSize == nil) else {
            throw ValidationError("--truth-format and --object-size need --truth")
        }
        if let formatName, format == nil {
            throw ValidationError(
                "--truth-format must be one of \(AnnotationFormat.readNames.joined(separator: ", ")) or the name of one of GDAL's vector drivers, "
                    + "not \(formatName)")
        }
        guard (objectSize ?? 1) > 0, (objectSize ?? 1) <= Self.largestObject else {
            throw ValidationError("--object-size must lie between 0 and 1048576: \(objectSize ?? 0)")
        }
    }

    private static let largestObject = Double(1 << 20)

    private var format: AnnotationFormat? { formatName.flatMap { AnnotationFormat(name: $0) } }

    /// `nil` where there is no truth.
    var source: TruthSource? {
        truth.map { TruthSource(path: $0, format: format, objectSize: objectSize) }
    }
}

/// Where the truth of a scene is, and how it is read.
struct TruthSource {
    /// As it was typed.
    var path: String
    /// `nil` for the one that it has by its name and contents.
    var format: AnnotationFormat?
    /// In pixels; `nil` where there are no points.
    var objectSize: Double?
}

extension AnnotatedScene {
    /// The scene of a scan; it need not be there.
    init(of task: ScanTask, _ context: ScanContext) {
        let size = task.fullSize
        self.init(
            name: context.scene.lastComponent, width: size.width, height: size.height,
            georeference: context.georeference)
    }
}
