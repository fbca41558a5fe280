import Rasters

/// From the pixels of a picture as a file describes it to those of the scene, which may be the same picture in another size.
struct PictureScale: Hashable {
    private var x = 1.0
    private var y = 1.0
    /// For people, where it changes something.
    private(set) var note: String?

    /// - Parameter width: that the file says; where it is `nil` or not positive, it says none.
    /// - Throws: where the picture has another shape than the scene, or its sides are negative.
    init(
        width: Double?, height: Double?, to scene: AnnotatedScene, path: String
    ) throws(AnnotationError) {
        if let objection = Self.objection(width: width, height: height) {
            throw .malformed("the size of \(scene.name)", path, objection)
        }
        guard let width, let height, width > 0, height > 0 else { return }
        guard width != Double(scene.width) || height != Double(scene.height) else { return }
        x = Double(scene.width) / width
        y = Double(scene.height) / height
        let sizes = "\(shortNumber(width))x\(shortNumber(height)) pixels"
        let sceneSize = "\(scene.width)x\(scene.height)"
        guard x.isFinite, y.isFinite, abs(x - y) <= Self.tolerance * max(x, y) else {
            throw AnnotationError(
                code: .unsupported, operation: "use the annotations of \(scene.name)", path: path,
                cause:
                    "they belong to an image of \(sizes), but the scene has \(sceneSize): it is another image, or it was turned"
            )
        }
        note = "annotations of an image of \(sizes) are scaled to the scene's \(sceneSize)"
    }

    /// Why a picture cannot have such sides, for people; 0 stands for what is not known.
    static func objection(width: Double?, height: Double?) -> String? {
        let sides = [width, height].compactMap(\.self)
        return sides.allSatisfy { $0 >= 0 }
            ? nil
            : "an image has no side of less than 0 pixels: "
                + sides.map { shortNumber($0) }.joined(separator: "x")
    }

    /// A side of few pixels is rounded much when a picture is made smaller.
    private static let tolerance = 0.02

    func box(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) -> AnnotationBox? {
        AnnotationBox(checking: tidy(x0 * x), tidy(y0 * y), tidy(x1 * x), tidy(y1 * y))
    }

    func point(_ pointX: Double, _ pointY: Double) -> Annotation.Shape? {
        let (pointX, pointY) = (tidy(pointX * x), tidy(pointY * y))
        return Annotation.isPlace(pointX, pointY) ? .point(x: pointX, y: pointY) : nil
    }
}

/// To the nearest millionth of a pixel, where sums and fractions of sides would leave 41.999999999999993.
func tidy(_ value: Double) -> Double {
    let tidied = (value * 1e6).rounded() / 1e6
    return tidied.isFinite ? tidied : value
}
