package import Files
package import Pixels

/// Reads a scene smaller than it is, or larger: each pixel is the mean of the rectangle of the scene that it stands for.
///
/// Where the file has overviews, the smallest one that is fine enough is read instead of the scene. What is damaged gets the colour of
/// the view's invalid pixels, and is told by `hasMetDamage`.
///
/// Use it from one thread at a time.
package final class ReducedReader {
    /// Columns and rows of the scene for one pixel.
    package struct Cell: Hashable, Sendable {
        package var width: Double
        package var height: Double

        package init(width: Double, height: Double) {
            precondition(width > 0 && height > 0 && width.isFinite && height.isFinite)
            (self.width, self.height) = (width, height)
        }
    }

    private typealias Read = (PixelRect, Cancellation) throws(RasterError) -> Image

    /// The scene's size.
    private let fullWidth: Int
    private let fullHeight: Int
    /// The size of what is read.
    private let width: Int
    private let height: Int
    /// Columns of what is read for one of the scene.
    private let stepX: Double
    private let stepY: Double
    private let block: Scene.StoredBlock
    private let isReadInPlace: Bool
    private let isDecoded: @Sendable () -> Bool
    private let readSource: Read
    private let damage: Damage
    /// More pixels than this are read in strips.
    private static let stripPixelCount = 1 << 22

    private final class Damage {
        var isMet = false
    }

    private final class FullSize {
        var reader: SceneReader
        init(_ reader: consuming SceneReader) { self.reader = reader }
    }

    private final class Smaller {
        let raster: Raster
        init(_ raster: consuming Raster) { self.raster = raster }
    }

    /// - Parameter scene: seen at full size.
    /// - Parameter cell: the smallest that is asked for later.
    /// - Throws: as `Scene.open`.
    package init(_ scene: Scene, cell: Cell, cancellation: Cancellation) throws(RasterError) {
        (fullWidth, fullHeight) = (scene.width, scene.height)
        // What is left of a scene may be less than a pixel.
        func least(_ length: Int, _ cell: Double) -> Int { max(1, Int(Double(length) / max(1, cell))) }
        let opened = try scene.open()
        let overview: Raster?
        if cell.width >= 2, cell.height >= 2 {
            overview = try opened.openedOverview(
                leastWidth: least(scene.width, cell.width), leastHeight: least(scene.height, cell.height))
        } else {
            overview = nil
        }
        let fill = scene.view?.fill ?? SceneViewRequest.usualFill
        let damage = Damage()
        self.damage = damage
        if let overview {
            let smaller = Smaller(overview)
            (width, height) = (smaller.raster.width, smaller.raster.height)
            (block, isReadInPlace) = (smaller.raster.storedBlock, smaller.raster.isReadInPlace)
            isDecoded = { false }
            readSource = { part, cancellation throws(RasterError) in
                do throws(RasterError) {
                    return try smaller.raster.read(part, cancellation: cancellation)
                } catch {
                    guard error.code == .cannotRead else { throw error }
                    try scene.check()
                    damage.isMet = true
                    var image = Image(width: part.width, height: part.height)
                    image.fill(image.bounds, color: fill)
                    return image
                }
            }
        } else {
            let full = FullSize(try SceneReader(scene, cancellation: cancellation))
            (width, height) = (scene.width, scene.height)
            (block, isReadInPlace) = (scene.storedBlock, scene.isReadInPlace)
            isDecoded = { scene.isDecoded }
            readSource = { part, cancellation throws(RasterError) in
                var read = try full.reader.read(part, cancellation: cancellation)
                for lost in read.lost {
                    guard let seen = lost.bounds.intersection(part) else { continue }
                    damage.isMet = true
                    read.pixels.image.fill(
                        PixelRect(
                            x: seen.x0 - part.x0, y: seen.y0 - part.y0, width: seen.width, height: seen.height
                        ),
                        color: fill)
                }
                return read.pixels.image
            }
        }
        stepX = Self.step(width, of: fullWidth)
        stepY = Self.step(height, of: fullHeight)
    }

    /// Reads a file that was made of a scene by `Scene.writeReduced`, or one of its overviews.
    ///
    /// - Parameter factor: what it was made with.
    package init(
        _ made: Scene, ofWidth fullWidth: Int, height fullHeight: Int, reducedBy factor: Int, cell: Cell,
        cancellation: Cancellation
    ) throws(RasterError) {
        let reader = try ReducedReader(
            made, cell: Cell(width: cell.width / Double(factor), height: cell.height / Double(factor)),
            cancellation: cancellation)
        (self.fullWidth, self.fullHeight) = (fullWidth, fullHeight)
        (width, height) = (reader.width, reader.height)
        (stepX, stepY) = (reader.stepX / Double(factor), reader.stepY / Double(factor))
        (block, isReadInPlace) = (reader.block, reader.isReadInPlace)
        (isDecoded, readSource, damage) = (reader.isDecoded, reader.readSource, reader.damage)
    }

    /// Overviews are smaller by whole numbers, and what is left of a square at the edge counts, or does not.
    private static func step(_ length: Int, of full: Int) -> Double {
        let factor = Int((Double(full) / Double(length)).rounded())
        let isWhole = factor > 0 && (full / factor == length || (full + factor - 1) / factor == length)
        return isWhole ? 1 / Double(factor) : Double(length) / Double(full)
    }

    /// How many pixels have to be decoded for some pixels.
    ///
    /// - Parameter part: of the scene.
    package func decodedPixelCount(of part: PixelRect) -> Int {
        guard let part = PixelRect(x0: 0, y0: 0, x1: fullWidth, y1: fullHeight).intersection(part) else {
            return 0
        }
        func span(_ start: Int, _ end: Int, _ step: Double, _ block: Int, _ length: Int) -> Int {
            let first = Int(Double(start) * step) / block * block
            let last = (Int((Double(end) * step).rounded(.up)) + block - 1) / block * block
            return max(1, min(last, length) - first)
        }
        guard isReadInPlace || isDecoded() else { return width * span(0, part.y1, stepY, 1, height) }
        let (columns, rows) = isReadInPlace ? (block.width, block.height) : (1, 1)
        return span(part.x0, part.x1, stepX, columns, width) * span(part.y0, part.y1, stepY, rows, height)
    }

    /// Whether something of the last picture could not be read.
    package var hasMetDamage: Bool { damage.isMet }

    /// Reads a picture of a part of the scene.
    ///
    /// - Parameter x: where its left edge is, in columns of the scene; it may lie beyond the scene, as all else.
    /// - Parameter width: of the result.
    /// - Parameter background: the colour of pixels that lie beyond the scene. Pixels that lie there in part show what there is.
    /// - Throws: as `SceneReader`; never for damage.
    package func read(
        x: Double, y: Double, cell: Cell, width: Int, height: Int, background: RGB = RGB(255, 255, 255),
        cancellation: Cancellation
    ) throws(RasterError) -> Image {
        precondition(width > 0 && height > 0)
        damage.isMet = false
        let columns = SourceSpan.spans(
            from: x, cell: cell.width, count: width, full: fullWidth, step: stepX, of: self.width)
        let rows = SourceSpan.spans(
            from: y, cell: cell.height, count: height, full: fullHeight, step: stepY, of: self.height)
        let insideColumns = columns.indices.filter { columns[$0] != nil }
        let insideRows = rows.indices.filter { rows[$0] != nil }
        var image = Image(width: width, height: height)
        let spansX = columns.compactMap { $0 }
        let spansY = rows.compactMap { $0 }
        guard let firstX = spansX.first, let lastX = spansX.last, let firstY = spansY.first,
            let lastY = spansY.last,
            let left = insideColumns.first, let top = insideRows.first
        else {
            image.fill(image.bounds, color: background)
            return image
        }
        let source = PixelRect(x0: firstX.first, y0: firstY.first, x1: lastX.end, y1: lastY.end)
        let average = try self.average(source, spansX, spansY, cancellation)
        guard (average.width, average.height) != (width, height) else { return average }
        image.fill(image.bounds, color: background)
        image.paste(average, x: left, y: top)
        return image
    }

    private func average(
        _ source: PixelRect, _ columns: [SourceSpan], _ rows: [SourceSpan], _ cancellation: Cancellation
    ) throws(RasterError) -> Image {
        if source.width == columns.count, source.height == rows.count, columns.allSatisfy(\.isOnePixel),
            rows.allSatisfy(\.isOnePixel)
        {
            return try readSource(source, cancellation)
        }
        var sums = [Float](repeating: 0, count: columns.count * rows.count * 3)
        var line = [Float](repeating: 0, count: columns.count * 3)
        // The rows of the result that a row of the source has a part in begin here.
        var firstRow = 0
        for strip in strips(of: source) {
            let image = try readSource(strip, cancellation)
            for y in strip.y0..<strip.y1 {
                SourceSpan.add(image, row: y - strip.y0, columns, offset: source.x0, to: &line)
                while firstRow < rows.count, rows[firstRow].end <= y { firstRow += 1 }
                var row = firstRow
                while row < rows.count, rows[row].first <= y {
                    let weight = rows[row].weight(of: y)
                    let start = row * line.count
                    for place in line.indices { sums[start + place] += weight * line[place] }
                    row += 1
                }
            }
        }
        let pixels = sums.map { UInt8(min(255, max(0, $0 + 0.5))) }
        return Image(width: columns.count, height: rows.count, pixelsHWC: pixels)
    }

    /// Whole rows of stored blocks where that is not too much.
    private func strips(of source: PixelRect) -> [PixelRect] {
        let rowCount = max(1, Self.stripPixelCount / source.width)
        var strips: [PixelRect] = []
        var y = source.y0
        while y < source.y1 {
            var end = y + rowCount
            if block.height < rowCount, end < source.y1 {
                end = max(y + 1, end / block.height * block.height)
            }
            strips.append(PixelRect(x0: source.x0, y0: y, x1: source.x1, y1: min(end, source.y1)))
            y = end
        }
        return strips
    }
}

