import Files
import Pixels
public import Rasters

/// Writes the whole scene at full size with boxes and their scores as a tiled TIFF, piece by piece; it lies on Earth where the scene
/// does.
public final class FullSizeSink: ScanSink {
    static let name = "tagged.tif"

    public let fileName: String = FullSizeSink.name
    public let drawsScene = true
    /// Rows that are drawn at a time.
    private static let bandHeight = 512
    private var heading: ScanHeading?
    private var path = ""
    private let judge: Judge?
    /// Whether readers over a network find each part of it with few requests.
    let isCloudOptimized: Bool

    private let georeference: Georeference?

    /// - Parameter georeference: of the scene.
    /// - Parameter judge: by the truth, where it is known.
    /// - Parameter isCloudOptimized: it is written twice then, and takes twice the disk meanwhile.
    public init(at georeference: Georeference?, judge: Judge? = nil, isCloudOptimized: Bool = false) {
        self.georeference = georeference
        (self.judge, self.isCloudOptimized) = (judge, isCloudOptimized)
    }

    public var form: String? {
        let words = [isCloudOptimized ? "cloud-optimized GeoTIFF" : nil, georeference?.words]
        return words.contains { $0 != nil } ? words.compactMap(\.self).joined(separator: ", ") : nil
    }

    public func begin(_ heading: ScanHeading, in folder: String) throws {
        (self.heading, path) = (heading, folder + "/" + fileName)
    }

    public func write(_ detections: MergedDetections.SubSequence) throws {
        guard let heading else { preconditionFailure("begin comes first") }
        let scene = try heading.openScene()
        let lineWidth = max(2, heading.task.grid.windowSize / 32)
        let bands = try heading.tagging(detections, judge).bands(
            height: Self.bandHeight, sceneHeight: scene.height, lineWidth: lineWidth)
        var writer = try TiledTIFFWriter(
            .replacing(path), width: scene.width, height: scene.height,
            georeference: georeference, isCloudOptimized: isCloudOptimized)
        for y in stride(from: 0, to: scene.height, by: Self.bandHeight) {
            for x in stride(from: 0, to: scene.width, by: 16384) {
                try heading.cancellation.check()
                let piece = PixelRect(
                    x0: x, y0: y, x1: min(x + 16384, scene.width), y1: min(y + Self.bandHeight, scene.height))
                var picture = try scene.read(piece)
                try heading.scene?.check()
                try bands[y / Self.bandHeight].draw(on: &picture, showing: piece, lineWidth: lineWidth)
                try writer.write(picture, x: x, y: y)
            }
        }
        try writer.end(cancellation: heading.cancellation)
        try writer.commit()
    }
}
