internal import CGDAL
import Files

/// Where a scene's pixels lie: what relates them to coordinates, and the system in which these are.
///
/// A transform comes first; where there is none, ground control points; where there are none, rational polynomials (RPCs).
public struct Georeference: Hashable, Sendable, Codable {
    /// GDAL's six numbers; empty where something else relates pixels to coordinates.
    package let transform: [Double]
    /// The coordinate reference system as WKT.
    package let wkt: String
    /// `nil` where there is a transform.
    let controlPoints: [ControlPoint]?
    /// RPCs as GDAL has them, `"NAME=value"`; `nil` where there is something that comes first.
    let polynomials: [String]?
    /// Whether somebody has named the system; `nil` for no.
    let isNamedByHand: Bool?

    init(transform: [Double], wkt: String) { self.init(transform: transform, wkt: wkt, controlPoints: nil) }

    init(controlPoints: [ControlPoint], wkt: String) {
        self.init(transform: [], wkt: wkt, controlPoints: controlPoints)
    }

    /// - Parameter polynomials: they lead to longitude and latitude on WGS 84.
    init(polynomials: [String]) {
        self.init(transform: [], wkt: Self.wgs84, controlPoints: nil, polynomials: polynomials)
    }

    private init(
        transform: [Double], wkt: String, controlPoints: [ControlPoint]?, polynomials: [String]? = nil,
        isNamedByHand: Bool? = nil
    ) {
        (self.transform, self.wkt) = (transform, wkt)
        (self.controlPoints, self.polynomials) = (controlPoints, polynomials)
        self.isNamedByHand = isNamedByHand
    }

    /// The same with another system; `nil` for RPCs, which have only one.
    func named(_ wkt: String) -> Georeference? {
        guard polynomials == nil else { return nil }
        return Georeference(
            transform: transform, wkt: wkt, controlPoints: controlPoints,
            isNamedByHand: wkt == self.wkt ? nil : true)
    }

    /// Whether six numbers relate pixels to coordinates.
    package var hasTransform: Bool { transform.count == 6 }

    /// How places are found where that is not the usual way: `nil` for a transform in the scene's own system.
    public var words: String? {
        var words: [String] = []
        if let controlPoints { words.append("\(controlPoints.count) ground control points") }
        if polynomials != nil { words.append("rational polynomials (RPCs)") }
        if isNamedByHand == true { words.append("--crs, as \(systemName)") }
        return words.isEmpty ? nil : "places by " + words.joined(separator: " and ")
    }

    /// The system's code or its name, for people.
    package var systemName: String {
        GDAL.start()
        let system = OSRNewSpatialReference(wkt)
        defer { OSRDestroySpatialReference(system) }
        if let authority = OSRGetAuthorityName(system, nil), let code = OSRGetAuthorityCode(system, nil) {
            return String(cString: authority) + ":" + String(cString: code)
        }
        return OSRGetName(system).map { String(cString: $0) } ?? "a system without a name"
    }

    private static let wgs84: String = {
        GDAL.start()
        let system = OSRNewSpatialReference(nil)
        defer { OSRDestroySpatialReference(system) }
        OSRSetWellKnownGeogCS(system, "WGS84")
        var words: UnsafeMutablePointer<CChar>?
        OSRExportToWkt(system, &words)
        defer { VSIFree(words) }
        return words.map { String(cString: $0) } ?? ""
    }()
}

/// A place of a scene whose coordinates are known.
struct ControlPoint: Hashable, Sendable, Codable {
    /// In pixels of the file.
    var x: Double
    var y: Double
    var easting: Double
    var northing: Double
    var height: Double
}

/// A coordinate system that somebody has named.
public enum CoordinateSystem {
    /// Reads `EPSG:32633` and other codes of authorities, WKT, and PROJ's strings.
    ///
    /// Names of files and addresses of servers are refused, which GDAL would read.
    ///
    /// - Returns: the system as WKT; `nil` where there is none of this name.
    public static func wkt(named name: String) -> String? {
        let isCode = name.wholeMatch(of: /[A-Za-z]+:[A-Za-z0-9_.+]+/) != nil
        let isWKT = name.prefixMatch(of: /\s*[A-Z_0-9]+\s*\[/) != nil
        guard isCode || isWKT || name.hasPrefix("+proj=") else { return nil }
        GDAL.start()
        let system = OSRNewSpatialReference(nil)
        defer { OSRDestroySpatialReference(system) }
        guard OSRSetFromUserInput(system, name) == OGRERR_NONE else { return nil }
        var words: UnsafeMutablePointer<CChar>?
        defer { VSIFree(words) }
        guard OSRExportToWkt(system, &words) == OGRERR_NONE else { return nil }
        return words.map { String(cString: $0) }
    }
}

/// Turns scene pixels into longitude and latitude. Use it from one thread at a time.
public final class GeographicTransformation {
    private let pixels: PixelTransformation
    private let toWGS84: OGRCoordinateTransformationH

    /// Reads PROJ's database.
    ///
    /// - Throws: `unsupported` when the system cannot be brought to WGS 84.
    public init(_ georeference: Georeference) throws(RasterError) {
        pixels = try PixelTransformation(georeference)
        CPLErrorReset()
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
            throw RasterError(.unsupported, "convert its coordinates to longitude and latitude", Self.name)
        }
        toWGS84 = made
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
        CPLErrorReset()
        guard let place = degrees(x: x, y: y) else {
            throw RasterError(.unsupported, "find the longitude and latitude of pixel \(x),\(y)", Self.name)
        }
        return place
    }

    private func degrees(x: Double, y: Double) -> (longitude: Double, latitude: Double)? {
        guard let place = pixels.coordinates(x: x, y: y),
            max(abs(place.x), abs(place.y)) <= Georeference.largestCoordinate
        else { return nil }
        var (easting, northing) = (place.x, place.y)
        guard OCTTransform(toWGS84, 1, &easting, &northing, nil) != 0 else { return nil }
        return (easting, northing)
    }

    /// The place of a pixel on Earth; `nil` where it has none, such as beside the disk that a satellite sees.
    package func place(x: Double, y: Double) -> EarthPoint? {
        guard let found = degrees(x: x, y: y), abs(found.longitude) <= 36_000,
            abs(found.latitude) <= Georeference.largestLatitude
        else { return nil }
        return EarthPoint(longitude: found.longitude, latitude: min(90, max(-90, found.latitude)))
    }

    /// Whether a scene of this size has any place on Earth: one of some hundreds that are spread over it.
    package func reachesEarth(width: Int, height: Int) -> Bool {
        let count = 16
        return (0...count).contains { row in
            (0...count).contains { column in
                place(
                    x: Double(width * column) / Double(count), y: Double(height * row) / Double(count)) != nil
            }
        }
    }
}
