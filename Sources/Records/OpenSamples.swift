import Files
public import Pixels

/// A pack of tiles or a file of image records, with what lies beside it.
package func sampleFiles(of path: String) -> [String] {
    [path] + (PackOutput(path: path)?.sidecarPaths(of: path) ?? [])
}

/// Opens a pack of tiles or a file of image records, whichever it is.
///
/// - Parameter framing: what a model that scores them asks for, of pictures in records; `nil` for the usual way.
/// - Parameter remark: is given what a user should know of the file.
/// - Throws: where it is neither, is damaged, or has boxes for labels.
public func openSamples(
    _ path: String, framing: Framing? = nil, remark: (String) -> Void = { _ in }
) throws(RecordsError) -> any SampleSource {
    if let folder = Address(path).localPath, folderExists(folder) {
        throw RecordsError(
            code: .cannotRead, operation: "read samples", path: path,
            cause:
                "it is a folder; pack the images in it first: tilescope pack \(shellWord(path)) --output images.rec"
        )
    }
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
    let records = try ImageRecords(opening: path)
    guard !records.holdsBoxes else {
        throw RecordsError(
            code: .malformed, operation: "take classes from the records", path: path,
            cause:
                "their labels are boxes for detection, as from im2rec, and not classes: cut tiles from the images, or "
                + "pack them by class")
    }
    for words in records.remarks { remark("\(path): \(words)") }
    return RecordSamples(records, framing: framing)
}
