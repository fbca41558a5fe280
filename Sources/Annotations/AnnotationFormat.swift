internal import CGDAL
import Files

/// A format of annotations.
public struct AnnotationFormat: Hashable, Sendable {
    /// All code that treats formats differently switches over it, without `default`.
    enum Kind: Hashable, Sendable {
        case jsonLines, csv, coco, yolo, voc, labelStudio, parquet, qupath, geoJSON
        case ogr(driver: String)
    }
    let kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// One object a line, as `detections.jsonl` and `tilescope mosaic` have them.
    public static let jsonLines = AnnotationFormat(.jsonLines)
    /// A table with names of columns in its first line.
    public static let csv = AnnotationFormat(.csv)
    /// COCO's instances, or detections in COCO's form of results.
    public static let coco = AnnotationFormat(.coco)
    /// A text file for each image, with places as fractions of its sides.
    public static let yolo = AnnotationFormat(.yolo)
    /// Pascal VOC's XML file for each image.
    public static let voc = AnnotationFormat(.voc)
    /// Label Studio's tasks as JSON.
    public static let labelStudio = AnnotationFormat(.labelStudio)
    /// A column for each property; GeoParquet.
    public static let parquet = AnnotationFormat(.parquet)
    /// GeoJSON in pixels, with the properties that QuPath knows.
    public static let qupath = AnnotationFormat(.qupath)
    /// RFC 7946, in longitude and latitude.
    public static let geoJSON = AnnotationFormat(.geoJSON)
    /// Whatever GDAL has a vector driver for.
    public static func ogr(driver: String) -> AnnotationFormat { AnnotationFormat(.ogr(driver: driver)) }

    /// Those that need no driver of GDAL, with the names that people type.
    private static let named: [(kind: Kind, names: [String])] = [
        (.jsonLines, ["jsonl", "json-lines", "jsonlines", "ndjson"]),
        (.csv, ["csv", "tsv"]),
        (.coco, ["coco"]),
        (.yolo, ["yolo"]),
        (.voc, ["voc", "pascal-voc"]),
        (.labelStudio, ["label-studio", "labelstudio"]),
        (.parquet, ["parquet", "geoparquet"]),
        (.qupath, ["qupath"]),
        (.geoJSON, ["geojson"]),
    ]

    /// What people call drivers that have other names.
    private static let drivers = ["geopackage": "GPKG", "shapefile": "ESRI Shapefile", "fgb": "FlatGeobuf"]

    /// The names that need no driver of GDAL, for help texts.
    public static let names = named.map { $0.names[0] }
    /// Those of them that can be read.
    public static let readNames = named.filter { $0.kind != .parquet }.map { $0.names[0] }

    /// - Parameter name: `csv`, `coco`, … or that of one of GDAL's vector drivers, in letters of any case.
    public init?(name: String) {
        let small = name.lowercased()
        if let entry = Self.named.first(where: { $0.names.contains(small) }) {
            self.init(entry.kind)
            return
        }
        GDAL.start()
        guard let driver = GDALGetDriverByName(Self.drivers[small] ?? name),
            GDALGetMetadataItem(driver, GDAL_DCAP_VECTOR, nil) != nil,
            let driverName = GDALGetDriverShortName(driver)
        else { return nil }
        self.init(.ogr(driver: String(cString: driverName)))
    }

    /// As `init(name:)` takes it.
    public var name: String {
        if case .ogr(let driver) = kind { return driver }
        return Self.named.first { $0.kind == kind }?.names[0] ?? ""
    }
}
