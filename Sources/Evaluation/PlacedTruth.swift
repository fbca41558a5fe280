package import Annotations
package import Pixels
package import Rasters

/// What an annotation says about a scene, all of which or a part of which was looked at.
package enum PlacedTruth: Hashable, Sendable {
    case object(Truth)
    /// Somebody has marked it as wrong: there is no object.
    case hardNegative(Truth)
    /// It does not lie in the scene.
    case outside

    /// - Parameters:
    ///   - label: of its class.
    ///   - objectSize: of a point, in pixels; one pixel where nobody has said it.
    ///   - scene: the whole scene.
    ///   - area: that was looked at; `nil` for the whole scene.
    package init(
        _ annotation: Annotation, label: Int, objectSize: Double?, in scene: PixelRect, area: PolygonIndex?
    ) {
        var truth = Truth(annotation, label: label, objectSize: objectSize)
        guard truth.point?.isInside(scene) ?? (truth.box.intersection(scene) != nil) else {
            self = .outside
            return
        }
        guard annotation.verdict != .wrong else {
            self = .hardNegative(truth)
            return
        }
        truth.isBeside = area.map { !$0.contains(x: truth.centre.x, y: truth.centre.y) } ?? false
        self = .object(truth)
    }
}

extension Truth {
    /// - Parameter objectSize: of a point, in pixels; one pixel where nobody has said it.
    package init(_ annotation: Annotation, label: Int, objectSize: Double?) {
        let size = objectSize ?? 1
        self.init(
            box: annotation.box(pointSide: size).pixels, label: label,
            visibleFraction: annotation.visibleFraction)
        if case .point(let x, let y) = annotation.shape { point = TruthPoint(x: x, y: y, reach: size / 2) }
    }

    /// In scene pixels.
    fileprivate var centre: (x: Double, y: Double) {
        point.map { ($0.x, $0.y) } ?? (Double(box.x0 + box.x1) / 2, Double(box.y0 + box.y1) / 2)
    }
}

extension TruthPoint {
    fileprivate func isInside(_ scene: PixelRect) -> Bool {
        x >= Double(scene.x0) && x <= Double(scene.x1) && y >= Double(scene.y0) && y <= Double(scene.y1)
    }
}