/// The columns, or rows, of a source that make one pixel.
private struct SourceSpan {
    let first: Int
    /// Behind the last one.
    let end: Int
    /// The weight of a sample that lies in the span as a whole; all weights together are 1.
    private let weight: Float
    private let firstWeight: Float
    private let lastWeight: Float

    var isOnePixel: Bool { end - first == 1 }

    private init(_ lower: Double, _ upper: Double, of length: Int) {
        // A source that was rounded down may end before.
        let lower = min(max(0, lower), Double(length - 1))
        let upper = max(min(upper, Double(length)), lower + 1e-6)
        first = Int(lower)
        // What rounding leaves of another pixel is none.
        end = max(first + 1, min(length, Int((upper - 1e-6).rounded(.up))))
        let head = min(upper, Double(first + 1)) - lower
        let tail = min(Double(end), upper) - Double(end - 1)
        let total = upper - lower
        weight = Float(1 / total)
        firstWeight = end - first == 1 ? 1 : Float(head / total)
        lastWeight = Float(tail / total)
    }

    func weight(of index: Int) -> Float {
        index == first ? firstWeight : index == end - 1 ? lastWeight : weight
    }

    /// - Returns: `nil` for a pixel that lies beyond the scene.
    static func spans(
        from start: Double, cell: Double, count: Int, full: Int, step: Double, of length: Int
    ) -> [SourceSpan?] {
        (0..<count).map { index in
            let (lower, upper) = (start + Double(index) * cell, start + Double(index + 1) * cell)
            guard upper > 0, lower < Double(full) else { return nil }
            return SourceSpan(max(0, lower) * step, min(upper, Double(full)) * step, of: length)
        }
    }

