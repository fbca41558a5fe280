public import Files
public import Pixels

/// Reads parts of a scene on one thread, also where the file is damaged in places.
///
/// What cannot be read is told with the part. After a failure, a scene that is read in place is read stored block by stored block,
/// each of which is decoded once more; those that fail are not tried again. In other scenes, everything after the first bad row is
/// lost. The row is a stored one, whichever way the picture is turned; it is found by decoding the scene twice more up to there
/// (`LostRows`), or from the scene's decoded copy, which knows its lost rows.
/// Checksums of a PNG file are compared, and a JPEG file of one scan is read to its end, before any pixels are taken from it.
public struct SceneReader: ~Copyable {
    /// Rows that are decoded at a time while the first one that fails is looked for.
    private static let searchedRowCount = 16

    private let scene: Scene
    private var raster: Raster
    /// Stored blocks that could not be read, and why, by column and row.
    private var damagedBlocks: [Place: RasterError]
    /// Only where the scene is not read in place.
    private var lostRows: LostRows?

    /// Where a stored block stands among the others.
    private struct Place: Hashable {
        var column: Int
        var row: Int
    }

    /// - Parameter cancellation: looked up now and then while the file is checked.
    /// - Throws: as `Scene.open`; `interrupted`.
    public init(_ scene: Scene, cancellation: Cancellation = Cancellation()) throws(RasterError) {
        let opened = try scene.open()
        lostRows = scene.isReadInPlace ? nil : try Self.rowsLost(of: scene, cancellation)
        (self.scene, damagedBlocks) = (scene, [:])
        raster = opened
    }

    /// What a look at the whole file says before anything is decoded.
    private static func rowsLost(
        of scene: Scene, _ cancellation: Cancellation
    ) throws(RasterError) -> LostRows? {
        guard let sound = try scene.soundPart(cancellation) else { return nil }
        func lost(_ first: Int, _ cause: String) -> LostRows {
            LostRows(
                first: first,
                error: RasterError(.cannotRead, "read its pixels", scene.address.description, cause: cause))
        }
        guard sound.byteCount > 0 else { return lost(0, sound.cause) }
        return try firstLostRow(of: sound.address, scene, cancellation: cancellation).map {
            lost($0.first, sound.cause)
        }
    }

    /// Decodes a file from its beginning until a row fails. Where the scene was decoded into a file, that is read.
    ///
    /// - Parameter file: the scene's, or one that ends where damage begins.
    /// - Parameter end: rows from there on are known to be lost.
    /// - Throws: where it was interrupted.
    private static func firstLostRow(
        of file: Address, _ scene: Scene, before end: Int? = nil, cancellation: Cancellation = Cancellation()
    ) throws(RasterError) -> LostRows? {
        try LostRows.search(rowCount: end ?? scene.storedRowCount, steps: [searchedRowCount, 1]) {
            () throws(RasterError) -> Raster in
            if file == scene.address, scene.isDecoded { return try scene.open() }
            do throws(RasterError) {
                return try Raster(opening: file, view: scene.view)
            } catch {
                // What is left of a file may be too little to open it.
                var error = error
                if error.code == .cannotOpen { error.code = .cannotRead }
                throw error
            }
        } read: { raster, rows throws(RasterError) in
            _ = try raster.readMasked(scene.place(ofStoredRows: rows), cancellation: cancellation)
        }
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
        guard scene.isReadInPlace else { return try readRows(of: part, cancellation) }
        if damagedBlocks.isEmpty || !places(in: part).contains(where: { damagedBlocks[$0] != nil }) {
            do throws(RasterError) {
                return ReadPart(pixels: try raster.readMasked(part, cancellation: cancellation))
            } catch {
                guard error.code == .cannotRead else { throw error }
                try open()
            }
        }
        return try readBlockByBlock(part, cancellation)
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

    private mutating func readRows(
        of part: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> ReadPart {
        do throws(RasterError) {
            return try readAboveLostRows(part, cancellation)
        } catch {
            guard error.code == .cannotRead else { throw error }
        }
        try open()
        let found = try Self.firstLostRow(
            of: scene.address, scene, before: lostRows?.first, cancellation: cancellation)
        if let found { lostRows = found }
        try open()
        do throws(RasterError) {
            return try readAboveLostRows(part, cancellation)
        } catch {
            guard error.code == .cannotRead else { throw error }
            // The search has read it: a store that answers now and then. Others may still be read.
            try open()
            var read = ReadPart(part)
            read.lost = [LostPart(bounds: part, error: error)]
            return read
        }
    }

    private func readAboveLostRows(
        _ part: PixelRect, _ cancellation: Cancellation
    ) throws(RasterError) -> ReadPart {
        guard let lostRows else {
            return ReadPart(pixels: try raster.readMasked(part, cancellation: cancellation))
        }
        let lost = scene.place(ofStoredRows: lostRows.first..<scene.storedRowCount)
        guard lost.intersection(part) != nil else {
            return ReadPart(pixels: try raster.readMasked(part, cancellation: cancellation))
        }
        var read = ReadPart(part)
        read.lost = [LostPart(bounds: lost, error: lostRows.error)]
        if let good = scene.place(ofStoredRows: 0..<lostRows.first).intersection(part) {
            read.paste(try raster.readMasked(good, cancellation: cancellation), at: good, of: part)
        }
        return read
    }
}

extension Scene {
    /// Rows in the order of the file.
    fileprivate var storedRowCount: Int { view.orientation.storedRowCount(width: width, height: height) }

    /// Where rows of the file are seen.
    fileprivate func place(ofStoredRows rows: Range<Int>) -> PixelRect {
        view.orientation.upright(storedRows: rows, width: width, height: height)
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
    init(_ part: PixelRect, fill: RGB = RGB(0, 0, 0)) {
        var image = Image(width: part.width, height: part.height)
        if fill != RGB(0, 0, 0) { image.fill(image.bounds, color: fill) }
        pixels = MaskedImage(image: image)
    }

    /// - Parameter rect: where they are in the scene.
    /// - Parameter part: which this is, and which holds it.
    mutating func paste(_ other: MaskedImage, at rect: PixelRect, of part: PixelRect) {
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
