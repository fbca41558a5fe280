internal import CGDAL
package import Files

extension GDAL {
    /// What must stand in the environment variable `GDAL_SKIP` of a process that opens scenes of others: all drivers of this GDAL
    /// that read rasters, but for those of `PlainScene` and what is needed to write, and those of vectors that lead to other
    /// files or servers.
    ///
    /// GDAL reads the variable when it registers its drivers, and this function has it register them: set it for processes
    /// that are started later.
    package static var driversToSkip: String {
        start()
        let kept = Set(PlainScene.drivers + writingDrivers)
        let names = (0..<GDALGetDriverCount()).compactMap { number -> String? in
            guard let driver = GDALGetDriver(number), let words = GDALGetDriverShortName(driver) else {
                return nil
            }
            let name = String(cString: words)
            let isRaster = GDALGetMetadataItem(driver, GDAL_DCAP_RASTER, nil) != nil
            return (isRaster ? !kept.contains(name) : leadingVectorDrivers.contains(name)) ? name : nil
        }
        // Some names have spaces, and then commas stand between them.
        return names.sorted().joined(separator: ",")
    }

    /// Takes the same drivers out of this process. Call it before anything is opened.
    package static func skipDrivers() {
        for name in driversToSkip.split(separator: ",") {
            if let driver = GDALGetDriverByName(String(name)) { GDALDeregisterDriver(driver) }
        }
    }

    /// Writes rasters in memory, COGs, and GeoPackages of boxes.
    private static let writingDrivers = ["MEM", "COG", "GPKG"]

    /// Formats of vectors that name other files, servers or databases.
    private static let leadingVectorDrivers: Set<String> = [
        "AmigoCloud", "Carto", "CSW", "Elasticsearch", "GMLAS", "HANA", "LVBAG", "MongoDBv3", "MSSQLSpatial",
        "MySQL", "NGW",
        "OAPIF", "OCI", "ODBC", "OGR_VRT", "PGeo", "PostgreSQL", "SOSI", "WFS",
    ]
}
