internal import CGDAL

extension Georeference {
    /// Beyond this latitude, in degrees, nothing lies; a raster of the whole Earth may reach half a pixel beyond the poles.
    static let largestLatitude = 91.0
    /// No place on Earth has larger coordinates, in any unit. GDAL takes 360 degrees from a longitude again and again, which never
    /// ends at 1e300: compare before coordinates are converted.
    static let largestCoordinate = 1e11
    /// Twice round the Earth: no scene counts longitudes further.
    private static let largestLongitude = 720.0
    /// A projected scene with smaller pixels, in the system's units, whose coordinates could be degrees has degrees.
    private static let smallestProjectedPixel = 0.01

    /// Why the coordinates of a scene cannot belong to the system, for people; `nil` where that is not certain.
    ///
    /// Degrees are looked at in every system that has them. Projected coordinates are looked at where somebody has named the system.
    ///
    /// - Parameter width: of the scene in pixels, as `height`.
    package func objection(width: Int, height: Int) -> String? {
        guard let pixels = try? PixelTransformation(self) else { return nil }
        // Middles of pixels. Polynomials through control points may go astray at the corners.
        let (right, bottom) = (Double(width) - 0.5, Double(height) - 0.5)
        let middle = (x: Double(width) / 2, y: Double(height) / 2)
        let looked =
            !hasTransform ? [middle] : [(0.5, 0.5), (right, 0.5), (0.5, bottom), (right, bottom), middle]
        let places = looked.compactMap { pixels.coordinates(x: $0.0, y: $0.1) }
        let system = OSRNewSpatialReference(wkt)
        defer { OSRDestroySpatialReference(system) }
        if OSRIsGeographic(system) != 0 {
            let place = places.first {
                abs($0.y) > Self.largestLatitude || abs($0.x) > Self.largestLongitude
            }
            return place.map {
                "\(systemName) has longitudes and latitudes, and the scene has coordinates such as "
                    + "\(Self.words($0)): they are metres, or of another system"
            }
        }
        guard isNamedByHand == true, OSRIsProjected(system) != 0, let first = places.first else { return nil }
        let mayBeDegrees = places.allSatisfy { abs($0.x) <= 360 && abs($0.y) <= 90 }
        if mayBeDegrees, hasTransform,
            transform[1...2].allSatisfy({ abs($0) < Self.smallestProjectedPixel })
        {
            return
                "\(systemName) has no degrees, and the scene has coordinates such as \(Self.words(first)) with pixels of "
                + "\(max(abs(transform[1]), abs(transform[2]))): they are longitudes and latitudes, as in EPSG:4326"
        }
        guard let earth = try? GeographicTransformation(self),
            !earth.reachesEarth(width: width, height: height)
        else { return nil }
        return
            "no place of the scene lies on Earth in \(systemName), with coordinates such as \(Self.words(first)): they are of "
            + "another system"
    }

    private static func words(_ place: (x: Double, y: Double)) -> String { "\(place.x), \(place.y)" }
}
