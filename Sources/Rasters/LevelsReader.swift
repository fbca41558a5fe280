public import Files
public import Pixels

/// Reads parts of a scene on one thread at all scales of its view, which stand one below another.
public struct LevelsReader: ~Copyable {
    private struct Level {
        /// Where the scene stands.
        var place: PixelRect
        /// Where pixels stand: the scene and its mirror images beyond the right and the lower edge.
        var mirrored: PixelRect
        var reader: ReaderBox
    }

    /// Readers cannot be copied.
    private final class ReaderBox {
        var reader: SceneReader

        init(_ scene: Scene, _ cancellation: Cancellation) throws(RasterError) {
            reader = try SceneReader(scene, cancellation: cancellation)
        }
    }

    private let levels: [Level]
    private let fill: RGB

    /// - Parameter cancellation: looked up now and then while a file is checked.
    /// - Throws: as `Scene.open`; `interrupted`.
    public init(_ scene: Scene, cancellation: Cancellation = Cancellation()) throws(RasterError) {
        var levels: [Level] = []
        for level in try scene.levels() {
            let reader = try ReaderBox(level.scene, cancellation)
            levels.append(Level(place: level.place, mirrored: level.mirrored, reader: reader))
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
            guard let seen = part.intersection(level.mirrored) else { continue }
            let columns = MirroredAxis(seen.x0..<seen.x1, length: level.place.width)
            let rows = MirroredAxis(
                seen.y0 - level.place.y0..<seen.y1 - level.place.y0, length: level.place.height)
            let read = try level.reader.reader.read(
                PixelRect(
                    x0: columns.source.lowerBound, y0: rows.source.lowerBound, x1: columns.source.upperBound,
                    y1: rows.source.upperBound), cancellation: cancellation)
            all.paste(read.pixels.picked(columns: columns.places, rows: rows.places), at: seen, of: part)
            all.lost += read.lost.map { lost in
                let (x, y) = (
                    columns.seen(lost.bounds.x0..<lost.bounds.x1), rows.seen(lost.bounds.y0..<lost.bounds.y1)
                )
                return LostPart(
                    bounds: PixelRect(
                        x0: x.lowerBound, y0: y.lowerBound + level.place.y0, x1: x.upperBound,
                        y1: y.upperBound + level.place.y0), error: lost.error)
            }
        }
        return all
    }
}

/// Columns or rows of a scene that goes on as its mirror image beyond its end.
private struct MirroredAxis {
    private let wanted: Range<Int>
    private let length: Int

    /// - Parameter wanted: reaches less than `length` beyond the end.
    init(_ wanted: Range<Int>, length: Int) { (self.wanted, self.length) = (wanted, length) }

    /// What has to be read.
    var source: Range<Int> {
        wanted.upperBound <= length
            ? wanted : min(wanted.lowerBound, 2 * length - wanted.upperBound)..<length
    }

    /// Where each wanted one stands in what is read.
    var places: [Int] {
        let first = source.lowerBound
        return wanted.map { ($0 < length ? $0 : 2 * length - 1 - $0) - first }
    }

    /// Some of the scene's and their mirror images, as far as these are wanted.
    func seen(_ own: Range<Int>) -> Range<Int> {
        // The mirror image of the first is the last.
        let mirrored = 2 * length - own.upperBound..<2 * length - own.lowerBound
        guard wanted.upperBound > length, mirrored.lowerBound < wanted.upperBound else { return own }
        return own.lowerBound..<max(own.upperBound, min(mirrored.upperBound, wanted.upperBound))
    }
}

extension MaskedImage {
    /// Columns and rows by their places, in any order.
    fileprivate func picked(columns: [Int], rows: [Int]) -> MaskedImage {
        let isWhole = columns.elementsEqual(0..<image.width) && rows.elementsEqual(0..<image.height)
        guard !isWhole else { return self }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(columns.count * rows.count * 3)
        for row in rows {
            for column in columns {
                let first = (row * image.width + column) * 3
                pixels += image.pixelsHWC[first..<first + 3]
            }
        }
        return MaskedImage(
            image: Image(width: columns.count, height: rows.count, pixelsHWC: pixels),
            validHW: validHW.map { validHW in
                rows.flatMap { row in columns.map { validHW[row * image.width + $0] } }
            })
    }
}
