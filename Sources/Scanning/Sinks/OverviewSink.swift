import Files
import Pixels
import Rasters

/// Writes a smaller picture of the whole scene with boxes, and under it a legend with counts.
///
/// Reads the whole scene, or its overviews.
public final class OverviewSink: ScanSink {
    static let name = "tagged.png"

    public let fileName: String = OverviewSink.name
    public let drawsScene = true
    /// Bound on the scene's longer side in the picture, in pixels.
    private let maxSide: Int
    private var heading: ScanHeading?
    private var path = ""

    public init(maxSide: Int = 4000) { self.maxSide = maxSide }

    public func begin(_ heading: ScanHeading, in folder: String) throws {
        (self.heading, path) = (heading, folder + "/" + fileName)
    }

    public func write(_ detections: MergedDetections.SubSequence) throws {
        guard let heading else { preconditionFailure("begin comes first") }
        let scene = try heading.openScene()
        var picture = try scene.overview(maxSide: maxSide, cancellation: heading.cancellation)
        try heading.scene?.check()
        let (longSide, shortSide) = (
            max(picture.width, picture.height), min(picture.width, picture.height)
        )
        Tagging(detections: Array(detections), labels: heading.rule.labels).draw(
            on: &picture, showing: scene.bounds, lineWidth: max(1, longSide / 1000))
        let legend = heading.legend(of: detections, scale: max(1, shortSide / 600))
        picture = picture.withLegendBelow(legend)
        do {
            try picture.writePNG(to: .replacing(path), cancellation: heading.cancellation)
        } catch {
            try heading.cancellation.check()
            throw error
        }
    }
}

extension ScanHeading {
    fileprivate func legend(of detections: MergedDetections.SubSequence, scale: Int) -> Legend {
        var counts = [Int](repeating: 0, count: context.classes.count)
        for detection in detections { counts[detection.label] += 1 }
        let entries = rule.labels.enumerated().map { index, label in
            Legend.Entry(color: Palette.color(index), text: "\(context.classes[label]): \(counts[label])")
        }
        return Legend(entries: entries, scale: scale)
    }
}

extension Image {
    fileprivate func withLegendBelow(_ legend: Legend) -> Image {
        let margin = 4 * legend.scale
        var page = Image(
            width: max(width, legend.size.width + 2 * margin),
            height: height + legend.size.height + 2 * margin)
        page.fill(page.bounds, color: RGB(255, 255, 255))
        page.paste(self, x: 0, y: 0)
        page.draw(legend, x: margin, y: height + margin)
        return page
    }
}
