public import Files
public import Rasters

/// Writes one scene's annotations.
///
/// `write` is called for each annotation, the best score first, then `finish` once, all from one thread. Files appear when `finish`
/// returns.
public protocol AnnotationWriter: AnyObject {
    /// The files that it makes, in its folder. Several for some formats.
    var fileNames: [String] { get }
    /// Annotations that were written without their place, because the format's coordinates do not reach there.
    var unplacedCount: Int { get }

    func write(_ annotation: Annotation) throws

    /// Makes the files complete.
    func finish() throws
}

extension AnnotationWriter {
    public var unplacedCount: Int { 0 }
}

extension AnnotationFormat {
    /// Begins to write a scene's annotations.
    ///
    /// - Parameter folder: must exist. What stands there under the names of the files is replaced.
    /// - Parameter stem: begins the names of the files.
    /// - Parameter classes: all that annotations may have, in the order of their labels.
    /// - Parameter drawnClasses: in the order of their colours, for formats that have some; `nil` for that of `classes`.
    /// - Parameter version: of the program, for formats that name who wrote them.
    /// - Throws: `AnnotationError` where the format cannot be written, `FileError`.
    public func writer(
        into folder: String, named stem: String, of scene: AnnotatedScene, classes: [String],
        drawnClasses: [String]? = nil, version: String,
        cancellation: Cancellation
    ) throws -> any AnnotationWriter {
        let path = folder + "/" + stem
        switch kind {
        case .jsonLines: return try JSONLinesWriter(path + ".jsonl", cancellation)
        case .csv: return try CSVWriter(path + ".csv", scene, cancellation)
        case .coco:
            return try COCOWriter(folder, stem, scene, classes: classes, version: version, cancellation)
        case .yolo: return try YOLOWriter(folder, stem, scene, classes: classes, cancellation)
        case .voc: return try VOCWriter(folder, stem, scene, version: version, cancellation)
        case .labelStudio: return try LabelStudioWriter(folder, stem, scene, version: version, cancellation)
        case .parquet: return try ParquetWriter(folder, stem, scene, version: version, cancellation)
        case .qupath: return try QuPathWriter(folder, stem, classes: drawnClasses ?? classes, cancellation)
        case .geoJSON:
            return try GeoJSONWriter(into: folder, named: stem, of: scene, classes: classes, cancellation)
        case .ogr(let driver):
            return try OGRWriter(
                writtenFormat(driver, folder), into: folder, named: stem, of: scene, classes: classes,
                drawnClasses: drawnClasses, cancellation)
        }
    }

    private func writtenFormat(_ driver: String, _ folder: String) throws(AnnotationError) -> OGRFormat {
        if let format = OGRFormat(driver: driver) { return format }
        throw AnnotationError(
            code: .unsupported, operation: "write annotations", path: folder,
            cause: "GDAL's \(driver) cannot be written; these formats can: "
                + Self.driverNames.joined(separator: ", "))
    }
}
