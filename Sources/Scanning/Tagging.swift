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

extension PixelRect {
    /// The same centre, and both sides at least `side`.
    fileprivate func grown(toSide side: Int) -> PixelRect {
        let (x, y) = (max(0, side - width), max(0, side - height))
        return PixelRect(x0: x0 - x / 2, y0: y0 - y / 2, x1: x1 + x - x / 2, y1: y1 + y - y / 2)
    }
}
