import Bytes
import Files

/// Writes the parts of a `.tiles` file: pixels as they come, then index, checksums and, last, the header.
struct BlockWriter: ~Copyable {
    private var file: FileWriter
    private var checksums: [UInt32] = []
    /// Of the block that is not yet full.
    private var checksum: UInt32 = 0
    private var byteCount = 0

    init(_ output: OutputFile) throws(FileError) {
        file = try Self.begin(output)
    }

    /// Leaves room for the header.
    private static func begin(_ output: OutputFile) throws(FileError) -> FileWriter {
        var file = try FileWriter(output)
        try file.write([UInt8](repeating: 0, count: TilePackFormat.headerByteCount))
        return file
    }

    mutating func write(_ bytes: RawSpan) throws(FileError) {
        try file.write(bytes)
        var start = 0
        while start < bytes.byteCount {
            let blockRest = TilePackFormat.blockByteCount - byteCount % TilePackFormat.blockByteCount
            let end = min(bytes.byteCount, start + blockRest)
            checksum = CRC32C.checksum(bytes.extracting(start..<end), after: checksum)
            byteCount += end - start
            if byteCount % TilePackFormat.blockByteCount == 0 { endBlock() }
            start = end
        }
    }

    mutating func commit(_ index: TilePackIndex, tileWidth: Int, tileHeight: Int) throws(FileError) {
        let indexBytes = index.encoded()
        assert(indexBytes.count == index.byteCount)
        try write(indexBytes.span.bytes)
        if byteCount % TilePackFormat.blockByteCount > 0 { endBlock() }
        var table: [UInt8] = []
        for checksum in checksums { table.appendLittleEndian(checksum) }
        try file.write(table)
        let header = TilePackHeader(
            version: index.version, tileWidth: tileWidth, tileHeight: tileHeight, tileCount: index.tileCount,
            pixelByteCount: index.pixelByteCount, indexByteCount: indexBytes.count,
            classCount: index.classNames.count, checksumOfChecksums: CRC32C.checksum(table.span.bytes))
        try file.overwrite(header.encoded(), at: 0)
        try file.commit()
    }

    private mutating func endBlock() {
        checksums.append(checksum)
        checksum = 0
    }
}