    /// Makes a row of the result's columns.
    static func add(_ image: Image, row: Int, _ spans: [SourceSpan], offset: Int, to line: inout [Float]) {
        image.pixelsHWC.withUnsafeBufferPointer { pixels in
            line.withUnsafeMutableBufferPointer { line in
                for (column, span) in spans.enumerated() {
                    var place = (row * image.width + span.first - offset) * 3
                    var (red, green, blue): (Float, Float, Float) = (0, 0, 0)
                    for index in span.first..<span.end {
                        let weight = span.weight(of: index)
                        red += weight * Float(pixels[place])
                        green += weight * Float(pixels[place + 1])
                        blue += weight * Float(pixels[place + 2])
                        place += 3
                    }
                    line[column * 3] = red
                    line[column * 3 + 1] = green
                    line[column * 3 + 2] = blue
                }
            }
        }
    }
}

extension Scene {
    /// Side of the squares of the result that are written at a time, in pixels.
    private static let writtenSide = TiledTIFFWriter.blockSide

    /// Writes the scene smaller, as colours, in tiles and with overviews; each pixel of the result is the mean of a square. The file
    /// appears when it is complete. Memory: as `TiledTIFFWriter`.
    ///
    /// - Parameter factor: the side of the squares; at the edge what there is of one counts.
    /// - Parameter progress: called with a fraction.
    /// - Throws: `RasterError`, also `interrupted`; `Cancelled`.
    package func writeReduced(
        by factor: Int, to output: OutputFile, cancellation: Cancellation, progress: (Double) -> Void
    ) throws {
        let (width, height) = ((width + factor - 1) / factor, (height + factor - 1) / factor)
        var writer = try TiledTIFFWriter(output, width: width, height: height)
        let cell = ReducedReader.Cell(width: Double(factor), height: Double(factor))
        let reader = try ReducedReader(self, cell: cell, cancellation: cancellation)
        // Rows that are stored as a whole are read as a whole.
        let isWide = !isReadInPlace || storedBlock.width > Self.writtenSide * factor
        let sideX = isWide ? width : Self.writtenSide
        let sideY = isWide ? max(1, min(Self.writtenSide, (1 << 19) / width)) : Self.writtenSide
        let count = ((width + sideX - 1) / sideX) * ((height + sideY - 1) / sideY)
        var writtenCount = 0
        for y in stride(from: 0, to: height, by: sideY) {
            for x in stride(from: 0, to: width, by: sideX) {
                try cancellation.check()
                try check()
                let image = try reader.read(
                    x: Double(x * factor), y: Double(y * factor), cell: cell, width: min(sideX, width - x),
                    height: min(sideY, height - y), cancellation: cancellation)
                try writer.write(image, x: x, y: y)
                writtenCount += 1
                // Its overviews take the rest.
                progress(0.9 * Double(writtenCount) / Double(count))
            }
        }
        try writer.end(cancellation: cancellation)
        try cancellation.check()
        try writer.commit()
        progress(1)
    }
}
