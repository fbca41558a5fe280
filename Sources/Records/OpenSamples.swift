import Files

/// Opens a pack of tiles or a file of image records, whichever it is.
///
/// - Throws: where it is neither, or is damaged.
public func openSamples(_ path: String) throws(RecordsError) -> any SampleSource {
    let isRecords: Bool
    do throws(FileError) {
        isRecords = try MappedFile(path: path).withBytes { bytes in
            bytes.byteCount >= 4 && bytes.littleEndianWord(at: 0) == RecordIO.magic
        }
    } catch {
        throw RecordsError(reading: error)
    }
    // An empty file of records has no magic number.
    guard isRecords || path.hasSuffix(".rec") else { return try TilePack(opening: path) }
    return RecordSamples(try ImageRecords(opening: path))
}
