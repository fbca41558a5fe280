import Files

/// A pack of tiles or a file of image records, with what lies beside it.
package func sampleFiles(of path: String) -> [String] {
    [path] + (PackOutput(path: path)?.sidecarPaths(of: path) ?? [])
}

/// Opens a pack of tiles or a file of image records, whichever it is.
///
/// - Throws: where it is neither, or is damaged.
public func openSamples(_ path: String) throws(RecordsError) -> any SampleSource {
    let isRecords: Bool
    do throws(FileError) {
        let file = try FileReader(path: path)
        let start = try file.read(min(4, file.byteCount), at: 0)
        isRecords = start.count == 4 && start.span.bytes.littleEndianWord(at: 0) == RecordIO.magic
    } catch {
        throw RecordsError(reading: error)
    }
    // An empty file of records has no magic number.
    guard isRecords || path.hasSuffix(".rec") else { return try TilePack(opening: path) }
    return RecordSamples(try ImageRecords(opening: path))
}
