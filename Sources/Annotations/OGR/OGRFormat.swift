internal import CGDAL
import Files

/// A vector format of GDAL that annotations are written in.
///
/// Only formats are here that keep places and attributes in files of known names; others would lose the classes or leave files
/// behind that nobody knows.
struct OGRFormat: Hashable, Sendable {
    /// GDAL's name.
    let driver: String
    /// The files' extensions; the first is that of the file which is opened.
    let extensions: [String]
    /// Whether it holds longitude and latitude, and nothing else.
    let isOnEarth: Bool

    private init(_ driver: String, _ extensions: [String], isOnEarth: Bool = false) {
        self.driver = driver
        self.extensions = extensions
        self.isOnEarth = isOnEarth
    }

    static let all = [
        OGRFormat("GPKG", ["gpkg"]),
        OGRFormat("FlatGeobuf", ["fgb"]),
        OGRFormat("ESRI Shapefile", ["shp", "shx", "dbf", "prj", "cpg"]),
        OGRFormat("MapInfo File", ["tab", "dat", "map", "id"]),
        OGRFormat("GML", ["gml", "xsd"]),
        OGRFormat("SQLite", ["sqlite"]),
        OGRFormat("PGDUMP", ["sql"]),
        OGRFormat("JML", ["jml"]),
        OGRFormat("GeoJSONSeq", ["geojsonl"], isOnEarth: true),
        OGRFormat("KML", ["kml"], isOnEarth: true),
        OGRFormat("LIBKML", ["kml"], isOnEarth: true),
        OGRFormat("MapML", ["mapml"], isOnEarth: true),
    ]

    /// - Parameter driver: GDAL's name.
    /// - Returns: `nil` for a format that is not written.
    init?(driver: String) {
        guard let format = Self.all.first(where: { $0.driver == driver }) else { return nil }
        self = format
    }

    /// The format that a file's ending tells, among those that are read; `nil` for others.
    static func driver(ofEnding ending: String) -> String? {
        let others = [
            "kmz": "LIBKML", "topojson": "TopoJSON", "gpx": "GPX", "dxf": "DXF", "dgn": "DGN",
            "gdb": "OpenFileGDB",
            "mif": "MapInfo File", "gmt": "OGR_GMT", "geojsons": "GeoJSONSeq", "osm": "OSM", "pbf": "OSM",
        ]
        if let other = others[ending] { return other }
        let unread: Set<String> = ["SQLite", "PGDUMP"]
        return all.first { $0.extensions[0] == ending && !unread.contains($0.driver) }?.driver
    }

    /// All files that it may make.
    func fileNames(named stem: String) -> [String] { extensions.map { stem + "." + $0 } }

    /// How a layer is made.
    var layerOptions: [String] {
        switch driver {
        case "GPKG": ["FID=fid", "GEOMETRY_NAME=geom"]
        case "ESRI Shapefile": ["ENCODING=UTF-8", "DBF_DATE_LAST_UPDATE=1970-01-01"]
        case "MapInfo File": ["ENCODING=UTF-8"]
        default: []
        }
    }

    /// The same files for the same annotations: GDAL takes the date of today where none is set.
    static func withFixedDate<Result>(_ body: () throws -> Result) rethrows -> Result {
        let name = "OGR_CURRENT_DATE"
        guard CPLGetConfigOption(name, nil) == nil else { return try body() }
        CPLSetThreadLocalConfigOption(name, fixedDate)
        defer { CPLSetThreadLocalConfigOption(name, nil) }
        return try body()
    }

    static let fixedDate = "1970-01-01T00:00:00.000Z"
}
