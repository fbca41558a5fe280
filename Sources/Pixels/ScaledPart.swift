/// A part of a picture at another scale.
///
/// Each of its pixels is a function of its own place in the whole scaled picture, so that all ways to cut that into parts give the
/// same bytes.
public struct ScaledPart: Sendable {
    /// In pixels of the scaled picture.
    public let rect: PixelRect
    /// The pixels of the source that have a part in it.
    public let source: PixelRect
    let columns: ResampleWeights
    let rows: ResampleWeights

    /// - Parameter rect: not empty; the centre of each of its pixels lies in the source.
    /// - Parameter stepX: columns of the source for one of the scaled picture; positive.
    /// - Parameter stepY: rows of the source for one of the scaled picture; positive.
    public init(
        _ rect: PixelRect, stepX: Double, stepY: Double, sourceWidth: Int, sourceHeight: Int,
        filter: ResizeFilter = .bilinear
    ) {
        precondition(rect.area > 0 && rect.x0 >= 0 && rect.y0 >= 0 && stepX > 0 && stepY > 0)
        precondition((Double(rect.x1) - 0.5) * stepX < Double(sourceWidth))
        precondition((Double(rect.y1) - 0.5) * stepY < Double(sourceHeight))
        let columns = ResampleWeights(rect.x0..<rect.x1, step: stepX, of: sourceWidth, filter: filter)
        let rows = ResampleWeights(rect.y0..<rect.y1, step: stepY, of: sourceHeight, filter: filter)
        self.rect = rect
        source = PixelRect(
            x0: columns.sourceRange.lowerBound, y0: rows.sourceRange.lowerBound,
            x1: columns.sourceRange.upperBound, y1: rows.sourceRange.upperBound)
        self.columns = columns.droppingFirst(source.x0)
        self.rows = rows.droppingFirst(source.y0)
    }

    /// - Parameter image: what lies in `source`.
    public func resized(_ image: Image) -> Image {
        var resampler = Resampler()
        return resampler.resize(image, to: self)
    }
}
