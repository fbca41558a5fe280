import Files

/// Writes JSON Lines, as `JSONLinesReader` reads them.
final class JSONLinesWriter: AnnotationWriter {
    let fileNames: [String]
    private var writer: FileWriter
    /// Class names as JSON.
    private var names: [String: String] = [:]
    private var point: CancellationPoint

    init(_ path: String, _ cancellation: Cancellation) throws(FileError) {
        fileNames = [path.lastPathPart]
        point = CancellationPoint(cancellation)
        writer = try FileWriter(.replacing(path))
    }

    func write(_ annotation: Annotation) throws {
        try point.pass()
        let name = names[annotation.className] ?? jsonString(annotation.className)
        names[annotation.className] = name
        try writer.write(annotation.line(classJSON: name) + "\n")
    }

    func finish() throws { try writer.commit() }
}
