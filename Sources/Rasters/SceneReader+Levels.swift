public import Files
public import Pixels

/// Reads parts of a scene on one thread at all scales of its view, which stand one below another.
public struct LevelsReader: ~Copyable {
    private struct Level {
        /// Where the scene stands.
        var place: PixelRect
        var reader: ReaderBox
    }

    /// Readers cannot be copied.
    private final class ReaderBox {
        var reader: SceneReader

        init(_ scene: Scene) throws(RasterError) { reader = try SceneReader(scene) }
    }

    private let levels: [Level]
    private let fill: RGB

    /// - Throws: as `Scene.open`.
    public init(_ scene: Scene) throws(RasterError) {
        var levels: [Level] = []
        for level in try scene.levels() {
            levels.append(Level(place: level.place, reader: try ReaderBox(level.scene)))
        }
        (self.levels, fill) = (levels, scene.view?.fill ?? SceneViewRequest.usualFill)
    }

    /// Reads a part of what is seen; what lies beside all scales has the view's colour for invalid pixels.
    ///
    /// - Parameter part: not empty.
    /// - Throws: as `SceneReader.read`.
    public mutating func read(_ part: PixelRect, cancellation: Cancellation) throws(RasterError) -> ReadPart {
        // A scene at one scale stands at the corner.
        if levels.count == 1 { return try levels[0].reader.reader.read(part, cancellation: cancellation) }
        var all = ReadPart(part, fill: fill)
        for level in levels {
            guard let seen = part.intersection(level.place) else { continue }
            let own = PixelRect(
                x: seen.x0, y: seen.y0 - level.place.y0, width: seen.width, height: seen.height)
            let read = try level.reader.reader.read(own, cancellation: cancellation)
            all.paste(read.pixels, at: seen, of: part)
            all.lost += read.lost.map { lost in
                let bounds = lost.bounds
                return LostPart(
                    bounds: PixelRect(
                        x: bounds.x0, y: bounds.y0 + level.place.y0, width: bounds.width,
                        height: bounds.height), error: lost.error)
            }
        }
        return all
    }
}
