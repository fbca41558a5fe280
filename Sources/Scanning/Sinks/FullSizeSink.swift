import Files
import Pixels
import Rasters

/// Writes the whole scene at full size with boxes as a tiled TIFF, piece by piece.
public final class FullSizeSink: ScanSink {
    static let name = "tagged.tif"

    public let fileName: String = FullSizeSink.name
    public let drawsScene = true
    /// Rows that are drawn at a time.
    private static let bandHeight = 512
    private var heading: ScanHeading?
    private var path = ""

    public init() {}

    public func begin(_ heading: ScanHeading, in folder: String) throws {
        (self.heading, path) = (heading, folder + "/" + fileName)
    }

    public func write(_ detections: MergedDetections.SubSequence) throws {
        guard let heading else { preconditionFailure("begin comes first") }
        let scene = try heading.openScene()
        let lineWidth = max(2, heading.task.grid.windowSize / 16)
        let bands = Self.bands(of: detections, sceneHeight: scene.height, margin: 2 * lineWidth)
        var writer = try TiledTIFFWriter(
            .replacing(path), width: scene.width, height: scene.height)
        for y in stride(from: 0, to: scene.height, by: Self.bandHeight) {
            let tagging = Tagging(detections: bands[y / Self.bandHeight], labels: heading.rule.labels)
            for x in stride(from: 0, to: scene.width, by: 16384) {
                try heading.cancellation.check()
                let piece = PixelRect(
                    x0: x, y0: y, x1: min(x + 16384, scene.width), y1: min(y + Self.bandHeight, scene.height))
                var picture = try scene.read(piece)
                try heading.scene?.check()
                tagging.draw(on: &picture, showing: piece, lineWidth: lineWidth)
                try writer.write(picture, x: x, y: y)
            }
        }
        try writer.end(cancellation: heading.cancellation)
        try writer.commit()
    }

    /// The detections that are seen in each band of rows, best first.
    ///
    /// - Parameter margin: rows above and below a box that its lines may take.
    private static func bands(
        of detections: MergedDetections.SubSequence, sceneHeight: Int, margin: Int
    ) -> [[Detection]] {
        var bands = [[Detection]](repeating: [], count: (sceneHeight + bandHeight - 1) / bandHeight)
        for detection in detections {
            let first = max(0, detection.box.y0 - margin) / bandHeight
            let last = min(bands.count - 1, (detection.box.y1 + margin) / bandHeight)
            for band in first...last { bands[band].append(detection) }
        }
        return bands
    }
}
