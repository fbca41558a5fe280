public import Files
public import Pixels

/// Reads parts of a scene on one thread, also where the file is damaged in places.
///
/// What cannot be read is told with the part. A scene that is read in place is then read stored block by stored block, each of
/// which is decoded once more, and those that fail are not tried again. Of any other scene, what comes after the first row that
/// fails is lost with it: its decoder has lost its way. The row is found by decoding the scene twice more up to there. Checksums of a
/// PNG file are compared before anything of it is read.
public struct SceneReader: ~Copyable {
    /// Rows that are decoded at a time while the first one that fails is looked for.
    private static let searchedRowCount = 16

    private let scene: Scene
    private var raster: Raster
    /// Stored blocks that could not be read, and why, by column and row.
    private var damagedBlocks: [Place: RasterError]
    /// Of a scene that is not read in place, the first row that could not be read, and why.
    private var lostRows: (first: Int, error: RasterError)?

    /// Of a stored block.
    private struct Place: Hashable {
        var column: Int
        var row: Int
    }

    /// - Throws: as `Scene.open`.
    public init(_ scene: Scene) throws(RasterError) {
        let opened = try scene.open()
        lostRows = scene.isReadInPlace ? nil : try Self.rowsLost(of: scene)
        (self.scene, damagedBlocks) = (scene, [:])
        raster = opened
    }

    /// What checksums say before anything is decoded.
    private static func rowsLost(
        of scene: Scene
    ) throws(RasterError) -> (first: Int, error: RasterError)? {
        let sound: Address?
        do throws(FileError) {
            sound = try PNGDamage.soundPart(of: scene.address)
        } catch {
            throw RasterError(error)
        }
        guard let sound, var lost = try firstLostRow(of: sound, scene) else { return nil }
        lost.error.path = scene.address.description
        return lost
    }

    /// - Parameter file: which ends where damage begins.
    private static func firstLostRow(
        of file: Address, _ scene: Scene
    ) throws(RasterError) -> (first: Int, error: RasterError)? {
        var row = 0
        for step in [searchedRowCount, 1] {
            do throws(RasterError) {
                let raster = try Raster(opening: file, view: scene.view)
                while row < scene.height {
                    let end = min(row + step, scene.height)
                    _ = try raster.readMasked(PixelRect(x0: 0, y0: row, x1: raster.width, y1: end))
                    row = end
                }
            } catch {
                guard step == 1 else { continue }
                return (row, error)
            }
        }
        return nil
    }

    /// Reads a part of the scene.
    ///
    /// - Parameter part: not empty. What of it lies beyond the scene, which may be smaller than what is asked for, is filled with the
    ///   view's colour for invalid pixels.
    /// - Throws: `RasterError` where the scene was replaced, or the read was interrupted; never for damage.
    public mutating func read(
        _ part: PixelRect, cancellation: Cancellation
    ) throws(RasterError) -> ReadPart {
        guard !scene.bounds.contains(part), let inside = scene.bounds.intersection(part) else {
            return try readInside(part, cancellation)
        }
        let read = try readInside(inside, cancellation)
        var padded = ReadPart(part, fill: scene.view?.fill ?? SceneViewRequest.usualFill)
        padded.paste(read.pixels, at: inside, of: part)
        padded.lost = read.lost
        return padded
    }

