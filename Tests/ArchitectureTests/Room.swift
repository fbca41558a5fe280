import Testing

/// One folder of `Sources/` and what its code may import: the table of the house.
///
/// `docs/architecture.md` says what lives in each room. A change here is a change of the architecture.
struct Room: Sendable, CustomTestStringConvertible {
    /// From the bottom to the top; a room imports only what stands before it in `all`.
    enum Layer: Sendable { case c, values, files, data, run, work, edge }

    var name: String
    var layer: Layer
    var imports: Set<String>

    static let all: [Room] = [
        Room("CDNNL", .c),
        Room("CGDAL", .c),
        Room("CGIF", .c),
        Room("CJPEG", .c),
        Room("CKernels", .c),
        Room("COpenSlide", .c),
        Room("COpenSSL", .c),
        Room("CPJRT", .c),
        Room("CPage", .c),
        Room("CPixels", .c),
        Room("CSQLite", .c),
        Room("CRSVG", .c),
        Room("Bytes", .values),
        Room("Pixels", .values, ["CPixels"]),
        Room("Networks", .values, ["Bytes"]),
        Room("Files", .files, ["Bytes", "CGDAL", "Logging"]),
        Room("ModelFiles", .files, ["Bytes", "Files", "Networks", "Pixels", "SwiftProtobuf"]),
        Room(
            "Rasters", .files,
            ["Bytes", "Files", "Pixels", "CGDAL", "CGIF", "CJPEG", "COpenSlide", "Logging"]),
        Room("Figures", .files, ["Files", "Pixels", "Rasters", "CRSVG"]),
        Room("Annotations", .files, ["Bytes", "Files", "Pixels", "Rasters", "CGDAL"]),
        Room("Records", .files, ["Bytes", "Files", "Pixels", "Rasters"]),
        Room("SQLite", .files, ["CSQLite"]),
        Room("Labels", .files, ["SQLite"]),
        Room("Scenes", .data, ["Bytes", "Files", "Pixels", "Rasters", "Records"]),
        Room("Engines", .run, ["Networks"]),
        Room("CPUEngine", .run, ["Engines", "Networks", "CDNNL", "CKernels"]),
        Room("XLAEngine", .run, ["Engines", "Networks", "CPJRT"]),
        Room("Devices", .run, ["Networks", "Engines", "CPUEngine", "XLAEngine"]),
        Room("Training", .work, ["Bytes", "Files", "ModelFiles", "Networks", "Records", "Engines"]),
        Room(
            "Evaluation", .work,
            ["Annotations", "Bytes", "Figures", "Files", "Pixels", "Rasters", "Records", "Engines"]),
        Room(
            "Scanning", .work,
            [
                "Annotations", "Bytes", "Figures", "Files", "Pixels", "Rasters", "Engines", "ModelFiles",
                "Networks", "Logging",
            ]),
        Room(
            "Mining", .work,
            [
                "Annotations", "Bytes", "Files", "Pixels", "Rasters", "Records", "Engines", "ModelFiles",
                "Networks",
                "Scanning",
            ]),
        Room(
            "Labelling", .work,
            ["Annotations", "Bytes", "Evaluation", "Files", "Labels", "Pixels", "Rasters", "Records"]),
        Room(
            "Cluster", .edge,
            [
                "Bytes", "Files", "ModelFiles", "Networks", "Rasters", "Records", "Engines", "Devices",
                "Evaluation",
                "Scanning",
            ]),
        Room(
            "Service", .edge,
            [
                "Annotations", "Bytes", "Files", "Pixels", "Networks", "ModelFiles", "Rasters", "Records",
                "Engines", "Devices", "Evaluation", "Labels", "Labelling", "Scanning", "COpenSSL", "CPage",
                "SQLite", "HTTPTypes", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix",
            ]),
        Room(
            "Commands", .edge,
            [
                "Annotations", "Bytes", "Figures", "Files", "Pixels", "Networks", "ModelFiles", "Rasters",
                "Records", "Scenes", "Engines", "Devices", "Training", "Evaluation", "Scanning", "Mining",
                "Labels", "Labelling", "Cluster", "Service", "ArgumentParser", "Logging",
            ]),
        Room("tilescope", .edge, ["Commands"]),
    ]

    /// Modules that come with Swift. The values layer does without them.
    static let systemModules: Set<String> = [
        "Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "Glibc",
    ]
    /// Modules of other packages.
    static let packageModules: Set<String> = [
        "ArgumentParser", "HTTPTypes", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix", "SwiftProtobuf",
    ]
    /// Imported by `Devices` alone.
    static let concreteEngines: Set<String> = ["CPUEngine", "XLAEngine"]
    static let cModules = Set(all.filter { $0.layer == .c }.map(\.name))

    init(_ name: String, _ layer: Layer, _ imports: Set<String> = []) {
        (self.name, self.layer, self.imports) = (name, layer, imports)
    }

    var testDescription: String { name }

    /// What is wrong with an import in this room; `nil` for nothing.
    func objection(to line: ImportLine) -> String? {
        if Self.cModules.contains(line.module) && line.isVisibleOutside {
            return "\(name) shows the C module \(line.module) to its importers"
        }
        if Self.systemModules.contains(line.module) {
            return layer == .values ? "\(name) may not import \(line.module): values do without it" : nil
        }
        return imports.contains(line.module) ? nil : "\(name) may not import \(line.module)"
    }
}
