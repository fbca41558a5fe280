import Files
public import Pixels

/// How a picture's stored pixels have to be turned to stand upright: the EXIF tag of that name.
///
/// - Source: Exif 2.32, section 4.6.4, tag 274.
public struct Orientation: Hashable, Sendable {
    /// 1 to 8; 1 is upright.
    public let tag: Int

    /// Nothing to turn.
    public static let upright = Orientation(tag: 1)

    /// - Parameter tag: 1 to 8.
    public init(tag: Int) {
        precondition((1...8).contains(tag))
        self.tag = tag
    }

    /// Whether rows become columns.
    private var isTransposed: Bool { tag >= 5 }
    /// Whether the stored columns, or rows, run the other way.
    private var runsLeft: Bool { [2, 3, 7, 8].contains(tag) }
    private var runsUp: Bool { [3, 4, 6, 7].contains(tag) }

    /// What turns stored pixels upright.
    fileprivate var symmetry: Symmetry {
        switch tag {
        case 2: Symmetry(isMirrored: true)
        case 3: Symmetry(quarterTurns: 2)
        case 4: Symmetry(isMirrored: true, quarterTurns: 2)
        case 5: Symmetry(isMirrored: true, quarterTurns: 3)
        case 6: Symmetry(quarterTurns: 1)
        case 7: Symmetry(isMirrored: true, quarterTurns: 1)
        case 8: Symmetry(quarterTurns: 3)
        default: .identity
        }
    }

    /// The size of the upright picture.
    public func upright(width: Int, height: Int) -> (width: Int, height: Int) {
        isTransposed ? (height, width) : (width, height)
    }

    /// Where a box of the upright picture lies among the stored pixels.
    ///
    /// - Parameter width: of the stored picture.
    public func stored(_ box: PixelBox, width: Int, height: Int) -> PixelBox {
        var stored = isTransposed ? PixelBox(x0: box.y0, y0: box.x0, x1: box.y1, y1: box.x1) : box
        if runsLeft { (stored.x0, stored.x1) = (Double(width) - stored.x1, Double(width) - stored.x0) }
        if runsUp { (stored.y0, stored.y1) = (Double(height) - stored.y1, Double(height) - stored.y0) }
        return stored
    }

    /// How many rows the stored picture has.
    ///
    /// - Parameter width: of the upright picture.
    func storedRowCount(width: Int, height: Int) -> Int { isTransposed ? width : height }

    /// Where stored rows lie in the upright picture, from edge to edge.
    ///
    /// - Parameter width: of the upright picture.
    func upright(storedRows rows: Range<Int>, width: Int, height: Int) -> PixelRect {
        let count = storedRowCount(width: width, height: height)
        let first = runsUp ? count - rows.upperBound : rows.lowerBound
        return isTransposed
            ? PixelRect(x: first, y: 0, width: rows.count, height: height)
            : PixelRect(x: 0, y: first, width: width, height: rows.count)
    }

    /// Turns a square that was cut from the stored pixels.
    ///
    /// - Parameter square: `side * side * 3` bytes.
    public func turn(_ square: inout MutableSpan<UInt8>, side: Int) {
        guard self != .upright else { return }
        precondition(square.count == side * side * 3)
        let stored = square.span.withUnsafeBufferPointer { Array($0) }
        for y in 0..<side {
            for x in 0..<side {
                var (column, row) = isTransposed ? (y, x) : (x, y)
                if runsLeft { column = side - 1 - column }
                if runsUp { row = side - 1 - row }
                let (to, from) = ((y * side + x) * 3, (row * side + column) * 3)
                for channel in 0..<3 { square[to + channel] = stored[from + channel] }
            }
        }
    }
}

extension Orientation {
    /// What the bytes of a JPEG, PNG, WebP or TIFF file say; upright where they say nothing, or nonsense.
    public init(of bytes: RawSpan) {
        self.init(ofTag: bytes.withUnsafeBytes { EXIFBytes($0[...]).orientation })
    }

    /// Upright where a file says nothing, or nonsense.
    private init(ofTag tag: Int?) {
        self = tag.flatMap { (1...8).contains($0) ? Orientation(tag: $0) : nil } ?? .upright
    }
}

extension Image {
    /// A copy of stored pixels that stands upright.
    package func upright(_ orientation: Orientation) -> Image { transformed(by: orientation.symmetry) }
}

extension Orientation {
    /// More of a file than its beginning is not looked at, but for where a TIFF says that its tags stand.
    private static let headByteCount = 1 << 20

