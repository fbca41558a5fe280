import Figures
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
    private let judge: Judge?
    private var heading: ScanHeading?
    private var path = ""

    /// - Parameter judge: by the truth, where it is known.
    public init(maxSide: Int = 4000, judge: Judge? = nil) {
        (self.maxSide, self.judge) = (maxSide, judge)
    }

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
        let tagging = try heading.tagging(detections, judge)
        try tagging.draw(on: &picture, showing: scene.bounds, lineWidth: max(2, longSide / 1200))
        picture = try picture.withLegendBelow(
            tagging.legend(
                classes: heading.rule.labels.map { label in
                    let name = heading.context.classes[label]
                    // Where no font has the letters of some names, the number tells one from the other.
                    return Lettering.canWrite(name) ? name : "\(name) (label \(label))"
                },
                scale: max(1, shortSide / 600)))
        do {
            try picture.writePNG(to: .replacing(path), cancellation: heading.cancellation)
        } catch {
            try heading.cancellation.check()
            throw error
        }
    }
}

extension Image {
    fileprivate func withLegendBelow(_ legend: Legend) throws -> Image {
        let margin = 4 * legend.scale
        let drawn = try legend.figure.image()
        var page = Image(
            width: max(width, drawn.width + 2 * margin), height: height + drawn.height + 2 * margin)
        page.fill(page.bounds, color: RGB(255, 255, 255))
        page.paste(self, x: 0, y: 0)
        page.paste(drawn, x: margin, y: height + margin)
        return page
    }
}
