import Annotations
import Evaluation
import Files
import Pixels
import Rasters
import Scanning

/// What the truth says about the boxes of a scan: which are right, and what none has found. As `tilescope scan --truth` draws it.
struct ScanTruth {
    /// Where the truth is, and how it is read.
    struct Source {
        var path: String
        var formatName: String
        /// In pixels; `nil` where there are no points.
        var objectSize: Double?
    }

    let truths: [Truth]

    /// - Parameter classes: those that were looked for; labels are places among them.
    init(reading source: Source, of scan: ScanPlaces, classes: [String]) throws {
        let state = try ScanFolder(path: scan.results).openToRead()
        let size = state.task.fullSize
        let scene = AnnotatedScene(
            name: state.context.scene.lastComponent, width: size.width, height: size.height,
            georeference: state.context.georeference)
        let file = try AnnotationFile(
            opening: Address(source.path), format: AnnotationFormat(name: source.formatName),
            cancellation: Cancellation())
        let labels = Dictionary(zip(classes, classes.indices)) { first, _ in first }
        let area = state.task.selection?.area.map { PolygonIndex($0.polygons) }
        let bounds = PixelRect(x0: 0, y0: 0, x1: size.width, y1: size.height)
        truths = try file.annotations(of: scene).annotations.compactMap { annotation in
            guard let label = labels[annotation.className],
                case .object(let truth) = PlacedTruth(
                    annotation, label: label, objectSize: source.objectSize, in: bounds, area: area)
            else { return nil }
            return truth
        }
    }
}
