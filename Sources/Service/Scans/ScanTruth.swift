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
            guard let label = labels[annotation.className], annotation.verdict != .wrong else { return nil }
            let side = source.objectSize ?? 1
            var truth = Truth(
                box: annotation.box(pointSide: side).pixels, label: label,
                visibleFraction: annotation.visibleFraction)
            var x = Double(truth.box.x0 + truth.box.x1) / 2
            var y = Double(truth.box.y0 + truth.box.y1) / 2
            if case .point(let pointX, let pointY) = annotation.shape {
                (x, y) = (pointX, pointY)
                truth.point = TruthPoint(x: x, y: y, reach: side / 2)
                guard x >= 0, y >= 0, x <= Double(size.width), y <= Double(size.height) else { return nil }
            } else {
                guard truth.box.intersection(bounds) != nil else { return nil }
            }
            truth.isBeside = area.map { !$0.contains(x: x, y: y) } ?? false
            return truth
        }
    }
}
