public import Pixels
import Rasters

/// Colours for the classes of a scan, in the plan's order: cars red and boats green as in the first post.
public enum Palette {
    /// Distinct on photographs; after the last one they begin again.
    public static let colors = [
        RGB(255, 32, 32), RGB(32, 224, 64), RGB(64, 128, 255), RGB(255, 208, 0), RGB(255, 64, 224),
        RGB(0, 224, 224), RGB(255, 128, 0), RGB(160, 96, 255), RGB(255, 255, 255), RGB(144, 96, 48),
    ]

    /// - Parameter index: of the class among those looked for; not negative.
    public static func color(_ index: Int) -> RGB { colors[index % colors.count] }
}

/// What to draw on a picture of a scene.
public struct Tagging: Hashable, Sendable {
    /// Best first.
    public var detections: [Detection]
    /// The labels that were looked for, in the order of their colours.
    public var labels: [Int]

    public init(detections: [Detection], labels: [Int]) {
        (self.detections, self.labels) = (detections, labels)
    }

    /// Draws the boxes on a part of the scene, or on a smaller or larger picture of it.
    ///
    /// The worst are drawn first, so that the best lie on top.
    ///
    /// - Parameter picture: what `part` looks like.
    /// - Parameter part: in scene pixels.
    /// - Parameter lineWidth: in pixels of the picture. Boxes that would be too small to see grow to three lines.
    public func draw(on picture: inout Image, showing part: PixelRect, lineWidth: Int) {
        let scaleX = Double(picture.width) / Double(part.width)
        let scaleY = Double(picture.height) / Double(part.height)
        for detection in detections.reversed() {
            let box = detection.box
            guard let index = labels.firstIndex(of: detection.label), box.intersection(part) != nil else {
                continue
            }
            let rect = PixelRect(
                x0: Int((Double(box.x0 - part.x0) * scaleX).rounded()),
                y0: Int((Double(box.y0 - part.y0) * scaleY).rounded()),
                x1: Int((Double(box.x1 - part.x0) * scaleX).rounded()),
                y1: Int((Double(box.y1 - part.y0) * scaleY).rounded()))
            picture.stroke(
                rect.grown(toSide: 3 * lineWidth), lineWidth: lineWidth, color: Palette.color(index))
        }
    }
}

extension ScanResult {
    private var tagging: Tagging { Tagging(detections: Array(detections), labels: labels) }

    /// A smaller picture of the whole scene with boxes, and under it a legend with counts.
    ///
    /// Reads the whole scene.
    ///
    /// - Parameter maxSide: bound on the scene's longer side in the picture, in pixels.
    func taggedOverview(maxSide: Int = 4000) throws(RasterError) -> Image {
        let scene = try Raster(opening: plan.scenePath)
        var picture = try scene.overview(maxSide: maxSide)
        let (longSide, shortSide) = (
            max(picture.width, picture.height), min(picture.width, picture.height)
        )
        tagging.draw(
            on: &picture, showing: PixelRect(x0: 0, y0: 0, x1: sceneWidth, y1: sceneHeight),
            lineWidth: max(1, longSide / 1000))
        return picture.withLegendBelow(legend(scale: max(1, shortSide / 600)))
    }

    /// Writes the whole scene at full size with boxes as a tiled TIFF, piece by piece.
    func writeTaggedScene(to path: String) throws(RasterError) {
        let scene = try Raster(opening: plan.scenePath)
        let tagging = tagging
        var writer = try TiledTIFFWriter(path: path, width: sceneWidth, height: sceneHeight)
        for y in stride(from: 0, to: sceneHeight, by: 512) {
            for x in stride(from: 0, to: sceneWidth, by: 16384) {
                let piece = PixelRect(
                    x0: x, y0: y, x1: min(x + 16384, sceneWidth), y1: min(y + 512, sceneHeight))
                var picture = try scene.read(piece)
                tagging.draw(on: &picture, showing: piece, lineWidth: max(2, plan.windowSize / 16))
                try writer.write(picture, x: x, y: y)
            }
        }
        try writer.commit()
    }

    private func legend(scale: Int) -> Legend {
        let entries = zip(labels, counts).enumerated().map { index, entry in
            Legend.Entry(color: Palette.color(index), text: "\(classes[entry.0]): \(entry.1)")
        }
        return Legend(entries: entries, scale: scale)
    }
}

extension PixelRect {
    /// The same centre, and both sides at least `side`.
    fileprivate func grown(toSide side: Int) -> PixelRect {
        let (x, y) = (max(0, side - width), max(0, side - height))
        return PixelRect(x0: x0 - x / 2, y0: y0 - y / 2, x1: x1 + x - x / 2, y1: y1 + y - y / 2)
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
