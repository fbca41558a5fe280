internal import CGDAL

/// Turns scene pixels into longitude and latitude. Use it from one thread at a time.
public final class Georeference {
    private let transform: [Double]
    private let wkt: String
    private let path: String
    private var toWGS84: OGRCoordinateTransformationH?

    /// - Parameter transform: GDAL's six numbers.
    init(transform: [Double], wkt: String, path: String) {
        (self.transform, self.wkt, self.path) = (transform, wkt, path)
    }

    deinit { if let toWGS84 { OCTDestroyCoordinateTransformation(toWGS84) } }

    /// - Parameter x: in scene pixels; 0 is the left edge, 0.5 the middle of the first pixel.
    /// - Returns: degrees on WGS 84.
    /// - Throws: `unsupported` when the file's CRS cannot be brought to WGS 84, or not at this place.
    public func longitudeLatitude(
        x: Double, y: Double
    ) throws(RasterError) -> (longitude: Double, latitude: Double) {
        let transformation = try preparedTransformation()
        var easting = transform[0] + x * transform[1] + y * transform[2]
        var northing = transform[3] + x * transform[4] + y * transform[5]
        CPLErrorReset()
        guard OCTTransform(transformation, 1, &easting, &northing, nil) != 0 else {
            throw RasterError(.unsupported, "find the longitude and latitude of pixel \(x),\(y)", path)
        }
        return (easting, northing)
    }

    /// Made at the first use: it reads PROJ's database.
    private func preparedTransformation() throws(RasterError) -> OGRCoordinateTransformationH {
        if let toWGS84 { return toWGS84 }
        CPLErrorReset()
        let (scene, earth) = (OSRNewSpatialReference(wkt), OSRNewSpatialReference(nil))
        defer {
            OSRDestroySpatialReference(scene)
            OSRDestroySpatialReference(earth)
        }
        OSRSetAxisMappingStrategy(scene, OAMS_TRADITIONAL_GIS_ORDER)
        guard OSRSetWellKnownGeogCS(earth, "WGS84") == OGRERR_NONE else {
            throw RasterError(.unsupported, "look up WGS 84", path)
        }
        OSRSetAxisMappingStrategy(earth, OAMS_TRADITIONAL_GIS_ORDER)
        guard let made = OCTNewCoordinateTransformation(scene, earth) else {
            throw RasterError(.unsupported, "relate its coordinates to longitude and latitude", path)
        }
        toWGS84 = made
        return made
    }
}
