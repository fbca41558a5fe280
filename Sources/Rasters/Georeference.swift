internal import CGDAL
import Files

/// Where a scene's pixels lie on Earth: a transform from pixels to coordinates, and the system in which these are.
public struct Georeference: Hashable, Sendable, Codable {
    /// GDAL's six numbers.
    package let transform: [Double]
    /// The coordinate reference system as WKT.
    package let wkt: String

    init(transform: [Double], wkt: String) { (self.transform, self.wkt) = (transform, wkt) }
}

/// Turns scene pixels into longitude and latitude. Use it from one thread at a time.
public final class GeographicTransformation {
    private let transform: [Double]
    private let toWGS84: OGRCoordinateTransformationH

    /// Reads PROJ's database.
    ///
    /// - Throws: `unsupported` when the system cannot be brought to WGS 84.
    public init(_ georeference: Georeference) throws(RasterError) {
        GDAL.start()
        CPLErrorReset()
        guard georeference.transform.count == 6 else {
            throw RasterError(
                .unsupported, "relate pixels to coordinates", Self.name,
                cause: "there are six numbers for that"
            )
        }
        let (scene, earth) = (OSRNewSpatialReference(georeference.wkt), OSRNewSpatialReference(nil))
        defer {
            OSRDestroySpatialReference(scene)
            OSRDestroySpatialReference(earth)
        }
        OSRSetAxisMappingStrategy(scene, OAMS_TRADITIONAL_GIS_ORDER)
        guard OSRSetWellKnownGeogCS(earth, "WGS84") == OGRERR_NONE else {
            throw RasterError(.unsupported, "look up WGS 84", Self.name)
        }
        OSRSetAxisMappingStrategy(earth, OAMS_TRADITIONAL_GIS_ORDER)
        guard let made = OCTNewCoordinateTransformation(scene, earth) else {
            throw RasterError(.unsupported, "relate its coordinates to longitude and latitude", Self.name)
        }
        (transform, toWGS84) = (georeference.transform, made)
    }

    deinit { OCTDestroyCoordinateTransformation(toWGS84) }

    /// Stands for the path in errors.
    private static let name = "georeference"

    /// - Parameter x: in scene pixels; 0 is the left edge, 0.5 the middle of the first pixel.
    /// - Returns: degrees on WGS 84.
    /// - Throws: `unsupported` where this place cannot be brought to WGS 84.
    public func longitudeLatitude(
        x: Double, y: Double
    ) throws(RasterError) -> (longitude: Double, latitude: Double) {
        var easting = transform[0] + x * transform[1] + y * transform[2]
        var northing = transform[3] + x * transform[4] + y * transform[5]
        CPLErrorReset()
        guard OCTTransform(toWGS84, 1, &easting, &northing, nil) != 0 else {
            throw RasterError(.unsupported, "find the longitude and latitude of pixel \(x),\(y)", Self.name)
        }
        return (easting, northing)
    }
}
