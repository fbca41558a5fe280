import Bytes
import Files

extension TilePackHeader {
    func encoded() -> [UInt8] {
        var bytes = TilePackFormat.magic
        for value in [version, UInt32(tileWidth), UInt32(tileHeight), 0] {
            bytes.appendLittleEndian(value)
        }
        for value in [tileCount, pixelByteCount, indexByteCount, classCount] {
            bytes.appendLittleEndian(UInt64(value))
        }
        bytes.appendLittleEndian(checksumOfChecksums)
        bytes.appendLittleEndian(CRC32C.checksum(bytes.span.bytes))
        return bytes
    }

    /// - Throws: with words for a person: what is wrong.
    init(decoding bytes: [UInt8]) throws(Malformed) {
        guard bytes.starts(with: TilePackFormat.magic) else { throw Malformed("it is not a tile pack") }
        guard bytes.count == TilePackFormat.headerByteCount else { throw Malformed("it is truncated") }
        var reader = LittleEndianReader(Array(bytes.dropFirst(TilePackFormat.magic.count)))
        let versions = TilePackFormat.versions
        guard let version = reader.next(UInt32.self), versions.contains(version) else {
            throw Malformed(
                "its version is unknown (this tilescope reads versions \(versions.lowerBound) to \(versions.upperBound)); "
                    + "it is damaged, or a newer tilescope wrote it")
        }
        guard let tileWidth = reader.nextInt(), let tileHeight = reader.nextInt(), reader.nextInt() == 0,
            let tileCount = reader.nextCount(), let pixelByteCount = reader.nextCount(),
            let indexByteCount = reader.nextCount(), let classCount = reader.nextCount(),
            let checksumOfChecksums = reader.next(UInt32.self), let checksum = reader.next(UInt32.self),
            checksum == CRC32C.checksum(bytes.span.bytes.extracting(droppingLast: 4))
        else { throw Malformed("its header is damaged") }
        guard (1...TilePackFormat.tileSideLimit).contains(tileWidth),
            (1...TilePackFormat.tileSideLimit).contains(tileHeight),
            tileCount <= TilePackFormat.tileCountLimit
        else { throw Malformed("it has \(counted(tileCount, "tile")) of \(tileWidth)x\(tileHeight)") }
        guard pixelByteCount <= TilePackFormat.pixelByteLimit else {
            throw Malformed("it has \(pixelByteCount) bytes of pixels, more than a pack can have")
        }
        guard indexByteCount <= TilePackFormat.indexByteLimit else {
            throw Malformed("its index has \(indexByteCount) bytes, more than an index can have")
        }
        (self.tileWidth, self.tileHeight, self.tileCount) = (tileWidth, tileHeight, tileCount)
        (self.pixelByteCount, self.indexByteCount) = (pixelByteCount, indexByteCount)
        (self.version, self.classCount) = (version, classCount)
        self.checksumOfChecksums = checksumOfChecksums
    }

    /// Bytes of the whole file.
    var fileByteCount: Int {
        let content = pixelByteCount + indexByteCount
        return TilePackFormat.headerByteCount + content + 4 * TilePackFormat.blockCount(content)
    }
}

/// Why bytes are not what they should be.
struct Malformed: Error, Hashable {
    var reason: String
    init(_ reason: String) { self.reason = reason }
}