    /// What a file says; upright where it says nothing, or is of a format that has no such tag.
    ///
    /// - Parameter driver: GDAL's name of its format.
    static func ofFile(at address: Address, driver: String) throws(RasterError) -> Orientation {
        guard ["JPEG", "PNG", "WEBP", "GTiff", "COG"].contains(driver) else { return .upright }
        do throws(FileError) {
            return try of(StoredFile(opening: address), isWebP: driver == "WEBP")
        } catch {
            // It is no file of its own, such as a part of another one; what it says is not known.
            guard error.code == .cannotOpen else { throw RasterError(error) }
            return .upright
        }
    }

    private static func of(_ file: borrowing StoredFile, isWebP: Bool) throws(FileError) -> Orientation {
        if let tiff = try TIFFHead(of: file) {
            return Orientation(ofTag: try tiff.orientation(in: file))
        }
        // WebP has its tags at the end, and is small.
        let byteCount = isWebP ? ImageDecoder.byteCountLimit : headByteCount
        let head = try file.read(0..<min(file.byteCount, byteCount))
        return Orientation(of: head.span.bytes)
    }
}

/// Finds the orientation in a picture's bytes.
private struct EXIFBytes {
    private let bytes: Slice<UnsafeRawBufferPointer>
    /// Before the TIFF header, in JPEG and some WebP files.
    private static let prefix = Array("Exif\0\0".utf8)

    init(_ bytes: Slice<UnsafeRawBufferPointer>) { self.bytes = bytes }

    var orientation: Int? {
        if starts(with: [0xFF, 0xD8]) { return inJPEG }
        if starts(with: [0x89] + Array("PNG".utf8)) {
            return chunk("eXIf", from: 8, sizeFirst: true).flatMap { EXIFBytes($0).inTIFF }
        }
        if starts(with: Array("RIFF".utf8)) {
            return chunk("EXIF", from: 12, sizeFirst: false).flatMap { EXIFBytes($0).withoutPrefix.inTIFF }
        }
        return inTIFF
    }

    private func starts(with mark: [UInt8]) -> Bool { bytes.starts(with: mark) }

    private var withoutPrefix: EXIFBytes {
        starts(with: Self.prefix) ? EXIFBytes(bytes.dropFirst(Self.prefix.count)) : self
    }

    /// A number of `count` bytes; `nil` beyond the end.
    private func number(_ offset: Int, _ count: Int, isBigEndian: Bool = true) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        let taken = bytes.dropFirst(offset).prefix(count)
        return (isBigEndian ? Array(taken) : taken.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }

    /// In the segment APP1, before the picture itself begins.
    private var inJPEG: Int? {
        var offset = 2
        while let mark = number(offset, 2), mark >> 8 == 0xFF, let length = number(offset + 2, 2), length >= 2
        {
            if mark == 0xFFDA { return nil }
            let segment = EXIFBytes(bytes.dropFirst(offset + 4).prefix(length - 2))
            if mark == 0xFFE1, segment.starts(with: Self.prefix) { return segment.withoutPrefix.inTIFF }
            offset += 2 + length
        }
        return nil
    }

    /// The content of a chunk of PNG (its size first, and a checksum behind) or RIFF (its name first, even sizes).
    private func chunk(_ name: String, from start: Int, sizeFirst: Bool) -> Slice<UnsafeRawBufferPointer>? {
        var offset = start
        while let size = number(offset + (sizeFirst ? 0 : 4), 4, isBigEndian: sizeFirst) {
            let found = bytes.dropFirst(offset + (sizeFirst ? 4 : 0)).prefix(4)
            if found.elementsEqual(name.utf8) { return bytes.dropFirst(offset + 8).prefix(size) }
            offset += 8 + size + (sizeFirst ? 4 : size % 2)
        }
        return nil
    }

    /// The tag of the first directory.
    private var inTIFF: Int? {
        // Bytes in memory cannot fail.
        try? TIFFHead(of: self)?.orientation(in: self)
    }
}

extension EXIFBytes: TIFFSource {
    func bytes(_ count: Int, at offset: Int) -> [UInt8] {
        guard offset >= 0, count > 0 else { return [] }
        return Array(bytes.dropFirst(offset).prefix(count))
    }
}

extension TIFFHead {
    private static let orientationTag = 0x0112

    /// The tag of the first directory.
    fileprivate func orientation(
        in source: borrowing some TIFFSource & ~Copyable
    ) throws(FileError) -> Int? {
        let entry = try directory(at: firstDirectory, in: source).entries[Self.orientationTag]
        return try number(of: entry, in: source)
    }
}
