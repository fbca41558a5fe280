internal import CGDAL
import Files
import Foundation

/// How large one pixel of a scene is in the world.
public struct PixelSize: Hashable, Sendable, Codable {
    /// Width in metres; positive.
    public var x: Double
    /// Height in metres; positive.
    public var y: Double

    public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
}

extension StoredRaster {
    /// How large its pixels are at full size; `nil` where the file does not say.
    ///
    /// Georeferenced scenes say it by what relates their pixels to coordinates, whole-slide images in microns. Resolution tags,
    /// such as those of TIFF and JPEG, say how large a print would be and are not used.
    var pixelSize: PixelSize? {
        dataset.slide?.pixelSize ?? georeference?.pixelSize(width: width, height: height)
    }
}

extension Georeference {
    /// In a projected coordinate system its own unit counts, unless lengths at the scene's centre differ by more than this
    /// share from those on the ground, as Web Mercator's do away from the equator.
    private static let distortionLimit = 0.02

    /// The size of the pixels, along the rows and columns of a scene that may be turned.
    ///
    /// - Parameter width: of the scene, in pixels; as `height`.
    /// - Returns: `nil` where the coordinate system has no lengths, or the transform no area. Near a pole a pixel of degrees has a
    ///   width that is hardly one.
    package func pixelSize(width: Int, height: Int) -> PixelSize? {
        guard transform.allSatisfy(\.isFinite) else { return nil }
        GDAL.start()
        let system = OSRNewSpatialReference(wkt)
        defer { OSRDestroySpatialReference(system) }
        let size: PixelSize?
        if OSRIsGeographic(system) != 0 || transform.count != 6 {
            size = groundSize(width: width, height: height)
        } else {
            let unit = OSRGetLinearUnits(system, nil)
            let flat = PixelSize(
                x: hypot(transform[1], transform[4]) * unit, y: hypot(transform[2], transform[5]) * unit)
            let ground = groundSize(width: width, height: height)
            let isDistorted = ground.map {
                max(abs($0.x / flat.x - 1), abs($0.y / flat.y - 1)) > Self.distortionLimit
            }
            size = isDistorted == true ? ground : flat
        }
        return size.flatMap { $0.x > 0 && $0.y > 0 && $0.x.isFinite && $0.y.isFinite ? $0 : nil }
    }

    /// What the pixel at the scene's centre measures on the ellipsoid of WGS 84; `nil` where it has no place on Earth.
    private func groundSize(width: Int, height: Int) -> PixelSize? {
        do throws(RasterError) {
            let earth = try GeographicTransformation(self)
            let (x, y) = (Double(width) / 2, Double(height) / 2)
            let left = try earth.longitudeLatitude(x: x - 0.5, y: y)
            let right = try earth.longitudeLatitude(x: x + 0.5, y: y)
            let above = try earth.longitudeLatitude(x: x, y: y - 0.5)
            let below = try earth.longitudeLatitude(x: x, y: y + 0.5)
            return PixelSize(
                x: Self.distance(from: left, to: right), y: Self.distance(from: above, to: below))
        } catch {
            return nil
        }
    }

    /// Between two places that are near each other, in metres.
    ///
    /// - Source: radii of curvature of an ellipsoid, along the meridian and across it; the axis and flattening of WGS 84.
    private static func distance(
        from start: (longitude: Double, latitude: Double), to end: (longitude: Double, latitude: Double)
    ) -> Double {
        let axis = 6_378_137.0
        let flattening = 1 / 298.257_223_563
        let eccentricitySquared = flattening * (2 - flattening)
        let latitude = (start.latitude + end.latitude) / 2 * .pi / 180
        let root = 1 - eccentricitySquared * sin(latitude) * sin(latitude)
        let across = axis / root.squareRoot()
        let along = axis * (1 - eccentricitySquared) / (root * root.squareRoot())
        // Over the date line it is not the way round the Earth.
        let longitudes = remainder(end.longitude - start.longitude, 360)
        return hypot(
            along * (end.latitude - start.latitude) * .pi / 180,
            across * cos(latitude) * longitudes * .pi / 180)
    }
}
