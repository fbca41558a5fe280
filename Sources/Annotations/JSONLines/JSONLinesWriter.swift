import Files

/// Writes JSON Lines, as `JSONLinesReader` reads them.
final class JSONLinesWriter: AnnotationWriter {
    let fileNames: [String]
    private var writer: FileWriter
    private var count = 0
    /// Class names as JSON.
    private var names: [String: String] = [:]
    private let cancellation: Cancellation

    init(_ path: String, _ cancellation: Cancellation) throws(FileError) {
        fileNames = [path.lastPathPart]
        self.cancellation = cancellation
        writer = try FileWriter(.replacing(path))
    }

    func write(_ annotation: Annotation) throws {
        if count.isMultiple(of: 4096) { try cancellation.check() }
        count += 1
        let name = names[annotation.className] ?? jsonString(annotation.className)
        names[annotation.className] = name
        try writer.write(annotation.line(classJSON: name) + "\n")
    }

    func finish() throws { try writer.commit() }
}