    private mutating func readInside(
        _ part: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> ReadPart {
        let isDamaged =
            scene.isReadInPlace
            ? !damagedBlocks.isEmpty && places(in: part).contains { damagedBlocks[$0] != nil }
            : lostRows.map { $0.first < part.y1 } ?? false
        if !isDamaged {
            do throws(RasterError) {
                return ReadPart(pixels: try raster.readMasked(part, cancellation: cancellation))
            } catch {
                guard error.code == .cannotRead else { throw error }
                try open()
                if !scene.isReadInPlace {
                    return try readToFirstLostRow(of: part, error, cancellation)
                }
            }
        }
        return scene.isReadInPlace
            ? try readBlockByBlock(part, cancellation) : try readAboveLostRows(part, cancellation)
    }

    /// Opens the file anew after a failure: the decoder has lost its way, and where libraries only warn of damage, what they made up
    /// stands in their caches as if it were read.
    private mutating func open() throws(RasterError) {
        try scene.checkStores()
        raster = try scene.open()
    }

    // MARK: - Stored blocks

    private mutating func readBlockByBlock(
        _ part: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> ReadPart {
        var read = ReadPart(part)
        for place in places(in: part) {
            let block = bounds(of: place)
            if let error = damagedBlocks[place] {
                read.lost.append(LostPart(bounds: block, error: error))
                continue
            }
            guard let wanted = block.intersection(part) else { continue }
            do throws(RasterError) {
                let pixels = try raster.readMasked(wanted, cancellation: cancellation)
                read.paste(pixels, at: wanted, of: part)
            } catch {
                guard error.code == .cannotRead else { throw error }
                damagedBlocks[place] = error
                read.lost.append(LostPart(bounds: block, error: error))
                try open()
            }
        }
        return read
    }

    /// Row by row.
    private func places(in part: PixelRect) -> [Place] {
        let (width, height) = (scene.storedBlock.width, scene.storedBlock.height)
        return (part.y0 / height...(part.y1 - 1) / height).flatMap { row in
            (part.x0 / width...(part.x1 - 1) / width).map { Place(column: $0, row: row) }
        }
    }

    private func bounds(of place: Place) -> PixelRect {
        let (width, height) = (scene.storedBlock.width, scene.storedBlock.height)
        let (x, y) = (place.column * width, place.row * height)
        return PixelRect(
            x0: x, y0: y, x1: min(x + width, scene.width), y1: min(y + height, scene.height))
    }

    // MARK: - Rows that come one after the other

    /// - Parameter error: with which reading all of the part has failed.
    private mutating func readToFirstLostRow(
        of part: PixelRect, _ error: RasterError, _ cancellation: Cancellation
    ) throws(RasterError) -> ReadPart {
        var read = ReadPart(part)
        var (row, failure) = (part.y0, error)
        // First some rows at a time, then one by one from the last place that was good.
        for step in [Self.searchedRowCount, 1] {
            do throws(RasterError) {
                while row < part.y1 {
                    let band = PixelRect(
                        x0: part.x0, y0: row, x1: part.x1, y1: min(row + step, part.y1))
                    read.paste(
                        try raster.readMasked(band, cancellation: cancellation), at: band, of: part)
                    row = band.y1
                }
            } catch {
                guard error.code == .cannotRead else { throw error }
                failure = error
                try open()
            }
        }
        // It may have been a store that answers again.
        guard row < part.y1 else { return read }
        lostRows = (row, failure)
        read.lost = [lostPart(failure, from: row)]
        return read
    }

    private mutating func readAboveLostRows(
        _ part: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> ReadPart {
        guard let lostRows else { preconditionFailure("rows are lost only after a failure") }
        var read = ReadPart(part)
        read.lost = [lostPart(lostRows.error, from: lostRows.first)]
        guard part.y0 < lostRows.first else { return read }
        let good = PixelRect(x0: part.x0, y0: part.y0, x1: part.x1, y1: lostRows.first)
        do throws(RasterError) {
            read.paste(try raster.readMasked(good, cancellation: cancellation), at: good, of: part)
        } catch {
            guard error.code == .cannotRead else { throw error }
            try open()
            let upper = try readToFirstLostRow(of: good, error, cancellation)
            read.paste(upper.pixels, at: good, of: part)
            read.lost += upper.lost
        }
        return read
    }

    private func lostPart(_ error: RasterError, from row: Int) -> LostPart {
        LostPart(bounds: PixelRect(x0: 0, y0: row, x1: scene.width, y1: scene.height), error: error)
    }
}

/// What was read of a part of a scene.
public struct ReadPart: Hashable, Sendable {
    /// Anything where nothing could be read.
    public var pixels: MaskedImage
    /// What could not be read; it may reach beyond the part.
    public var lost: [LostPart] = []

    public init(pixels: MaskedImage) { self.pixels = pixels }

    /// Of one colour, for pixels to be pasted into.
    fileprivate init(_ part: PixelRect, fill: RGB = RGB(0, 0, 0)) {
        var image = Image(width: part.width, height: part.height)
        if fill != RGB(0, 0, 0) { image.fill(image.bounds, color: fill) }
        pixels = MaskedImage(image: image)
    }

    /// - Parameter rect: where they are in the scene.
    /// - Parameter part: which this is, and which holds it.
    fileprivate mutating func paste(_ other: MaskedImage, at rect: PixelRect, of part: PixelRect) {
        let (x, y) = (rect.x0 - part.x0, rect.y0 - part.y0)
        pixels.image.paste(other.image, x: x, y: y)
        guard let validHW = other.validHW else { return }
        var all = pixels.validHW ?? [UInt8](repeating: 1, count: part.area)
        for row in 0..<rect.height {
            let first = (y + row) * part.width + x
            all.replaceSubrange(
                first..<first + rect.width, with: validHW[row * rect.width..<(row + 1) * rect.width])
        }
        pixels.validHW = all
    }
}

/// Pixels that cannot be read.
public struct LostPart: Hashable, Sendable {
    /// Stored blocks or rows, in scene pixels.
    public var bounds: PixelRect
    public var error: RasterError

    public init(bounds: PixelRect, error: RasterError) { (self.bounds, self.error) = (bounds, error) }
}