extension TilePackIndex {
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        for name in classNames {
            bytes.appendLittleEndian(UInt32(name.utf8.count))
            bytes += name.utf8
        }
        bytes.appendLittleEndian(UInt64(canvases.count))
        for canvas in canvases {
            bytes.appendLittleEndian(UInt32(canvas.width))
            bytes.appendLittleEndian(UInt32(canvas.height))
        }
        bytes.appendLittleEndian(UInt64(grids.count))
        for grid in grids {
            let windows = grid.windows
            for value in [grid.canvas, windows.x0, windows.y0, windows.stride, windows.columns, windows.rows]
            {
                bytes.appendLittleEndian(UInt32(value))
            }
            switch windows.labels {
            case .all(let label): bytes.appendLittleEndian(UInt32(label))
            case .each: bytes.appendLittleEndian(TilePackFormat.labelsFollow)
            }
        }
        for grid in grids {
            guard case .each(let labels) = grid.windows.labels else { continue }
            for label in labels { bytes.appendLittleEndian(label) }
        }
        if let origin = origin?.encoded {
            bytes.appendLittleEndian(UInt32(origin.count))
            bytes += origin
        }
        return bytes
    }

    /// Reads an index and holds it to the header: every window lies inside its canvas, every label is a class.
    init(decoding bytes: [UInt8], header: TilePackHeader) throws(Malformed) {
        var reader = LittleEndianReader(bytes)
        classNames = try Self.classNames(&reader, count: header.classCount)
        canvases = try Self.canvases(&reader)
        guard pixelByteCount == header.pixelByteCount else {
            throw Malformed("its canvases do not make \(header.pixelByteCount) bytes")
        }
        grids = try Self.grids(&reader, canvases: canvases, header: header)
        if header.version > 1 { origin = try Self.origin(&reader, classNames: classNames) }
        guard reader.remainingByteCount == 0 else { throw Malformed("its index is too long") }
    }

    private static func origin(
        _ reader: inout LittleEndianReader, classNames: [String]
    ) throws(Malformed) -> TilePackOrigin {
        guard let byteCount = reader.nextInt(), byteCount <= TilePackOrigin.byteLimit,
            let text = reader.nextString(byteCount: byteCount)
        else { throw Malformed("its record of how it was made is damaged") }
        return try TilePackOrigin(decoding: Array(text.utf8), classNames: classNames)
    }

    private static func classNames(
        _ reader: inout LittleEndianReader, count: Int
    ) throws(Malformed) -> [String] {
        guard count <= TilePackFormat.classCountLimit else {
            throw Malformed("it names \(counted(count, "class", "classes"))")
        }
        var names: [String] = []
        for number in 0..<count {
            guard let byteCount = reader.nextInt(), let name = reader.nextString(byteCount: byteCount) else {
                throw Malformed("the name of class \(number) is damaged")
            }
            names.append(name)
        }
        if let name = TilePackFormat.repeatedName(in: names) {
            throw Malformed("it names the class \(name) twice")
        }
        return names
    }

    private static func canvases(_ reader: inout LittleEndianReader) throws(Malformed) -> [Canvas] {
        guard let count = reader.nextCount(), count <= reader.remainingByteCount / 8 else {
            throw Malformed("its list of canvases is damaged")
        }
        var canvases: [Canvas] = []
        var byteCount = 0
        for _ in 0..<count {
            guard let width = reader.nextInt(), let height = reader.nextInt(),
                // Far beyond any file, and small enough that no sum or product overflows.
                max(width, height) <= Int32.max, width * height < 1 << 50, byteCount < 1 << 60
            else {
                throw Malformed("its list of canvases is damaged")
            }
            canvases.append(Canvas(width: width, height: height))
            byteCount += width * height * 3
        }
        return canvases
    }

    private static func grids(
        _ reader: inout LittleEndianReader, canvases: [Canvas], header: TilePackHeader
    ) throws(Malformed) -> [Grid] {
        guard let count = reader.nextCount(), count <= reader.remainingByteCount / 28 else {
            throw Malformed("its list of windows is damaged")
        }
        var grids: [Grid] = []
        var tileCount = 0
        for number in 0..<count {
            var values: [Int] = []
            for _ in 0..<7 {
                guard let value = reader.nextInt() else { throw Malformed("its list of windows is damaged") }
                values.append(value)
            }
            guard let grid = Grid(values, canvases: canvases, header: header) else {
                throw Malformed("grid \(number) of its windows lies outside its canvas")
            }
            grids.append(grid)
            tileCount += grid.windows.count
            guard tileCount <= header.tileCount else { break }
        }
        guard tileCount == header.tileCount else {
            throw Malformed("its windows are not \(header.tileCount)")
        }
        for number in grids.indices
        where grids[number].windows.labels == .all(Int(TilePackFormat.labelsFollow)) {
            guard let labels = reader.nextLabels(grids[number].windows.count) else {
                throw Malformed("the labels of grid \(number) are truncated")
            }
            grids[number].windows.labels = .each(labels)
        }
        for (number, grid) in grids.enumerated() where grid.windows.largestLabel >= header.classCount {
            throw Malformed(
                "grid \(number) has a label beyond its \(counted(header.classCount, "class", "classes"))")
        }
        return grids
    }
}

extension TilePackIndex.Grid {
    /// - Parameter values: the seven numbers of the file.
    fileprivate init?(_ values: [Int], canvases: [TilePackIndex.Canvas], header: TilePackHeader) {
        guard values[0] < canvases.count else { return nil }
        let canvas = canvases[values[0]]
        // Before any multiplication, so that none can overflow.
        let limit = max(canvas.width, canvas.height)
        guard values[1...2].allSatisfy({ $0 <= limit }), values[4] <= canvas.width,
            values[5] <= canvas.height,
            (1...max(1, limit)).contains(values[3])
        else { return nil }
        self.canvas = values[0]
        windows = WindowGrid(
            x0: values[1], y0: values[2], stride: values[3], columns: values[4], rows: values[5],
            labels: .all(values[6]))
        guard windows.fits(canvas, width: header.tileWidth, height: header.tileHeight) else { return nil }
    }
}
